//! Evaluates an expression as far as one function tells.

use tree_sitter::Node;

use super::format_string;
use super::format_string::{Style, fill};
use super::identifiers::{CARRIERS, CLEANERS, IDENTITY, LOOKUPS};
use super::rule::Dialect;
use super::syntax;
use super::syntax::{Captured, Source};
use super::value::{Trust, Value};

/// Nesting of expressions and of assignments behind names that is followed.
const DEPTH: u8 = 40;

/// Steps spent on one value before it is called opaque.
const STEPS: u32 = 1_500;

impl<'t> Source<'t> {
    /// The value of the expression at its place.
    pub(super) fn value(&self, node: Node<'t>) -> Value {
        self.steps.set(STEPS);
        self.evaluate(node, 0)
    }

    /// The value of the captured argument.
    pub(super) fn captured_value(&self, captured: &Captured<'t>, name: &str) -> Option<Value> {
        captured.get(name).map(|n| self.value(n))
    }

    /// The value, looked up or found out; opaque when that takes too long.
    pub(super) fn evaluate(&self, node: Node<'t>, depth: u8) -> Value {
        let left = self.steps.get();
        if left == 0 || depth > DEPTH {
            return Value::hole(Trust::Opaque);
        }
        if let Some(known) = self.values.borrow().get(&node.id()) {
            return known.clone();
        }
        self.steps.set(left - 1);
        let value = self.expression(node, depth);
        let in_full = self.steps.get() > 0 && depth < DEPTH / 2;
        if in_full
            && matches!(
                node.kind(),
                "identifier" | "call" | "call_expression" | "method_invocation"
            )
        {
            self.values.borrow_mut().insert(node.id(), value.clone());
        }
        value
    }

    fn expression(&self, node: Node<'t>, depth: u8) -> Value {
        let next = depth + 1;
        let field = |name| {
            node.child_by_field_name(name)
                .map(|n| self.evaluate(n, next))
        };
        match node.kind() {
            "string"
            | "template_string"
            | "string_literal"
            | "raw_string_literal"
            | "interpreted_string_literal"
            | "concatenated_string"
            | "char_literal"
            | "character_literal"
            | "rune_literal" => self.string(node, next),
            "identifier" | "shorthand_property_identifier" => self.name(node, next),
            "binary_operator" | "binary_expression" | "boolean_operator" => self.binary(node, next),
            "call"
            | "call_expression"
            | "method_invocation"
            | "object_creation_expression"
            | "new_expression"
            | "macro_invocation" => self.call(node, next),
            "attribute"
            | "member_expression"
            | "field_access"
            | "selector_expression"
            | "field_expression" => self.member_value(node, next),
            "subscript"
            | "subscript_expression"
            | "array_access"
            | "index_expression"
            | "slice_expression" => self.element(node, next),
            "conditional_expression" | "ternary_expression" => self.choice(node, next),
            "cast_expression" if self.is_number_type(node) => Value::hole(Trust::Clean),
            "cast_expression"
            | "as_expression"
            | "satisfies_expression"
            | "type_assertion_expression"
            | "reference_expression"
            | "named_expression"
            | "type_conversion_expression"
            | "composite_literal"
            | "array_creation_expression" => ["value", "operand", "expression", "body"]
                .into_iter()
                .find_map(field)
                .or_else(|| node.named_child(0).map(|n| self.evaluate(n, next)))
                .unwrap_or_else(|| Value::hole(Trust::Opaque)),
            "parenthesized_expression"
            | "await"
            | "await_expression"
            | "non_null_expression"
            | "try_expression"
            | "list_comprehension"
            | "generator_expression"
            | "spread_element"
            | "pointer_expression"
            | "variadic_argument"
            | "expression_list"
            | "literal_element" => node
                .named_child(0)
                .map_or_else(|| Value::hole(Trust::Opaque), |n| self.evaluate(n, next)),
            "list" | "tuple" | "set" | "array" | "array_initializer" | "literal_value"
            | "array_expression" => {
                let items = syntax::named_children(node)
                    .into_iter()
                    .take(16)
                    .map(|n| self.evaluate(n, next));
                items.reduce(Value::or).unwrap_or_else(|| Value::text(""))
            }
            _ => self.constant(node),
        }
    }

    /// What tells nothing of its operands: a number, a truth, the result of a comparison; opaque is what nobody knows.
    fn constant(&self, node: Node<'t>) -> Value {
        match node.kind() {
            "true" | "false" | "none" | "null" | "nil" | "null_literal" | "undefined"
            | "boolean_literal" | "iota" => Value::text(""),
            kind if kind.contains("integer")
                || kind.contains("float")
                || kind.contains("number")
                || kind == "int_literal" =>
            {
                Value::text(self.text(node))
            }
            "comparison_operator"
            | "not_operator"
            | "unary_expression"
            | "unary_operator"
            | "update_expression"
            | "instanceof_expression"
            | "regex"
            | "class_literal"
            | "sizeof_expression" => Value::hole(Trust::Clean),
            _ => Value::hole(Trust::Opaque),
        }
    }

    fn string(&self, node: Node<'t>, depth: u8) -> Value {
        let mut value = Value::default();
        for part in syntax::named_children(node) {
            let piece = match part.kind() {
                "interpolation" | "template_substitution" => match part.named_child(0) {
                    Some(inner) if has_number_format(self.text(part)) => {
                        self.evaluate(inner, depth).collapsed(Trust::Clean)
                    }
                    Some(inner) => self.evaluate(inner, depth),
                    None => Value::hole(Trust::Opaque),
                },
                "string_start" | "string_end" => continue,
                "string" | "string_literal" => self.string(part, depth),
                _ => Value::text(self.text(part)),
            };
            value = value.then(piece);
        }
        if value.0.is_empty() {
            Value::text(trim_quotes(self.text(node)))
        } else {
            value
        }
    }

    fn binary(&self, node: Node<'t>, depth: u8) -> Value {
        let operator = node
            .child_by_field_name("operator")
            .map_or("", |n| n.kind());
        let (Some(left), Some(right)) = (
            node.child_by_field_name("left"),
            node.child_by_field_name("right"),
        ) else {
            return Value::hole(Trust::Opaque);
        };
        let both = |f: fn(Value, Value) -> Value| {
            f(self.evaluate(left, depth), self.evaluate(right, depth))
        };
        match operator {
            "+" => both(Value::then),
            "%" if self.dialect == Dialect::Python => {
                let template = self.evaluate(left, depth);
                let right = if right.kind() == "tuple" {
                    syntax::named_children(right)
                } else {
                    vec![right]
                };
                let arguments: Vec<Value> = right
                    .into_iter()
                    .take(16)
                    .map(|n| self.evaluate(n, depth))
                    .collect();
                fill(&template, Style::Percent, &arguments)
            }
            "*" if self.dialect == Dialect::Python => {
                both(|a, b| if a.constant().is_some() { a } else { b })
            }
            "||" | "or" | "??" | "&&" | "and"
                if matches!(self.dialect, Dialect::Python) || is_script(self.dialect) =>
            {
                both(Value::or)
            }
            "/" if self.dialect == Dialect::Python => both(Value::then),
            _ => Value::hole(Trust::Clean),
        }
    }

    fn choice(&self, node: Node<'t>, depth: u8) -> Value {
        let (condition, yes, no) =
            if node.kind() == "conditional_expression" && self.dialect == Dialect::Python {
                (
                    node.named_child(1),
                    node.named_child(0),
                    node.named_child(2),
                )
            } else {
                let field = |name| node.child_by_field_name(name);
                (
                    field("condition"),
                    field("consequence"),
                    field("alternative"),
                )
            };
        let (Some(condition), Some(yes), Some(no)) = (condition, yes, no) else {
            return Value::hole(Trust::Opaque);
        };
        match self.fold(condition, depth) {
            Some(0) => self.evaluate(no, depth),
            Some(_) => self.evaluate(yes, depth),
            None => self.evaluate(yes, depth).or(self.evaluate(no, depth)),
        }
    }

    fn member_value(&self, node: Node<'t>, depth: u8) -> Value {
        let text = self.text(node);
        if self.is_source(text) {
            return Value::hole(Trust::External);
        }
        let Some((object, name)) = syntax::member(node) else {
            return Value::hole(Trust::Opaque);
        };
        if is_constant_name(self.text(name)) || matches!(self.text(name), "length" | "size") {
            return Value::hole(Trust::Clean);
        }
        let object = self.evaluate(object, depth);
        if object.worst() >= Some(Trust::Laundered) {
            object.collapsed(Trust::External)
        } else {
            Value::hole(Trust::Opaque)
        }
    }

    fn element(&self, node: Node<'t>, depth: u8) -> Value {
        if self.is_source(self.text(node)) {
            return Value::hole(Trust::External);
        }
        if let Some(value) = self.keyed(self.text(node), node, depth) {
            return value;
        }
        let object = ["value", "object", "array", "operand"]
            .into_iter()
            .find_map(|f| node.child_by_field_name(f));
        let object = object.map_or_else(|| Value::hole(Trust::Opaque), |n| self.evaluate(n, depth));
        object.collapsed(Trust::External)
    }

    fn call(&self, node: Node<'t>, depth: u8) -> Value {
        let (receiver, name) = self.callee(node);
        let function = node.child_by_field_name("function").unwrap_or(node);
        if self.is_source(self.text(function)) || self.is_source(self.text(node)) {
            return Value::hole(Trust::External);
        }
        if CLEANERS.is_match(name) && !name.starts_with("un") {
            return Value::hole(Trust::Clean);
        }
        let arguments = self.positional(node);
        if let (Some(receiver), "get", [_, ..]) = (receiver, name, arguments.as_slice())
            && let Some(value) = self.keyed(&self.place(receiver, &arguments), node, depth)
        {
            return value;
        }
        let arguments: Vec<Value> = arguments
            .into_iter()
            .take(16)
            .map(|n| self.evaluate(n, depth))
            .collect();
        if let Some(filled) = self.formatted(receiver, name, &arguments, depth) {
            return filled;
        }
        let receiver = receiver.map(|r| self.evaluate(r, depth));
        if LOOKUPS.contains(&name) && receiver.is_some() {
            return receiver.unwrap_or_default().collapsed(Trust::External);
        }
        if IDENTITY.is_match(name) {
            let mut kept = receiver
                .filter(|r| r.constant().is_none_or(|t| !t.is_empty()) && !self.is_type(node));
            if kept.is_none() {
                kept = arguments.first().cloned();
            }
            return kept.unwrap_or_else(|| Value::text(""));
        }
        let cap = if CARRIERS.is_match(name) {
            Trust::External
        } else {
            Trust::Laundered
        };
        let all = receiver.into_iter().chain(arguments).reduce(Value::or);
        match all {
            Some(value) if cap == Trust::External && value.constant().is_some() => {
                Value::hole(Trust::Clean)
            }
            Some(value) if cap == Trust::External || value.worst() >= Some(Trust::Laundered) => {
                value.collapsed(cap)
            }
            _ => Value::hole(Trust::Opaque),
        }
    }

    /// What a formatting call builds.
    fn formatted(
        &self,
        receiver: Option<Node<'t>>,
        name: &str,
        arguments: &[Value],
        depth: u8,
    ) -> Option<Value> {
        let (first, rest) = arguments
            .split_first()
            .map_or((None, arguments), |(f, r)| (Some(f), r));
        match (self.dialect, name) {
            (Dialect::Python, "format") => {
                let template = self.evaluate(receiver?, depth);
                Some(fill(&template, Style::Braces, arguments))
            }
            (Dialect::Java, "format") => Some(fill(first?, Style::Percent, rest)),
            (Dialect::Java, "formatted") => Some(fill(
                &self.evaluate(receiver?, depth),
                Style::Percent,
                arguments,
            )),
            (Dialect::Go, "Sprintf") => Some(fill(first?, Style::Percent, rest)),
            (Dialect::Go, "Sprint") => arguments.iter().cloned().reduce(Value::then),
            (_, "concat") => Some(
                arguments
                    .iter()
                    .cloned()
                    .fold(self.evaluate(receiver?, depth), Value::then),
            ),
            (_, "append") if self.dialect == Dialect::Java => {
                Some(self.evaluate(receiver?, depth).then(first?.clone()))
            }
            (_, "join") if self.dialect == Dialect::Python => {
                first.map(|v| v.clone().then(Value::text("")))
            }
            (_, "replace" | "replaceAll" | "Replace" | "ReplaceAll") => receiver
                .map(|r| self.evaluate(r, depth))
                .filter(|v| v.worst() < Some(Trust::Laundered)),
            _ => None,
        }
    }

    /// Whether the call's receiver is a type or module rather than a value.
    fn is_type(&self, call: Node<'t>) -> bool {
        let Some(receiver) = self.callee(call).0 else {
            return false;
        };
        let text = self.text(receiver);
        text.rsplit('.')
            .next()
            .and_then(|w| w.chars().next())
            .is_some_and(char::is_uppercase)
            || matches!(
                text,
                "sqlalchemy"
                    | "sa"
                    | "html"
                    | "strings"
                    | "os.path"
                    | "path"
                    | "filepath"
                    | "template"
            )
    }

    fn is_number_type(&self, cast: Node<'t>) -> bool {
        cast.child_by_field_name("type")
            .is_some_and(|t| is_number_type(self.text(t)))
    }
}

/// Whether the type's name is that of a number or a truth value.
pub(super) fn is_number_type(name: &str) -> bool {
    matches!(
        name.trim_matches([':', ' ']),
        "int"
            | "float"
            | "bool"
            | "Integer"
            | "int64"
            | "int32"
            | "int16"
            | "int8"
            | "uint"
            | "uint64"
            | "uint32"
            | "uint16"
            | "uint8"
            | "byte"
            | "long"
            | "Long"
            | "short"
            | "double"
            | "Double"
            | "boolean"
            | "Boolean"
            | "number"
            | "float64"
            | "float32"
            | "char"
            | "UUID"
            | "uuid.UUID"
            | "bigint"
            | "BigInteger"
            | "Class<?>"
    )
}

/// Whether the name is written as constants are.
pub(super) fn is_constant_name(name: &str) -> bool {
    name.len() > 1
        && name.chars().any(|c| c.is_ascii_uppercase())
        && name
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

pub(super) fn is_script(dialect: Dialect) -> bool {
    matches!(
        dialect,
        Dialect::JavaScript | Dialect::TypeScript | Dialect::Tsx
    )
}

fn has_number_format(interpolation: &str) -> bool {
    let Some((_, format)) = interpolation.rsplit_once(':') else {
        return false;
    };
    format_string::takes_numbers_only(format.trim_end_matches('}'))
}

fn trim_quotes(text: &str) -> &str {
    text.trim_start_matches(|c: char| c.is_ascii_alphabetic())
        .trim_matches(['"', '\'', '`', '#'])
}
