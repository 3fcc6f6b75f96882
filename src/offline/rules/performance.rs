//! Performance checks: loops, async functions, growth.

use tree_sitter::Node;

use super::checks::Verdict;
use super::evaluate::is_constant_name;
use super::rule::Dialect;
use super::syntax;
use super::syntax::{Captured, Source, is_function};

/// In the body of a loop.
pub(super) fn in_loop<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    Verdict::keep_if(loop_of(source, captured).is_some_and(|l| !is_short(source, l)))
}

/// In the body of a loop that goes on after it.
pub(super) fn in_loop_again<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    if leaves_at_once(source, captured) {
        Verdict::Drop
    } else {
        in_loop(source, captured)
    }
}

/// In the body of a loop, and the captured argument is the same in every round.
pub(super) fn in_loop_constant<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    let Some(argument) = captured.get("arg") else {
        return Verdict::Drop;
    };
    if source.value(argument).constant().is_none() || leaves_at_once(source, captured) {
        return Verdict::Drop;
    }
    in_loop(source, captured)
}

/// One call per item: in a `for` over data, and it mentions the loop's variable.
pub(super) fn per_item<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    let (Some(around), Some(hit)) = (loop_of(source, captured), captured.hit()) else {
        return Verdict::Drop;
    };
    if is_short(source, around) || leaves_at_once(source, captured) {
        return Verdict::Drop;
    }
    let variables = loop_variables(source, around);
    let table_of = |v: &&str| source.text(hit).starts_with(&format!("{v}."));
    let own_table = variables.iter().any(table_of);
    if own_table
        || !variables.iter().any(|v| source.mentions(hit, v))
        || source.text(hit).contains("__in=")
    {
        return Verdict::Drop;
    }
    if writes(source, hit) {
        Verdict::Maybe
    } else {
        Verdict::Keep
    }
}

/// Whether the query ends in a write, which may need its own statement per item.
fn writes<'t>(source: &Source<'t>, hit: Node<'t>) -> bool {
    const WRITES: [&str; 6] = [
        "create",
        "get_or_create",
        "update_or_create",
        "update",
        "delete",
        "aupdate",
    ];
    let around = source
        .ancestors(hit)
        .take_while(|n| matches!(n.kind(), "call" | "attribute"));
    std::iter::once(hit)
        .chain(around)
        .any(|n| n.kind() == "call" && WRITES.contains(&source.callee(n).1))
}

/// The same, where it depends on how many items there are.
pub(super) fn per_item_maybe<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    Verdict::maybe_if(per_item(source, captured) != Verdict::Drop)
}

/// An await per item whose rounds do not feed each other.
pub(super) fn await_independent<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    let (Verdict::Keep, Some(around)) = (per_item(source, captured), loop_of(source, captured))
    else {
        return Verdict::Drop;
    };
    let text = source.text(around);
    let ordered = [
        "break",
        "return",
        "sleep",
        "delay",
        "retry",
        "for await",
        "try",
    ];
    Verdict::maybe_if(!ordered.iter().any(|w| text.contains(w)))
}

/// Directly in an async function or block.
pub(super) fn in_async<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    let Some(hit) = captured.hit() else {
        return Verdict::Drop;
    };
    Verdict::keep_if(source.in_async(hit))
}

/// In a function that serves a request: `(req, res)`.
pub(super) fn in_handler<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    let Some(function) = captured.hit().and_then(|h| source.function(h)) else {
        return Verdict::Drop;
    };
    let parameters = function
        .child_by_field_name("parameters")
        .map_or("", |p| source.text(p));
    let first = parameters
        .trim_start_matches('(')
        .split([',', ':', ')'])
        .next()
        .unwrap_or("")
        .trim();
    let second = parameters.split(',').nth(1).unwrap_or("").trim();
    let serves = matches!(first, "req" | "request" | "_req") && second.starts_with("res")
        || first == "ctx" && source.in_async(function);
    Verdict::keep_if(serves)
}

/// Membership tested in a list that the same function built.
pub(super) fn membership<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    let (Some(around), Some(list)) = (loop_of(source, captured), captured.get("list")) else {
        return Verdict::Drop;
    };
    let name = source.text(list);
    if is_short(source, around) || list.kind() != "identifier" || is_constant_name(name) {
        return Verdict::Drop;
    }
    let Some(function) = source.function(list) else {
        return Verdict::Drop;
    };
    let text = source.text(function);
    let grows = |call: &str| text.contains(&format!("{name}.{call}("));
    let built = match source.dialect {
        Dialect::Python => {
            starts_as(text, name, &["= []", "= list("])
                && (grows("append") || grows("extend") || text.contains(&format!("{name} = list(")))
        }
        Dialect::Java => {
            (text.contains(&format!("{name} = new ArrayList"))
                || text.contains(&format!("{name} = new LinkedList")))
                && grows("add")
        }
        Dialect::Rust => (starts_as(text, name, &["= Vec::new()", "= vec![]"])) && grows("push"),
        Dialect::JavaScript | Dialect::TypeScript | Dialect::Tsx => {
            starts_as(text, name, &["= []", "= new Array"]) && grows("push")
        }
        Dialect::Go | Dialect::C => false,
    };
    let inside = source.text(around).contains(&format!("{name} = "));
    Verdict::maybe_if(built && !inside)
}

fn starts_as(text: &str, name: &str, values: &[&str]) -> bool {
    values.iter().any(|v| text.contains(&format!("{name} {v}")))
}

/// `xs = xs + [x]` and its like: the captured target also stands on the right, and it was made outside the loop.
pub(super) fn grown_in_loop<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    let (Some(around), Some(target), Some(argument)) = (
        loop_of(source, captured),
        captured.get("target"),
        captured.get("arg"),
    ) else {
        return Verdict::Drop;
    };
    let name = source.text(target);
    if is_short(source, around) || source.text(argument) != name && !source.mentions(argument, name)
    {
        return Verdict::Drop;
    }
    Verdict::keep_if(is_made_outside(source, around, name) && !leaves_at_once(source, captured))
}

/// `s += x` on a string that was made outside the loop.
pub(super) fn string_grown_in_loop<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    let (Some(around), Some(target)) = (loop_of(source, captured), captured.get("target")) else {
        return Verdict::Drop;
    };
    let name = source.text(target);
    let Some(function) = source.function(around) else {
        return Verdict::Drop;
    };
    let before = source
        .bytes
        .get(function.start_byte()..around.start_byte())
        .map(String::from_utf8_lossy)
        .unwrap_or_default();
    let is_string = match source.dialect {
        Dialect::Java => {
            before.contains(&format!("String {name} ="))
                || before.contains(&format!("String {name};"))
        }
        Dialect::Go => {
            before.contains(&format!("{name} := \""))
                || before.contains(&format!("var {name} string"))
                || before.contains(&format!("{name} := `"))
        }
        _ => false,
    };
    Verdict::keep_if(is_string && !is_short(source, around) && !leaves_at_once(source, captured))
}

/// Taking from, or putting at, the head of an array inside a loop.
pub(super) fn queue_head<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    let (Some(around), Some(list)) = (loop_of(source, captured), captured.get("list")) else {
        return Verdict::Drop;
    };
    let name = source.text(list);
    let small = [
        "arg", "part", "path", "line", "stack", "token", "split", "segment",
    ];
    if small.iter().any(|s| name.to_ascii_lowercase().contains(s))
        || leaves_at_once(source, captured)
        || is_short(source, around)
    {
        return Verdict::Drop;
    }
    Verdict::maybe_if(is_made_outside(source, around, name))
}

/// In a loop, on a value that no round changes.
pub(super) fn invariant_in_loop<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    let (Some(around), Some(argument)) = (loop_of(source, captured), captured.get("arg")) else {
        return Verdict::Drop;
    };
    if argument.kind() != "identifier"
        || is_short(source, around)
        || leaves_at_once(source, captured)
    {
        return Verdict::Drop;
    }
    let name = source.text(argument);
    let body = around
        .child_by_field_name("body")
        .map_or("", |b| source.text(b));
    let changes = [
        format!("{name} = "),
        format!("{name}."),
        format!("{name}["),
        format!("{name} +="),
        format!("{name}, "),
    ];
    let changed = changes.iter().any(|c| body.contains(c.as_str()))
        || loop_variables(source, around).contains(&name);
    Verdict::maybe_if(!changed && is_made_outside(source, around, name))
}

/// Reading a request's whole body in a function that sets no bound.
pub(super) fn request_body<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    let (Some(hit), Some(argument)) = (captured.hit(), captured.get("arg")) else {
        return Verdict::Drop;
    };
    let function = source.function(hit).map_or("", |f| source.text(f));
    let bounded = [
        "MaxBytesReader",
        "LimitReader",
        "ContentLength",
        "LimitedReader",
        "content_length",
        "MAX_",
    ];
    let argument = source.text(argument);
    let is_request = match source.dialect {
        Dialect::Go => function.contains("*http.Request") || argument.starts_with("c.Request"),
        _ => true,
    };
    Verdict::keep_if(is_request && !bounded.iter().any(|b| function.contains(b)))
}

/// `reduce((acc, x) => ({...acc, ...}))`: the accumulator is copied in every round.
pub(super) fn reduce_copy<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    let (Some(accumulator), Some(copied)) = (captured.get("accumulator"), captured.get("arg"))
    else {
        return Verdict::Drop;
    };
    Verdict::keep_if(source.text(accumulator) == source.text(copied))
}

/// A call in a loop's condition on a string that the body does not shorten.
pub(super) fn loop_condition<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Verdict {
    let (Some(hit), Some(argument)) = (captured.hit(), captured.get("arg")) else {
        return Verdict::Drop;
    };
    let Some(around) = source.ancestors(hit).find(|n| syntax::is_loop(n.kind())) else {
        return Verdict::Drop;
    };
    let condition = around.child_by_field_name("condition");
    let in_condition = condition
        .is_some_and(|c| c.start_byte() <= hit.start_byte() && hit.end_byte() <= c.end_byte());
    let body = around
        .child_by_field_name("body")
        .map_or("", |b| source.text(b));
    let writes = body.contains(&format!("{}[", source.text(argument))) && body.contains("] =");
    Verdict::keep_if(in_condition && argument.kind() == "identifier" && writes)
}

fn loop_of<'t>(source: &Source<'t>, captured: &Captured<'t>) -> Option<Node<'t>> {
    source.enclosing_loop(captured.hit()?)
}

/// Whether the loop visibly runs a handful of times: over a literal, or a retry.
fn is_short(source: &Source<'_>, around: Node<'_>) -> bool {
    let head = around
        .child_by_field_name("body")
        .and_then(|b| source.bytes.get(around.start_byte()..b.start_byte()));
    let head = String::from_utf8_lossy(head.unwrap_or_default()).to_ascii_lowercase();
    let items = ["right", "value"]
        .into_iter()
        .find_map(|f| around.child_by_field_name(f));
    let literal = items.is_some_and(|i| {
        matches!(
            i.kind(),
            "list"
                | "tuple"
                | "array"
                | "set"
                | "composite_literal"
                | "array_expression"
                | "array_creation_expression"
        ) || is_constant_name(source.text(i))
    });
    literal
        || [
            "attempt",
            "retr",
            "tries",
            "range(2)",
            "range(3)",
            "range(5)",
            "range(10)",
        ]
        .iter()
        .any(|w| head.contains(w))
}

/// Names that the loop gives a new value in every round.
fn loop_variables<'t>(source: &Source<'t>, around: Node<'t>) -> Vec<&'t str> {
    let clause = syntax::named_children(around)
        .into_iter()
        .find(|n| n.kind() == "range_clause");
    let holder = clause.unwrap_or(around);
    let Some(target) = ["left", "name", "pattern"]
        .into_iter()
        .find_map(|f| holder.child_by_field_name(f))
    else {
        return Vec::new();
    };
    let (mut names, mut stack) = (Vec::new(), vec![target]);
    while let Some(next) = stack.pop() {
        if next.kind().ends_with("identifier") && names.len() < 8 && source.text(next) != "_" {
            names.push(source.text(next));
        }
        stack.extend(syntax::named_children(next));
    }
    names
}

/// Whether the loop is left right after the hit, so that it runs once.
fn leaves_at_once<'t>(source: &Source<'t>, captured: &Captured<'t>) -> bool {
    let Some(hit) = captured.hit() else {
        return false;
    };
    for above in std::iter::once(hit).chain(source.ancestors(hit)) {
        if syntax::is_loop(above.kind()) || is_function(above.kind()) {
            return false;
        }
        if above.kind().contains("return")
            || above.kind().contains("raise")
            || above.kind().contains("throw")
        {
            return true;
        }
        let mut next = above.next_named_sibling();
        while let Some(sibling) = next {
            if ["return", "break", "raise", "throw"]
                .iter()
                .any(|w| sibling.kind().starts_with(w) || source.text(sibling).starts_with(w))
            {
                return true;
            }
            next = sibling.next_named_sibling();
        }
    }
    false
}

/// Whether the name is mentioned between the function's start and the loop.
fn is_made_outside<'t>(source: &Source<'t>, around: Node<'t>, name: &str) -> bool {
    let Some(function) = source.function(around) else {
        return false;
    };
    let before = source
        .bytes
        .get(function.start_byte()..around.start_byte())
        .map(String::from_utf8_lossy)
        .unwrap_or_default();
    before
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .any(|w| w == name)
}
