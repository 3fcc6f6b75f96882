//! Security checks on C's memory and formats.

use super::checks::Verdict;
use super::evaluate::is_constant_name;
use super::syntax::{Captured, Source};
use super::value::Trust;

/// C: a copy without bound into an array of fixed size on this function's stack.
pub(super) fn fixed_buffer<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    let (Some(buffer), Some(argument)) = (captured.get("buffer"), captured.get("arg")) else {
        return Verdict::Drop;
    };
    let Some(function) = source.function(buffer) else {
        return Verdict::Drop;
    };
    if !source
        .text(function)
        .contains(&format!(" {}[", source.text(buffer)))
    {
        return Verdict::Drop;
    }
    if argument.kind() == "string_literal" {
        return Verdict::maybe_if(source.text(argument).contains("%s"));
    }
    let text = source.text(argument);
    let name = text.split('[').next().unwrap_or(text);
    if guarded_by_length(source.text(function), name) {
        return Verdict::Drop;
    }
    match source.value(argument).worst() {
        _ if text.starts_with("argv[") || text.starts_with("getenv(") => Verdict::Keep,
        Some(Trust::Parameter) => Verdict::Keep,
        _ => Verdict::Drop,
    }
}

fn guarded_by_length(function: &str, name: &str) -> bool {
    function.contains(&format!("strlen({name})"))
        || function.contains("_MAX")
        || function.contains("sizeof(")
}

/// C: a format that is not a literal.
pub(super) fn format_string<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    let Some(argument) = captured.get("arg") else {
        return Verdict::Drop;
    };
    let text = source.text(argument);
    if text.starts_with("argv[") || text.starts_with("getenv(") {
        return Verdict::Keep;
    }
    let named_format =
        text.to_ascii_lowercase().contains("fmt") || text.to_ascii_lowercase().contains("format");
    let bare =
        argument.kind() == "identifier" && source.value(argument).worst() == Some(Trust::Parameter);
    Verdict::maybe_if(bare && !named_format)
}

/// C: `%s` without a width.
pub(super) fn unbounded_scan<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    let text = captured.get("arg").map_or("", |n| source.text(n));
    Verdict::keep_if(text.replace("%%", "").contains("%s"))
}

/// C: a size that is the product of two values nobody bounded.
pub(super) fn unsized_product<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    let unknown = |name: &str| {
        captured.get(name).is_some_and(|n| {
            n.kind() == "identifier"
                && !is_constant_name(source.text(n))
                && source.value(n).worst() == Some(Trust::Parameter)
        })
    };
    Verdict::maybe_if(unknown("left") && unknown("right"))
}
