//! Whether a function looks at a value before it uses it.

use std::sync::LazyLock;

use regex::Regex;
use tree_sitter::Node;

use super::identifiers::regex;
use super::syntax;
use super::syntax::{Captured, Source};

/// Whether the function looked at the value and left, before the hit:
/// `if "../" in name: return`. A test for emptiness is no such look.
pub(super) fn refused_before<'t>(source: &Source<'t>, captured: &Captured<'t>) -> bool {
    let (Some(hit), Some(argument)) = (captured.hit(), captured.get("arg")) else {
        return false;
    };
    let Some(function) = source.function(hit) else {
        return false;
    };
    let mut names = names_in(source, argument);
    for name in names.clone() {
        names.extend(
            source
                .bound_nodes(name, function)
                .into_iter()
                .flat_map(|n| names_in(source, n)),
        );
    }
    let (mut stack, mut left) = (vec![function], 4_000);
    while let Some(node) = stack.pop() {
        left -= 1;
        if left == 0 || node.start_byte() >= hit.start_byte() {
            continue;
        }
        if node.kind() == "if_statement"
            && is_refusal(source, node, &names)
            && node.end_byte() <= hit.start_byte()
        {
            return true;
        }
        stack.extend(syntax::named_children(node));
    }
    false
}

fn is_refusal<'t>(source: &Source<'t>, node: Node<'t>, names: &[&str]) -> bool {
    let (Some(condition), Some(body)) = (
        node.child_by_field_name("condition"),
        node.child_by_field_name("consequence"),
    ) else {
        return false;
    };
    let (text, body) = (source.text(condition), source.text(body));
    let looks = [
        " in ",
        "startswith",
        "startsWith",
        "HasPrefix",
        "ontains",
        "atch",
        "ncludes",
        "test(",
        "==",
        "!=",
    ];
    let empty = ["null", "None", "nil", "undefined", "= \"\"", "= ''", "len("];
    looks.iter().any(|l| text.contains(l))
        && !empty.iter().any(|e| text.contains(e))
        && ["return", "raise ", "throw ", "abort("]
            .iter()
            .any(|l| body.contains(l))
        && names.iter().any(|n| source.mentions(condition, n))
}

fn names_in<'t>(source: &Source<'t>, node: Node<'t>) -> Vec<&'t str> {
    let (mut names, mut stack) = (Vec::new(), vec![node]);
    while let Some(next) = stack.pop() {
        if next.kind() == "identifier" && names.len() < 12 {
            names.push(source.text(next));
        }
        stack.extend(syntax::named_children(next));
    }
    names
}

/// Whether the start of the file has this text.
pub(super) fn imports(source: &Source<'_>, what: &str) -> bool {
    let head = source
        .bytes
        .get(..source.bytes.len().min(16_000))
        .unwrap_or_default();
    String::from_utf8_lossy(head).contains(what)
}

/// Whether the function around the hit has words of a check against this danger.
pub(super) fn guarded<'t>(source: &Source<'t>, captured: &Captured<'t>, guard: &Regex) -> bool {
    let around = captured
        .hit()
        .and_then(|h| source.named_function(h).or_else(|| source.function(h)));
    around.is_some_and(|f| guard.is_match(source.text(f)))
}

pub(super) static PATH_GUARD: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?i)startswith|hasprefix|starts_with|is_relative_to|commonpath|realpath|canonical|relative_?to|islocal|secure_?join|safe_?join|\.\.["'/]|normalize\(|resolve\(\)|filepath\.rel|securefilename|secure_filename|basename|zip-?slip|localize|root:|path\.clean|cleanpath|newname|resolveentry|sanitize"#,
    )
});

pub(super) static URL_GUARD: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)url_has_allowed_host|is_safe_url|startswith|hasprefix|netloc|hostname|allowed|whitelist|allowlist|safe|valid",
    )
});
