//! Security checks: what reaches a dangerous call.

use std::sync::LazyLock;

use regex::Regex;
use tree_sitter::Node;

use super::checks::Verdict;
use super::evaluate::{is_constant_name, is_script};
use super::guards::{PATH_GUARD, URL_GUARD, guarded, refused_before};
use super::identifiers::regex;
use super::rule::Dialect;
use super::syntax::{Captured, Source};
use super::value::{Piece, Trust, Value};

/// SQL whose text holds something that is not a constant.
pub(super) fn sql<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    let Some(value) = captured_value(source, captured) else {
        return Verdict::Drop;
    };
    let verdict = judge_sql(&value);
    let whole =
        || matches!(value.0.as_slice(), [Piece::Hole(Trust::External)]) && mentions_sql(source);
    if verdict == Verdict::Drop && whole() {
        Verdict::Maybe
    } else {
        verdict
    }
}

fn judge_sql(value: &Value) -> Verdict {
    let looks_sql = value
        .0
        .iter()
        .any(|p| matches!(p, Piece::Text(t) if SQL.is_match(t)));
    match value.worst() {
        Some(Trust::External) if looks_sql => Verdict::Keep,
        Some(Trust::Laundered) if looks_sql => Verdict::Maybe,
        Some(Trust::Parameter | Trust::Opaque) if looks_sql => match sql_places(value) {
            (Some(Trust::Parameter), _) => Verdict::Keep,
            (Some(_), _) | (_, Some(Trust::Parameter)) => Verdict::Maybe,
            _ => Verdict::Drop,
        },
        _ => Verdict::Drop,
    }
}

/// The worst hole inside quotes or after a comparison, and the worst elsewhere.
fn sql_places(value: &Value) -> (Option<Trust>, Option<Trust>) {
    let (mut data, mut name) = (None, None);
    for pair in value.0.windows(2) {
        let (Piece::Text(before), Piece::Hole(trust)) = (&pair[0], &pair[1]) else {
            continue;
        };
        if *trust > Trust::Clean {
            let place = if DATA_PLACE.is_match(before) {
                &mut data
            } else {
                &mut name
            };
            *place = (*place).max(Some(*trust));
        }
    }
    (data, name)
}

/// A command line for a shell.
pub(super) fn shell<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    let Some(value) = captured_value(source, captured) else {
        return Verdict::Drop;
    };
    match value.worst() {
        Some(Trust::External | Trust::Laundered) => external(source, captured),
        Some(Trust::Parameter | Trust::Opaque) => Verdict::maybe_if(value.is_built()),
        Some(Trust::Clean) | None => Verdict::Drop,
    }
}

/// Python: `shell=True`, or a call that always takes a shell.
pub(super) fn shell_true<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    let Some(call) = captured.hit() else {
        return Verdict::Drop;
    };
    let always = matches!(source.callee(call).1, "getoutput" | "getstatusoutput");
    if always
        || source
            .keyword(call, "shell")
            .is_some_and(|v| source.text(v) == "True")
    {
        return shell(source, captured);
    }
    Verdict::Drop
}

/// Text run as code.
pub(super) fn code<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    match captured_value(source, captured).and_then(|v| v.worst()) {
        Some(Trust::External | Trust::Laundered) => external(source, captured),
        Some(Trust::Parameter) => Verdict::Maybe,
        Some(Trust::Opaque | Trust::Clean) | None => Verdict::Drop,
    }
}

/// Something from outside in a place where only ours belongs.
pub(super) fn external<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    match captured_value(source, captured).and_then(|v| v.worst()) {
        Some(Trust::External) if refused_before(source, captured) => Verdict::Maybe,
        Some(Trust::External) => Verdict::Keep,
        Some(Trust::Laundered) => Verdict::maybe_if(!refused_before(source, captured)),
        _ => Verdict::Drop,
    }
}

/// A path chosen from outside, in a function that does not look at it first.
pub(super) fn path<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    match external(source, captured) {
        Verdict::Keep if guarded(source, captured, &PATH_GUARD) => Verdict::Maybe,
        Verdict::Maybe if guarded(source, captured, &PATH_GUARD) => Verdict::Drop,
        verdict => verdict,
    }
}

/// An address whose host is chosen from outside.
pub(super) fn url<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    let Some(value) = captured_value(source, captured) else {
        return Verdict::Drop;
    };
    if HOST.is_match(&value.prefix()) {
        return Verdict::Drop;
    }
    external(source, captured)
}

/// A redirect whose target is chosen from outside.
pub(super) fn redirect<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    let Some(value) = captured_value(source, captured) else {
        return Verdict::Drop;
    };
    let around = captured
        .hit()
        .and_then(|h| source.function(h))
        .map_or("", |f| source.text(f));
    let own_address = source.dialect == Dialect::Go && !GO_REDIRECT_SOURCE.is_match(around);
    let argument = captured
        .get("arg")
        .map_or("", |n| source.text(n))
        .to_ascii_lowercase();
    let from_browser = [".url", "originalurl", "referer", "referrer", "request.path"]
        .iter()
        .any(|w| argument.contains(w));
    if !value.prefix().is_empty() || own_address || from_browser {
        return Verdict::Drop;
    }
    if guarded(source, captured, &URL_GUARD) {
        Verdict::Drop
    } else {
        external(source, captured)
    }
}

/// Markup that is not a constant and was not escaped.
pub(super) fn markup<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    let Some(value) = captured_value(source, captured) else {
        return Verdict::Drop;
    };
    match value.worst() {
        Some(Trust::External) => Verdict::Keep,
        Some(Trust::Laundered) => Verdict::Maybe,
        Some(Trust::Parameter) => Verdict::maybe_if(value.is_built() || is_script(source.dialect)),
        Some(Trust::Opaque) => Verdict::maybe_if(value.is_built() && is_script(source.dialect)),
        Some(Trust::Clean) | None => Verdict::Drop,
    }
}

/// Markup with something from outside in it.
pub(super) fn external_html<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    let Some(value) = captured_value(source, captured) else {
        return Verdict::Drop;
    };
    let tagged = value
        .0
        .iter()
        .any(|p| matches!(p, Piece::Text(t) if t.contains('<')));
    match value.worst() {
        Some(Trust::External) if tagged => Verdict::Keep,
        Some(Trust::External) => Verdict::Maybe,
        Some(Trust::Laundered) => Verdict::maybe_if(tagged),
        _ => Verdict::Drop,
    }
}

/// Bytes turned into objects that may run code.
pub(super) fn deserialise<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    match captured_value(source, captured).and_then(|v| v.worst()) {
        Some(Trust::External) => external(source, captured),
        Some(Trust::Laundered | Trust::Parameter | Trust::Opaque) => Verdict::Maybe,
        Some(Trust::Clean) | None => Verdict::Drop,
    }
}

/// Rust: `format!` of SQL with something in braces.
pub(super) fn rust_sql<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    let text = captured.get("arg").map_or("", |n| source.text(n));
    let Some((before, _)) = text.split_once('{') else {
        return Verdict::Drop;
    };
    if !SQL.is_match(text) || is_constant_name(text.split(['{', '}']).nth(1).unwrap_or("")) {
        return Verdict::Drop;
    }
    if DATA_PLACE.is_match(before) {
        Verdict::Keep
    } else {
        Verdict::Maybe
    }
}

/// Rust: a shell told to run a formatted line.
pub(super) fn rust_shell<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    let Some(argument) = captured.get("arg") else {
        return Verdict::Drop;
    };
    let text = source.text(argument);
    if text.contains("format!") && text.contains('{') {
        return Verdict::Keep;
    }
    Verdict::maybe_if(
        source.value(argument).worst() == Some(Trust::Parameter) || parameter_of(source, argument),
    )
}

fn parameter_of<'t>(source: &Source<'t>, argument: Node<'t>) -> bool {
    let name = source.text(argument).trim_start_matches('&');
    let parameters = source
        .function(argument)
        .and_then(|f| f.child_by_field_name("parameters"));
    argument.kind() != "string_literal" && parameters.is_some_and(|p| source.mentions(p, name))
}

fn captured_value<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Option<Value> {
    source.captured_value(captured, "arg")
}

fn mentions_sql(source: &Source<'_>) -> bool {
    let head = source
        .bytes
        .get(..source.bytes.len().min(16_000))
        .unwrap_or_default();
    String::from_utf8_lossy(head)
        .to_ascii_lowercase()
        .contains("sql")
}

static SQL: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?is)\b(?:select\b.{1,300}?\bfrom|select\s|insert\s+(?:or\s+\w+\s+)?into|update\s+\S+\s+set|delete\s+from|drop\s+(?:table|database)|alter\s+table|\{?call\s|merge\s+into|replace\s+into|where\s|union\s+select)\b?",
    )
});

/// Text after which a value, not a table's or column's name, stands.
static DATA_PLACE: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"(?i)(?:[=<>]\s*\\?['\x22]?%?|\\?'%?|\blike\s+\\?['\x22]?%?|\blike\s+)$")
});

static GO_REDIRECT_SOURCE: LazyLock<Regex> =
    LazyLock::new(|| regex(r"FormValue|PostForm|\.Query\(|DefaultQuery|PathValue|\.Cookie\("));

static HOST: LazyLock<Regex> = LazyLock::new(|| regex(r"(?i)^(?:[a-z]+:)?//[^/]+/|^/[^/]"));
