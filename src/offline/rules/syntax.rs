//! What checks ask of the syntax tree, the same for every grammar.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use tree_sitter::Node;

use super::rule::Dialect;
use super::time_limit::Bound;
use super::value::Value;

/// Ancestors looked at before giving up; code that a person wrote is far flatter.
const DEPTH: usize = 120;

/// A parsed file, with the budget for looking at it.
pub(super) struct Source<'t> {
    pub(super) bytes: &'t [u8],
    pub(super) root: Node<'t>,
    pub(super) dialect: Dialect,
    pub(super) bound: &'t Bound,
    /// Steps of value analysis left.
    pub(super) steps: Cell<u32>,
    pub(super) bindings: super::bindings::Cache<'t>,
    /// Values already known, by the id of their node.
    pub(super) values: RefCell<HashMap<usize, Value>>,
}

/// What the query captured.
pub(super) struct Captured<'t> {
    pub(super) nodes: Vec<(&'static str, Node<'t>)>,
}

impl<'t> Captured<'t> {
    pub(super) fn get(&self, name: &str) -> Option<Node<'t>> {
        self.nodes
            .iter()
            .find(|(n, _)| *n == name)
            .map(|(_, node)| *node)
    }

    /// The node the finding is about.
    pub(super) fn hit(&self) -> Option<Node<'t>> {
        self.get("hit")
    }
}

impl<'t> Source<'t> {
    /// The node's text; empty where it is not UTF-8.
    pub(super) fn text(&self, node: Node<'_>) -> &'t str {
        self.bytes
            .get(node.byte_range())
            .and_then(|b| std::str::from_utf8(b).ok())
            .unwrap_or("")
    }

    /// The node's ancestors, nearest first, as far as the budget goes.
    pub(super) fn ancestors(&self, node: Node<'t>) -> impl Iterator<Item = Node<'t>> {
        let bound = self.bound;
        std::iter::successors(node.parent(), |n| n.parent())
            .take(DEPTH)
            .take_while(|_| !bound.is_over())
    }

    /// The function, method or closure around the node.
    pub(super) fn function(&self, node: Node<'t>) -> Option<Node<'t>> {
        self.ancestors(node).find(|n| is_function(n.kind()))
    }

    /// The function or method around the node that is not an anonymous one.
    pub(super) fn named_function(&self, node: Node<'t>) -> Option<Node<'t>> {
        self.ancestors(node)
            .find(|n| is_function(n.kind()) && !is_closure(n.kind()))
    }

    /// The nearest loop whose body (not its head) holds the node, in the same function.
    pub(super) fn enclosing_loop(&self, node: Node<'t>) -> Option<Node<'t>> {
        let mut below = node;
        for above in self.ancestors(node) {
            if is_function(above.kind()) {
                return None;
            }
            if is_loop(above.kind()) && above.child_by_field_name("body") == Some(below) {
                return Some(above);
            }
            below = above;
        }
        None
    }

    /// Whether the function around the node is declared `async`.
    pub(super) fn in_async(&self, node: Node<'t>) -> bool {
        self.ancestors(node)
            .find(|n| is_function(n.kind()) || n.kind() == "async_block")
            .is_some_and(|function| {
                function.kind() == "async_block" || {
                    let text = self.text(function);
                    let head = text
                        .get(..text.find('{').unwrap_or(text.len()))
                        .unwrap_or("");
                    head.split_whitespace().take(6).any(|w| w == "async")
                }
            })
    }

    /// Whether the node or one of its descendants is a name with this text.
    pub(super) fn mentions(&self, node: Node<'t>, name: &str) -> bool {
        let mut stack = vec![node];
        let mut left = 400;
        while let Some(next) = stack.pop() {
            if next.child_count() == 0 && self.text(next) == name {
                return true;
            }
            left -= 1;
            if left == 0 {
                return true;
            }
            stack.extend(children(next));
        }
        false
    }

    /// Named arguments of a call, or the value of one keyword argument.
    pub(super) fn keyword(&self, call: Node<'t>, name: &str) -> Option<Node<'t>> {
        let arguments = arguments(call)?;
        named_children(arguments)
            .into_iter()
            .filter(|n| n.kind() == "keyword_argument")
            .find(|n| {
                n.child_by_field_name("name")
                    .is_some_and(|k| self.text(k) == name)
            })?
            .child_by_field_name("value")
    }

    /// Positional arguments of a call.
    pub(super) fn positional(&self, call: Node<'t>) -> Vec<Node<'t>> {
        let all = arguments(call).map(named_children).unwrap_or_default();
        all.into_iter()
            .filter(|n| n.kind() != "keyword_argument" && !n.kind().contains("comment"))
            .collect()
    }

    /// Receiver (where there is one) and name of what is called.
    pub(super) fn callee(&self, call: Node<'t>) -> (Option<Node<'t>>, &'t str) {
        if call.kind() == "method_invocation" {
            let name = call
                .child_by_field_name("name")
                .map_or("", |n| self.text(n));
            return (call.child_by_field_name("object"), name);
        }
        let field = ["function", "constructor", "type", "macro"]
            .into_iter()
            .find_map(|f| call.child_by_field_name(f));
        let Some(function) = field else {
            return (None, "");
        };
        match member(function) {
            Some((object, name)) => (Some(object), self.text(name)),
            None => (None, self.text(function)),
        }
    }
}

/// Object and name of a member access.
pub(super) fn member(node: Node<'_>) -> Option<(Node<'_>, Node<'_>)> {
    let (object, name) = match node.kind() {
        "attribute" => ("object", "attribute"),
        "member_expression" => ("object", "property"),
        "field_access" => ("object", "field"),
        "selector_expression" => ("operand", "field"),
        "field_expression" if node.child_by_field_name("value").is_some() => ("value", "field"),
        "field_expression" => ("argument", "field"),
        "scoped_identifier" => ("path", "name"),
        _ => return None,
    };
    Some((
        node.child_by_field_name(object)?,
        node.child_by_field_name(name)?,
    ))
}

/// The argument list of a call.
pub(super) fn arguments(call: Node<'_>) -> Option<Node<'_>> {
    call.child_by_field_name("arguments")
}

/// Children without punctuation, at most 200.
pub(super) fn named_children(node: Node<'_>) -> Vec<Node<'_>> {
    children(node).into_iter().filter(Node::is_named).collect()
}

/// Children, at most 200.
pub(super) fn children(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.children(&mut cursor).take(200).collect()
}

pub(super) fn is_function(kind: &str) -> bool {
    matches!(
        kind,
        "function_definition"
            | "lambda"
            | "function_declaration"
            | "function_expression"
            | "generator_function_declaration"
            | "generator_function"
            | "method_definition"
            | "method_declaration"
            | "constructor_declaration"
            | "func_literal"
            | "function_item"
    ) || is_closure(kind)
}

fn is_closure(kind: &str) -> bool {
    matches!(
        kind,
        "arrow_function" | "lambda_expression" | "closure_expression" | "lambda"
    )
}

pub(super) fn is_loop(kind: &str) -> bool {
    matches!(
        kind,
        "for_statement"
            | "while_statement"
            | "for_in_statement"
            | "do_statement"
            | "enhanced_for_statement"
            | "for_expression"
            | "while_expression"
            | "loop_expression"
    )
}
