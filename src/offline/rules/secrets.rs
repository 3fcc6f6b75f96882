//! Security checks on chance and digests: only where names speak of secrets.

use std::sync::LazyLock;

use regex::Regex;
use tree_sitter::Node;

use super::checks::Verdict;
use super::guards::imports;
use super::identifiers::regex;
use super::rule::Dialect;
use super::syntax;
use super::syntax::{Captured, Source};

/// A weak source of chance or digest, where names speak of secrets.
pub(super) fn secret_context<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    let Some(hit) = captured.hit() else {
        return Verdict::Drop;
    };
    if source.dialect == Dialect::Java
        && imports(source, "SecureRandom")
        && source.text(hit).contains(".next")
    {
        return Verdict::Drop;
    }
    if target_names(source, hit).iter().any(|n| is_secret_name(n)) {
        return Verdict::Keep;
    }
    Verdict::maybe_if(speaks_of_secrets(source, hit))
}

/// Whether the function around is short and uses words of secrets.
fn speaks_of_secrets<'t>(source: &Source<'t>, hit: Node<'t>) -> bool {
    let around = source.named_function(hit).map_or("", |f| source.text(f));
    around.len() < 4_000 && SECRET_WORDS.is_match(around) && !CONTENT_WORDS.is_match(around)
}

/// A weak digest of something that the names call a secret.
pub(super) fn secret_hash<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    let Some(hit) = captured.hit() else {
        return Verdict::Drop;
    };
    if source.keyword(hit, "usedforsecurity").is_some() {
        return Verdict::Drop;
    }
    let words: Vec<&str> = source
        .positional(hit)
        .into_iter()
        .flat_map(|a| source.text(a).split(['.', '(', ')', '[', ' ', ',']))
        .collect();
    if words.iter().any(|w| is_password_name(w)) {
        return Verdict::Keep;
    }
    let targets = target_names(source, hit);
    if targets.iter().any(|n| is_password_name(n)) {
        return Verdict::Keep;
    }
    Verdict::maybe_if(speaks_of_secrets(source, hit))
}

/// Names that the value at this node is given: assigned variable, key, named function.
fn target_names<'t>(source: &Source<'t>, hit: Node<'t>) -> Vec<&'t str> {
    let mut names = Vec::new();
    for above in source.ancestors(hit) {
        let target = match above.kind() {
            "assignment"
            | "assignment_expression"
            | "short_var_declaration"
            | "assignment_statement" => "left",
            "variable_declarator" | "keyword_argument" | "var_spec" => "name",
            "init_declarator" => "declarator",
            "let_declaration" => "pattern",
            "pair" | "keyed_element" => "key",
            kind if syntax::is_function(kind) => {
                if let Some(name) = above.child_by_field_name("name") {
                    names.push(source.text(name));
                }
                break;
            }
            _ => continue,
        };
        if let Some(name) = above.child_by_field_name(target) {
            names.push(source.text(name));
        }
    }
    names
}

fn is_secret_name(name: &str) -> bool {
    SECRET_NAME.is_match(name) && !NOT_SECRET.is_match(name)
}

fn is_password_name(name: &str) -> bool {
    PASSWORD_NAME.is_match(name) && !NOT_SECRET.is_match(name)
}

/// Go: `rand` that is math's, where names speak of secrets.
pub(super) fn math_rand<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    if imports(source, "\"math/rand") && !imports(source, "\"crypto/rand\"") {
        return secret_context(source, captured);
    }
    Verdict::Drop
}

static SECRET_NAME: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)passw|passwd|secret|_?token$|token_|^token|[a-z]Token|session_?(?:id|key)|api_?key|csrf|xsrf|\botp|otp_?code|one_?time|salt\b|_salt|signing_?key|private_?key|reset_?(?:code|key)|verification_?code|remember_?me|invite_?code|credential",
    )
});

static PASSWORD_NAME: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)passw|passwd|\bpwd|_pwd|secret|signature|hmac|private_?key|api_?key|credential|reset_?token|auth_?token",
    )
});

/// Words that are only written where secrets are handled.
static SECRET_WORDS: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)\bpassword|password\b|remember_?me|session_?(?:id|key)|csrf|api_?key|secret_?(?:key|value)|reset_?token",
    )
});

/// Words of digests that only tell contents apart.
static CONTENT_WORDS: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?i)checksum|etag|cache|md5sum|fingerprint"));

/// Names that only sound like secrets.
static NOT_SECRET: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)tokeni|tokens\b|num_?tok|max_?tok|token_?(?:count|len|id|type|idx|index|pos|range|span|size|limit|bucket|stream|map|set|list|kind|cls|embed)|next_?token|padd|digest_?auth|etag|detached|mask",
    )
});
