//! What a name promises of the value that is assigned to it, judged by its parts.

/// What the name promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// `password`: people choose it, so it may be short.
    Password,
    /// `token`, `secret`, `api_key`: a machine drew it.
    Token,
    /// `_key`: a key of something, more often of a table than of a door.
    Key,
}

/// What else a name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Of something beside a secret: where it is, how long, what it is called.
    Otherwise,
    /// Of a secret that is public, made up, short-lived, or encrypted.
    Doubtful,
    /// Of a secret.
    Secret,
}

/// Names' parts and what they promise.
pub(super) const WORDS: [(&str, Word); 36] = [
    ("password", Word::Password),
    ("passwd", Word::Password),
    ("passphrase", Word::Password),
    ("passwort", Word::Password),
    ("passcode", Word::Password),
    ("pwd", Word::Password),
    ("_pass", Word::Password),
    ("userpass", Word::Password),
    ("dbpass", Word::Password),
    ("vault_pass", Word::Password),
    ("pass=", Word::Password),
    ("pass:", Word::Password),
    ("pass\"", Word::Password),
    ("pass'", Word::Password),
    ("pass =", Word::Password),
    ("requirepass", Word::Password),
    ("masterauth", Word::Password),
    ("secret", Word::Token),
    ("token", Word::Token),
    ("api_key", Word::Token),
    ("apikey", Word::Token),
    ("api-key", Word::Token),
    ("api.key", Word::Token),
    ("access_key", Word::Token),
    ("accesskey", Word::Token),
    ("access-key", Word::Token),
    ("auth_key", Word::Token),
    ("authkey", Word::Token),
    ("private_key", Word::Token),
    ("privatekey", Word::Token),
    ("encryption_key", Word::Token),
    ("encryptionkey", Word::Token),
    ("account_key", Word::Token),
    ("credential", Word::Token),
    ("_key", Word::Key),
    ("bearer", Word::Token),
];

/// Parts that make a name one of something else.
const OTHERWISE: [&str; 70] = [
    "public",
    "pub",
    "publishable",
    "site",
    "sitekey",
    "hash",
    "hashed",
    "digest",
    "checksum",
    "integrity",
    "sha",
    "sha1",
    "sha256",
    "sha512",
    "md5",
    "name",
    "names",
    "file",
    "filename",
    "path",
    "dir",
    "folder",
    "url",
    "uri",
    "endpoint",
    "type",
    "length",
    "size",
    "field",
    "label",
    "title",
    "placeholder",
    "message",
    "msg",
    "prompt",
    "expire",
    "expires",
    "expiry",
    "expiration",
    "ttl",
    "regex",
    "pattern",
    "count",
    "index",
    "cursor",
    "page",
    "next",
    "foreign",
    "primary",
    "sort",
    "column",
    "fingerprint",
    "version",
    "arn",
    "ref",
    "address",
    "contract",
    "policy",
    "contains",
    "startswith",
    "endswith",
    "split",
    "replace",
    "format",
    "algorithm",
    "class",
    "selector",
    "provider",
    "hashers",
    "continuation",
];

/// Parts that make a secret doubtful.
const DOUBTFUL: [&str; 36] = [
    "test",
    "tests",
    "testing",
    "fake",
    "mock",
    "dummy",
    "example",
    "sample",
    "expected",
    "fixture",
    "stub",
    "csrf",
    "xsrf",
    "anon",
    "vector",
    "encrypted",
    "cipher",
    "sealed",
    "cache",
    "etag",
    "commit",
    "revision",
    "rev",
    "encoded",
    "malformed",
    "expired",
    "invalid",
    "wrong",
    "bad",
    "unsigned",
    "checker",
    "encoder",
    "id",
    "ids",
    "nonce",
    "search",
];

/// Beginnings that tools use for what they put into the page.
const PUBLISHED: [&str; 6] = [
    "next_public_",
    "vite_",
    "expo_public_",
    "nuxt_public_",
    "public_",
    "gatsby_",
];

/// What a key with these parts opens is worth a lock.
const LOCKS: [&str; 28] = [
    "api",
    "secret",
    "private",
    "access",
    "auth",
    "encryption",
    "signing",
    "sign",
    "master",
    "service",
    "license",
    "licence",
    "crypt",
    "crypto",
    "hmac",
    "aes",
    "rsa",
    "client",
    "jwt",
    "app",
    "admin",
    "deploy",
    "session",
    "cookie",
    "storage",
    "ssh",
    "webhook",
    "vault",
];

/// What a whole name says.
pub(super) fn meaning(name: &[u8], word: Word) -> Meaning {
    let parts = parts(name);
    let any = |known: &[&str]| {
        parts
            .iter()
            .any(|part| known.iter().any(|known| part == known.as_bytes()))
    };
    let lower = name.to_ascii_lowercase();
    let published = PUBLISHED
        .iter()
        .any(|start| lower.starts_with(start.as_bytes()));
    // what an app or a page shows a service of itself
    let of_client = parts
        .windows(2)
        .any(|pair| pair[0] == b"client" && pair[1] == b"token");
    if any(&OTHERWISE) {
        Meaning::Otherwise
    } else if published || of_client || any(&DOUBTFUL) || (word == Word::Key && !any(&LOCKS)) {
        Meaning::Doubtful
    } else {
        Meaning::Secret
    }
}

/// Whether a name's part begins here: behind no letter, or as a capital behind a small one.
pub(super) fn begins_word(text: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).map_or(b' ', |i| text[i]);
    !before.is_ascii_alphabetic() || (before.is_ascii_lowercase() && text[at].is_ascii_uppercase())
}

/// `dbPassword_2`: `db`, `password`, `2`; in lower case.
fn parts(name: &[u8]) -> Vec<Vec<u8>> {
    let mut parts = Vec::new();
    let mut part: Vec<u8> = Vec::new();
    for (at, byte) in name.iter().enumerate() {
        let before = at.checked_sub(1).map_or(b'_', |at| name[at]);
        let after = name.get(at + 1).copied().unwrap_or(b'_');
        let capital = byte.is_ascii_uppercase()
            && (before.is_ascii_lowercase()
                || (before.is_ascii_uppercase() && after.is_ascii_lowercase()));
        if (capital || !byte.is_ascii_alphanumeric()) && !part.is_empty() {
            parts.push(std::mem::take(&mut part));
        }
        if byte.is_ascii_alphanumeric() {
            part.push(byte.to_ascii_lowercase());
        }
    }
    parts.push(part);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_tell_and_not_letters_within_words() {
        for (name, word, expected) in [
            ("SHARED_SECRET", Word::Token, Meaning::Secret),
            ("storage_account_key", Word::Token, Meaning::Secret),
            ("NEXTAUTH_SECRET", Word::Token, Meaning::Secret),
            ("redirectToken", Word::Token, Meaning::Secret),
            ("db.profile.password", Word::Password, Meaning::Secret),
            ("passwordHash", Word::Password, Meaning::Otherwise),
            ("token_url", Word::Token, Meaning::Otherwise),
            ("nextPageToken", Word::Token, Meaning::Otherwise),
            ("test_token", Word::Token, Meaning::Doubtful),
            ("VITE_API_KEY", Word::Token, Meaning::Doubtful),
            ("partition_key", Word::Key, Meaning::Doubtful),
            ("AES_KEY", Word::Key, Meaning::Secret),
            ("signing_key", Word::Key, Meaning::Secret),
        ] {
            assert_eq!(meaning(name.as_bytes(), word), expected, "{name}");
        }
    }
}
