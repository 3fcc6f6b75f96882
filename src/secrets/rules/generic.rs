//! Formats that belong to no vendor: logins in addresses and headers, tokens, hashes of passwords.

use crate::secrets::rule::rules;

rules! { GENERIC:
    "json-web-token", "JSON web token", Start, ["eyJ"], 75, r"eyJ[A-Za-z0-9_\-]{8,}\.eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}";
    "encrypted-web-token", "encrypted JSON web token", Start, ["eyJ"], 60, r"eyJ[A-Za-z0-9_\-]{16,}\.[A-Za-z0-9_\-]*\.[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{16,}\.[A-Za-z0-9_\-]{16,}";
    "encoded-web-token", "JSON web token", Start, ["ZXlK"], 75, r"ZXlK[A-Za-z0-9+/_\-]{60,}={0,2}";
    "url-password", "password in an address", Line, ["://"], 70, r#"[A-Za-z][A-Za-z0-9+.\-]{1,20}://[^\s/:@"'`<>\[\]{}$|\\]{0,100}:([^\s/:@"'`<>\[\]{}|\\]{3,200})@[A-Za-z0-9\[]"#;
    "connection-password", "password in a connection string", Line, ["password=", "pwd=", "password ="], 70, r#"(?i)(?:server|data source|host|user id|uid|database|driver|dsn|initial catalog|addr(?:ess)?|sslmode)\s{0,2}=[^\n]{0,300}?;?\s{0,2}(?:password|pwd)\s{0,2}=\s{0,2}['"]?([^;'"\s<>{}$]{3,128})"#;
    "connection-password-first", "password in a connection string", Line, ["password=", "pwd="], 70, r#"(?i)(?:^|[;'" ])(?:password|pwd)\s{0,2}=([^;'"\s<>{}$]{4,128});[^\n]{0,200}?(?:server|data source|host|user id|uid|database|driver|initial catalog)\s{0,2}="#;
    "authorization-bearer", "bearer token", Line, ["bearer"], 65, r#"(?i:authorization|auth|header)[^\n]{0,40}?(?i:bearer)[: ]{1,3}([A-Za-z0-9_\-.=+/~]{16,2048})"#;
    "authorization-basic", "login in a header", Line, ["basic "], 75, r#"(?i:authorization|auth|header)[^\n]{0,40}?(?i:basic) {1,2}([A-Za-z0-9+/_\-]{8,512}={0,2})"#;
    "authorization-token", "token in a header", Line, ["authorization"], 65, r#"(?i:authorization)["']?\s{0,3}[:=,]\s{0,3}["']?(?:(?i:[a-z\-]{3,12}) )?([A-Za-z0-9_\-.=+/~@]{16,512})"#;
    "header-key", "key in a header", Line, ["x-api-key", "x-auth-token", "api-key:", "api-token:", "apikey:", "x-access-token", "private-token", "\"token:", "'token:"], 65, r#"(?i:x-api-key|x-auth-token|api-key|api-token|apikey|x-access-token|private-token|["']token)["']?\s{0,3}[:=,]\s{0,3}["']?([A-Za-z0-9_\-.=+/~]{16,512})"#;
    "curl-login", "login on a command line", Line, ["-u ", "--user ", "--user="], 65, r#"(?:^|\s)(?:-u|--user)[ =]{1,2}["']?[^\s:"'$]{0,100}["']?:["']?([^\s"'$<>{}]{6,128})"#;
    "psexec-login", "login on a command line", Line, ["psexec"], 70, r#"(?i:psexec)[^\n]{0,200}?\s-p\s+["']?([^\s"'$<>%]{4,128})"#;
    "net-use-login", "login on a command line", Line, ["net use", "smbclient", "sshpass"], 70, r#"(?i:net use [^\n]{0,200}?/user:[^\s]{1,80}\s+|sshpass\s+-p\s*['"]?|smbclient[^\n]{0,120}-U\s+['"]?[^\s%]{1,60}%)([^\s"'$<>%]{4,128})"#;
    "netrc-password", "netrc password", Start, ["machine "], 85, r"machine\s+\S+\s+login\s+\S+\s+password\s+([^\s$<>]{4,128})";
    "netrc-password-line", "netrc password", Start, ["login "], 60, r"login\s+\S{1,100}\s+password\s+([^\s$<>]{6,128})";
    "htpasswd-hash", "password hash", Start, ["$apr1$"], 60, r"\$apr1\$[A-Za-z0-9./]{1,8}\$[A-Za-z0-9./]{22}";
    "bcrypt-hash", "password hash", Start, ["$2a$", "$2b$", "$2y$", "$2x$"], 50, r"\$2[abxy]\$\d\d\$[A-Za-z0-9./]{53}";
    "crypt-hash", "password hash", Start, ["$1$", "$5$", "$6$", "$y$"], 50, r"\$(?:1|5|6|y)\$(?:rounds=\d+\$)?[A-Za-z0-9./$]{1,40}\$[A-Za-z0-9./]{22,86}";
    "argon2-hash", "password hash", Start, ["$argon2"], 50, r"\$argon2(?:id|i|d)\$v=\d+\$[a-z0-9=,]+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+";
    "pbkdf2-hash", "password hash", Start, ["pbkdf2_sha", "$pbkdf2", "pbkdf2:sha"], 50, r"pbkdf2_sha\d+\$\d+\$[A-Za-z0-9]+\$[A-Za-z0-9+/=]{20,}|\$pbkdf2[a-z0-9\-]*\$[A-Za-z0-9=,$./+]{30,}|pbkdf2:sha\d+(?::\d+)?\$[A-Za-z0-9]+\$[a-f0-9]{40,}";
    "phpass-hash", "password hash", Start, ["$P$", "$H$", "$S$"], 50, r"\$[PH]\$[./A-Za-z0-9]{31}|\$S\$[./A-Za-z0-9]{52}";
    "kerberos-hash", "Kerberos ticket hash", Start, ["$krb5"], 80, r"\$krb5(?:tgs|asrep|pa)\$\d+\$[^\s:]{1,120}:?[0-9a-f]{32}\$[0-9a-f]{64,}|\$krb5(?:tgs|asrep|pa)\$\d+\$[^\s]{64,}";
    "login-option", "login on a command line", Line, ["mysql ", "mysqldump ", "mysqladmin "], 60, r#"(?i:\bmysql(?:dump|admin)?)\s[^\n]{0,160}?\s-p['"]?([^\s"'$<>%]{6,64})"#;
    "login-option-docker", "registry password on a command line", Line, ["docker login", "podman login", "helm registry login"], 60, r#"(?:docker|podman|registry) login[^\n]{0,160}?\s(?:-p|--password)[ =]['"]?([^\s"'$<>]{6,256})"#;
    "login-option-long", "secret on a command line", Line, ["--password ", "--passwd ", "--token ", "--api-key ", "--secret "], 60, r#"--(?:password|passwd|token|api-key|secret) +['"]?([A-Za-z0-9][^\s"'`$<>(){}]{7,255})"#;
    "directive-password", "password of a setting", Line, ["env ", "arg ", "setx ", "set -", "requirepass ", "masterauth ", "bindpw ", "rootpw "], 60, r#"(?i:(?:^|\s)(?:(?:env|arg|setenv|setx|set -\w{1,3})\s+\w{0,40}(?:pass|passwd|password|pwd|secret|token|api_?key|access_key)\w{0,20}|requirepass|masterauth|bindpw|rootpw))\s+["']?([^\s"'$<>{}]{8,200})"#;
    "oracle-password", "password in an address", Line, ["jdbc:oracle:thin:"], 70, r#"jdbc:oracle:thin:[\w.\-]{1,64}/([^@\s"'$<>{}]{4,128})@"#;
    "database-login", "database password", Line, ["new pdo", "new \\pdo"], 70, r#"(?i:new\s+\\?PDO)\([^\n]{0,200}?,\s{0,3}["'][^"'\n]{1,60}["']\s{0,3},\s{0,3}["']([^"'\n$]{4,64})["']"#;
    "jwt-secret", "key that signs web tokens", Line, ["jwt.sign(", "jwt.verify(", "jwt.encode(", "jwt.decode("], 70, r#"(?i:jwt\.(?:sign|verify|encode|decode))\([^\n]{1,160}?,\s{0,3}b?["'`]([^"'`\s]{16,256})["'`]"#;
    "identified-by", "database password", Line, ["identified by", "identified with"], 70, r#"(?i:identified (?:by|with [\w"'`]{1,40} by))\s{1,4}(?i:password\s{1,4})?["']([^"'\n$]{4,128})["']"#;
    "login-call", "password in a call", Line, ["auth=(", ".login(", "getconnection(", "basicauth(", "basic_auth("], 70, r#"(?i:auth=|\.login|getconnection|basic_?auth)\((?:["'][^"'\n]{0,200}["']\s{0,3},\s{0,3}){1,2}["']([^"'\s$]{6,128})["']\s{0,3}\)"#;
    "login-call-plain", "password in a call", Line, ["plainauth("], 70, r#"PlainAuth\((?:["'][^"'\n]{0,200}["']\s{0,3},\s{0,3}){2}["']([^"'\s$]{6,128})["']\s{0,3},"#;
    "totp-seed", "seed of one-time passwords", Line, ["otpauth://"], 90, r#"otpauth://[ht]otp/[^\s"'<>]{0,200}?[?&]secret=([A-Za-z2-7]{16,128})"#;
    "laravel-key", "Laravel application key", Named, ["app_key"], 90, r"base64:[A-Za-z0-9+/]{43}=";
    "wordpress-salt", "WordPress key", Line, ["auth_key", "logged_in_key", "nonce_key", "auth_salt", "logged_in_salt", "nonce_salt"], 85, r#"define\(\s{0,3}['"](?:AUTH|SECURE_AUTH|LOGGED_IN|NONCE)_(?:KEY|SALT)['"]\s{0,3},\s{0,12}'([^'\n]{32,128})'"#;
    "putty-private-key", "PuTTY private key", Start, ["Private-Lines:"], 95, r"Private-Lines: \d+\r?\n((?:[A-Za-z0-9+/=]+\r?\n?){1,200})";
    "private-jwk", "private JSON web key", Line, ["\"kty\""], 80, r#""(?:d|k)"\s{0,3}:\s{0,3}"([A-Za-z0-9_\-]{22,700})""#;
    "pgp-passphrase", "GPG passphrase", Named, ["gpg_passphrase", "gpg.passphrase", "signing.password", "signingpassword", "storepassword", "keypassword"], 60, r#"[^\s"'`;,<>(){}$]{6,64}"#;
    "encoded-private-key", "private key", Start, ["LS0tLS1CRUdJTiBSU0EgUFJJVkFURS", "LS0tLS1CRUdJTiBQUklWQVRF", "LS0tLS1CRUdJTiBFQyBQUklWQVRF", "LS0tLS1CRUdJTiBPUEVOU1NI"], 95, r"LS0tLS1CRUdJTiB[A-Za-z0-9+/]{100,}={0,2}";
}
