; JavaScript and TypeScript, security.

;;; js-shell security high 75 CWE-78 shell
;; title: Shell command is built from a value
;; scenario: A value in `{what}` that holds `; rm -rf ~` or `$(...)` is run by the shell as a second command.
;; fix: Use `execFile` or `spawn` with a list of arguments and no shell.
(call_expression function: (member_expression object: (identifier) @m property: (property_identifier) @f) arguments: (arguments . (_) @arg)
  (#any-of? @m "child_process" "cp" "childProcess" "shelljs" "shell") (#any-of? @f "exec" "execSync")) @hit
(call_expression function: (identifier) @f arguments: (arguments . [(template_string) (binary_expression)] @arg)
  (#any-of? @f "exec" "execSync" "execAsync" "execPromise")) @hit

;;; js-sql-built security high 75 CWE-89 sql
;; title: SQL statement is built from a value
;; scenario: A value with a quote in it, such as `' OR 1=1 --`, changes the statement `{what}` instead of being compared.
;; fix: Keep the statement constant and pass the value as a bound parameter.
(call_expression function: (member_expression property: (property_identifier) @f) arguments: (arguments . (_) @arg)
  (#any-of? @f "query" "execute" "raw" "$queryRawUnsafe" "$executeRawUnsafe" "whereRaw" "all" "run" "prepare" "exec")) @hit

;;; js-eval security high 75 CWE-95 code
;; title: Text from elsewhere is run as code
;; scenario: `{what}` holding a call of the attacker's runs with the rights of this page or process.
;; fix: Parse the value (`JSON.parse`) or map it to known functions.
(call_expression function: (identifier) @f arguments: (arguments . (_) @arg) (#eq? @f "eval")) @hit
(new_expression constructor: (identifier) @f arguments: (arguments (_) @arg .) (#eq? @f "Function")) @hit
(call_expression function: (identifier) @f arguments: (arguments . [(template_string) (binary_expression)] @arg)
  (#any-of? @f "setTimeout" "setInterval")) @hit
(call_expression function: (member_expression object: (identifier) @m property: (property_identifier) @f) arguments: (arguments . (_) @arg)
  (#eq? @m "vm") (#any-of? @f "runInNewContext" "runInThisContext" "runInContext")) @hit

;;; js-unserialize security high 75 CWE-502 deserialise
;; title: Deserialisation that can run code
;; scenario: A value in `{what}` with an immediately called function in it runs while it is read.
;; fix: Use `JSON.parse`.
(call_expression function: (member_expression object: (identifier) @m property: (property_identifier) @f) arguments: (arguments . (_) @arg)
  (#match? @m "^(node)?[sS]erialize$") (#eq? @f "unserialize")) @hit

;;; js-weak-hash security high 75 CWE-327 secret-context
;; title: Secret is hashed with MD5 or SHA-1
;; scenario: Whoever gets the digests recovers weak passwords at billions of guesses per second, or forges a signature.
;; fix: Use `crypto.scrypt` or argon2 for passwords, HMAC with SHA-256 for signatures.
(call_expression function: (member_expression object: (identifier) @m property: (property_identifier) @f) arguments: (arguments . (string) @a)
  (#eq? @m "crypto") (#any-of? @f "createHash" "createHmac") (#match? @a "(?i)^.(md5|sha1)")) @hit

;;; js-weak-cipher security high 75 CWE-327
;; title: Broken cipher or block mode
;; scenario: DES and RC4 keys fall to brute force or statistics, and ECB shows equal plaintext blocks as equal ciphertext.
;; fix: Use `aes-256-gcm` with a random IV.
(call_expression function: (member_expression property: (property_identifier) @f) arguments: (arguments . (string) @a)
  (#any-of? @f "createCipheriv" "createDecipheriv") (#match? @a "(?i)^.(des|rc4|rc2|bf)|-ecb")) @hit
(call_expression function: (member_expression object: (identifier) @m property: (property_identifier) @f)
  (#eq? @m "crypto") (#eq? @f "createCipher")) @hit

;;; js-tls-off security high 75 CWE-295 unconditional
;; title: TLS certificate is not checked
;; scenario: Anyone on the path to the server answers in its place with a certificate of their own, and reads and changes the traffic.
;; fix: Leave verification on; give a private authority's certificate with `ca`.
(pair key: (property_identifier) @k value: (false) (#eq? @k "rejectUnauthorized")) @hit
(assignment_expression left: (member_expression property: (property_identifier) @k) right: [(string) (number)] @v
  (#eq? @k "NODE_TLS_REJECT_UNAUTHORIZED") (#match? @v "0")) @hit

;;; js-weak-random security medium 75 CWE-330 secret-context
;; title: Secret comes from a predictable random generator
;; scenario: After some outputs the state of `Math.random` is known and the next values can be computed.
;; fix: Use `crypto.randomBytes`, `crypto.randomUUID` or `crypto.getRandomValues`.
(call_expression function: (member_expression object: (identifier) @m property: (property_identifier) @f)
  (#eq? @m "Math") (#eq? @f "random")) @hit

;;; js-html security high 75 CWE-79 markup
;; title: Markup that is not a constant is put into the page
;; scenario: A value with `<img src=x onerror=...>` in `{what}` runs in the visitor's browser.
;; fix: Use `textContent`, or sanitise the markup (DOMPurify).
(assignment_expression left: (member_expression property: (property_identifier) @p) right: (_) @arg
  (#any-of? @p "innerHTML" "outerHTML" "srcdoc")) @hit
(call_expression function: (member_expression object: (identifier) @m property: (property_identifier) @f) arguments: (arguments . (_) @arg)
  (#eq? @m "document") (#any-of? @f "write" "writeln")) @hit
(call_expression function: (member_expression property: (property_identifier) @f) arguments: (arguments . (_) . (_) @arg .)
  (#eq? @f "insertAdjacentHTML")) @hit

;;; js-path-from-request security high 75 CWE-22 path
;; title: Request decides which file is opened
;; scenario: A client sends `../../etc/passwd` in `{what}` and gets or changes a file outside the folder.
;; fix: Resolve the path and check that it starts with the folder, or use `res.sendFile(name, { root })`.
(call_expression function: (member_expression object: (_) @m property: (property_identifier) @f) arguments: (arguments . (_) @arg)
  (#match? @m "^(fs|fsp|fsPromises|fs\\.promises|fse)$") (#match? @f "^(readFile|writeFile|createReadStream|createWriteStream|unlink|readdir|appendFile|open|rm|rmdir)(Sync)?$")) @hit
(call_expression function: (member_expression object: (identifier) @m property: (property_identifier) @f) arguments: (arguments . (_) @arg .)
  (#match? @m "^(res|response)$") (#any-of? @f "sendFile" "download" "sendfile")) @hit

;;; js-ssrf security high 75 CWE-918 url
;; title: Request decides which server is called
;; scenario: A client sends `http://169.254.169.254/` or an internal address in `{what}` and reads the answer through this server.
;; fix: Allow a fixed list of hosts, and resolve and check the address before the call.
(call_expression function: (identifier) @f arguments: (arguments . (_) @arg) (#any-of? @f "fetch" "got" "axios" "needle")) @hit
(call_expression function: (member_expression object: (identifier) @m property: (property_identifier) @f) arguments: (arguments . (_) @arg)
  (#any-of? @m "axios" "got" "superagent" "needle" "http" "https") (#any-of? @f "get" "post" "put" "request" "head" "delete")) @hit

;;; js-redirect security medium 75 CWE-601 redirect
;; title: Request decides where the visitor is sent
;; scenario: A link to this site with another site's address in `{what}` sends the visitor there, for phishing.
;; fix: Accept only paths of this site.
(call_expression function: (member_expression object: (identifier) @m property: (property_identifier) @f) arguments: (arguments (_) @arg .)
  (#match? @m "^(res|response|ctx|reply)$") (#eq? @f "redirect")) @hit

;;; js-reflected-html security high 75 CWE-79 external-html
;; title: Request value is sent back as HTML
;; scenario: A link with `<script>` in this parameter runs in the browser of whoever opens it.
;; fix: Render a template with escaping, or answer with `res.json` or `text/plain`.
(call_expression function: (member_expression object: (_) @m property: (property_identifier) @f)
  arguments: (arguments . [(template_string) (binary_expression)] @arg)
  (#match? @m "^(res|response)(\\.status\\(\\d+\\))?$") (#any-of? @f "send" "end" "write")) @hit

;;; js-cors-credentials security medium 75 CWE-942 both-keys
;; title: Any origin may send credentialed requests
;; scenario: A page on another site calls this API with the visitor's cookies and reads the answer.
;; fix: List the origins that may send credentials.
(call_expression function: (identifier) @f arguments: (arguments . (object
  (pair key: (property_identifier) @k1 value: [(true) (string)] @v1) @first (pair key: (property_identifier) @k2 value: (true)) @second))
  (#eq? @f "cors") (#eq? @k1 "origin") (#match? @v1 "^(true|.\\*.)$") (#eq? @k2 "credentials")) @hit
(call_expression function: (identifier) @f arguments: (arguments . (object
  (pair key: (property_identifier) @k2 value: (true)) @first (pair key: (property_identifier) @k1 value: [(true) (string)] @v1) @second))
  (#eq? @f "cors") (#eq? @k1 "origin") (#match? @v1 "^(true|.\\*.)$") (#eq? @k2 "credentials")) @hit

;;; js-jwt-none security high 75 CWE-347
;; title: Unsigned JWTs are accepted
;; scenario: A client writes any claims it likes into a token with algorithm `none` and is believed.
;; fix: Name the signing algorithm that you use, and only it.
(call_expression function: (member_expression object: (identifier) @m property: (property_identifier) @f) arguments: (arguments
  (object (pair key: (property_identifier) @k value: (array (string) @a))))
  (#match? @m "(?i)jwt|jsonwebtoken") (#eq? @f "verify") (#eq? @k "algorithms") (#match? @a "(?i)^.none.$")) @hit
(call_expression function: (member_expression object: (identifier) @m property: (property_identifier) @f) arguments: (arguments
  (object (pair key: (property_identifier) @k value: (string) @a)))
  (#match? @m "(?i)jwt|jsonwebtoken") (#eq? @f "sign") (#eq? @k "algorithm") (#match? @a "(?i)^.none.$")) @hit

;;; js-chmod-all security medium 75 CWE-732
;; title: Everyone may write this file
;; scenario: Any local user replaces the content, and the owner's next run uses it.
;; fix: Give `0o700`, `0o755` or `0o600`.
(call_expression function: (member_expression property: (property_identifier) @f) arguments: (arguments . (_) . (number) @n)
  (#any-of? @f "chmod" "chmodSync") (#any-of? @n "0o777" "0777" "0o666" "511")) @hit

;;; js-regex-from-request security medium 75 CWE-1333 external
;; title: Regular expression comes from the request
;; scenario: A pattern such as `(a+)+$` in `{what}` keeps the only thread busy for minutes.
;; fix: Escape the value, or search for it as plain text.
(new_expression constructor: (identifier) @f arguments: (arguments . (_) @arg) (#eq? @f "RegExp")) @hit
