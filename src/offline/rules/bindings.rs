//! What names stand for: assignments, parameters and loop variables of one function.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use tree_sitter::Node;

use super::evaluate::{is_constant_name, is_number_type};
use super::identifiers::is_from_request;
use super::syntax;
use super::syntax::{Source, is_function, is_loop};
use super::value::{Trust, Value};

/// Nodes of one function that are searched for assignments.
const NODES: usize = 30_000;

/// Bindings of one name that are followed.
const PER_NAME: usize = 60;

/// Functions already searched, by the id of their node.
pub(super) type Cache<'t> = RefCell<HashMap<usize, Rc<Scope<'t>>>>;

/// Bindings of one function by name, in source order.
pub(super) struct Scope<'t>(HashMap<String, Vec<Binding<'t>>>);

/// One place where a name gets a value.
#[derive(Clone, Copy)]
struct Binding<'t> {
    statement: Node<'t>,
    value: Node<'t>,
    /// First byte at which it holds.
    from: usize,
    /// Whether the value is added to what the name held.
    extends: bool,
}

impl<'t> Source<'t> {
    /// The value of a name at this place.
    pub(super) fn name(&self, node: Node<'t>, depth: u8) -> Value {
        let name = self.text(node);
        if is_constant_name(name) {
            return Value::hole(Trust::Clean);
        }
        let mut at = node;
        for _ in 0..4 {
            let function = self.function(at);
            let scope = self.scope(function.unwrap_or(self.root));
            if let Some(value) = self.bound(&scope, name, at, depth) {
                return value;
            }
            let Some(function) = function else { break };
            if let Some(value) = self.parameter(function, name) {
                return value;
            }
            at = function;
        }
        if self.is_source(name) {
            Value::hole(Trust::External)
        } else {
            Value::hole(Trust::Opaque)
        }
    }

    /// The value last stored under a constant key, written `name[key]`.
    pub(super) fn keyed(&self, place: &str, at: Node<'t>, depth: u8) -> Option<Value> {
        if !place.contains(['"', '\'']) {
            return None;
        }
        let function = self.function(at).unwrap_or(self.root);
        self.bound(&self.scope(function), &squeeze(place), at, depth)
    }

    /// The expressions that the name is given in the function.
    pub(super) fn bound_nodes(&self, name: &str, function: Node<'t>) -> Vec<Node<'t>> {
        let scope = self.scope(function);
        scope
            .0
            .get(name)
            .map(|all| all.iter().map(|b| b.value).collect())
            .unwrap_or_default()
    }

    /// How the place of a constant key is written.
    pub(super) fn place(&self, object: Node<'t>, keys: &[Node<'t>]) -> String {
        let keys: Vec<&str> = keys.iter().map(|k| self.text(*k)).collect();
        squeeze(&format!("{}[{}]", self.text(object), keys.join(",")))
    }

    fn bound(&self, scope: &Scope<'t>, name: &str, at: Node<'t>, depth: u8) -> Option<Value> {
        let mut value = None;
        for binding in scope
            .0
            .get(name)?
            .iter()
            .take_while(|b| b.from <= at.start_byte())
        {
            let Some(certain) = self.reaches(binding.statement, at, depth + 1) else {
                continue;
            };
            let new = self.evaluate(binding.value, depth);
            value = Some(match value {
                Some(old) if binding.extends => Value::then(old, new),
                Some(old) if !certain => Value::or(old, new),
                _ => new,
            });
        }
        value
    }

    /// Whether the statement surely ran before `at`; `None`: it surely did not.
    fn reaches(&self, statement: Node<'t>, at: Node<'t>, depth: u8) -> Option<bool> {
        let mut certain = true;
        let mut below = statement;
        for above in self.ancestors(statement) {
            if is_function(above.kind()) {
                break;
            }
            let holds_both =
                above.start_byte() <= at.start_byte() && at.end_byte() <= above.end_byte();
            match above.kind() {
                "if_statement" | "if_expression" => {
                    let branch_of_both =
                        below.start_byte() <= at.start_byte() && at.end_byte() <= below.end_byte();
                    let consequence = above.child_by_field_name("consequence") == Some(below);
                    let condition = above.child_by_field_name("condition");
                    match condition
                        .filter(|c| *c != below)
                        .and_then(|c| self.fold(c, depth))
                    {
                        Some(truth) if (truth != 0) != consequence => return None,
                        Some(_) => {}
                        None if holds_both && !branch_of_both => return None,
                        None => certain &= branch_of_both,
                    }
                }
                "except_clause"
                | "catch_clause"
                | "switch_case"
                | "case_clause"
                | "expression_case"
                | "else_clause"
                | "switch_block_statement_group"
                | "switch_rule"
                | "elif_clause"
                | "finally_clause" => {
                    certain &= holds_both;
                }
                kind if is_loop(kind) && above.child_by_field_name("body") == Some(below) => {
                    certain &= holds_both;
                }
                _ => {}
            }
            below = above;
        }
        Some(certain)
    }

    fn parameter(&self, function: Node<'t>, name: &str) -> Option<Value> {
        let declarators =
            std::iter::successors(Some(function), |n| n.child_by_field_name("declarator")).take(6);
        let fields = |n: Node<'t>| {
            ["parameters", "parameter"]
                .into_iter()
                .find_map(|f| n.child_by_field_name(f))
        };
        let list = declarators.filter_map(fields).next()?;
        if list.kind() == "identifier" {
            return (self.text(list) == name).then(|| Value::hole(Trust::Parameter));
        }
        let parameter = syntax::named_children(list)
            .into_iter()
            .find(|p| self.mentions(*p, name))?;
        let trust = match parameter.child_by_field_name("type").map(|t| self.text(t)) {
            Some(kind) if is_number_type(kind) && !self.text(parameter).contains(['*', '[']) => {
                Trust::Clean
            }
            _ if matches!(name, "self" | "cls" | "this") => Trust::Opaque,
            _ if is_from_request(self.text(parameter)) => Trust::External,
            _ => Trust::Parameter,
        };
        Some(Value::hole(trust))
    }

    fn scope(&self, function: Node<'t>) -> Rc<Scope<'t>> {
        if let Some(known) = self.bindings.borrow().get(&function.id()) {
            return Rc::clone(known);
        }
        let scope = Rc::new(self.search(function));
        self.bindings
            .borrow_mut()
            .insert(function.id(), Rc::clone(&scope));
        scope
    }

    fn search(&self, function: Node<'t>) -> Scope<'t> {
        let mut scope = Scope(HashMap::new());
        let mut stack = vec![function];
        for _ in 0..NODES {
            let Some(next) = stack.pop() else { break };
            if next != function && is_function(next.kind()) {
                continue;
            }
            self.collect(next, &mut scope);
            let mut cursor = next.walk();
            stack.extend(next.named_children(&mut cursor));
        }
        for bindings in scope.0.values_mut() {
            bindings.sort_by_key(|b| b.from);
        }
        scope
    }

    fn collect(&self, node: Node<'t>, scope: &mut Scope<'t>) {
        let field = |name| node.child_by_field_name(name);
        let (target, value) = match node.kind() {
            "assignment"
            | "augmented_assignment"
            | "assignment_expression"
            | "augmented_assignment_expression"
            | "short_var_declaration"
            | "assignment_statement"
            | "for_statement"
            | "for_in_statement"
            | "range_clause" => (field("left"), field("right")),
            "variable_declarator"
            | "named_expression"
            | "var_spec"
            | "const_spec"
            | "enhanced_for_statement" => (field("name"), field("value")),
            "init_declarator" => (field("declarator"), field("value")),
            "let_declaration" => (field("pattern"), field("value")),
            "as_pattern" => (field("alias"), node.named_child(0)),
            "call" | "call_expression" | "method_invocation" => {
                return self.collect_call(node, scope);
            }
            _ => return,
        };
        let (Some(target), Some(value)) = (target, value) else {
            return;
        };
        let extends = node.kind().starts_with("augmented")
            || field("operator").is_some_and(|o| o.kind() == "+=");
        let pairs = pair_up(target, value);
        for (target, value) in pairs {
            self.bind(
                scope,
                target,
                Binding {
                    statement: node,
                    value,
                    from: value.end_byte(),
                    extends,
                },
            );
        }
    }

    fn bind(&self, scope: &mut Scope<'t>, target: Node<'t>, binding: Binding<'t>) {
        match target.kind() {
            "subscript" | "subscript_expression" | "index_expression" | "array_access" => {
                scope.add(squeeze(self.text(target)), binding);
                if let Some(object) = target.named_child(0) {
                    scope.add(
                        self.text(object).to_owned(),
                        Binding {
                            extends: true,
                            ..binding
                        },
                    );
                }
            }
            "attribute" | "member_expression" | "field_access" | "selector_expression" => {}
            _ => {
                for name in leaf_names(target) {
                    scope.add(self.text(name).to_owned(), binding);
                }
            }
        }
    }

    /// `list.append(x)`, `builder.append(x)`, `map.put("k", x)`: the receiver now holds it too.
    fn collect_call(&self, call: Node<'t>, scope: &mut Scope<'t>) {
        let (Some(receiver), name) = self.callee(call) else {
            return;
        };
        if !matches!(
            name,
            "append"
                | "add"
                | "push"
                | "put"
                | "set"
                | "extend"
                | "insert"
                | "write"
                | "WriteString"
        ) {
            return;
        }
        let arguments = self.positional(call);
        let Some(value) = arguments.last().copied() else {
            return;
        };
        let mut root = receiver;
        while root.kind() == "method_invocation" {
            let Some(inner) = self.callee(root).0 else {
                return;
            };
            root = inner;
        }
        let binding = Binding {
            statement: call,
            value,
            from: call.end_byte(),
            extends: true,
        };
        if let ("put" | "set", [keys @ .., _]) = (name, arguments.as_slice()) {
            scope.add(
                self.place(root, keys),
                Binding {
                    extends: false,
                    ..binding
                },
            );
        }
        if root.kind() == "identifier" {
            scope.add(self.text(root).to_owned(), binding);
        }
    }
}

impl<'t> Scope<'t> {
    fn add(&mut self, name: String, binding: Binding<'t>) {
        let all = self.0.entry(name).or_default();
        if all.len() < PER_NAME {
            all.push(binding);
        }
    }
}

/// `a, b = x, y` as two pairs; anything else as one pair per target.
fn pair_up<'t>(target: Node<'t>, value: Node<'t>) -> Vec<(Node<'t>, Node<'t>)> {
    if !matches!(
        target.kind(),
        "expression_list" | "pattern_list" | "tuple_pattern"
    ) {
        return vec![(target, value)];
    }
    let targets = syntax::named_children(target);
    let values = syntax::named_children(value);
    if targets.len() == values.len() && matches!(value.kind(), "expression_list" | "tuple") {
        targets.into_iter().zip(values).collect()
    } else {
        targets.into_iter().map(|t| (t, value)).collect()
    }
}

fn leaf_names(target: Node<'_>) -> Vec<Node<'_>> {
    let (mut names, mut stack) = (Vec::new(), vec![target]);
    while let Some(next) = stack.pop() {
        if next.kind().ends_with("identifier")
            || next.kind() == "shorthand_property_identifier_pattern"
        {
            names.push(next);
        }
        if names.len() >= 16 {
            break;
        }
        stack.extend(syntax::named_children(next));
    }
    names
}

/// The text without blanks and with one kind of quote.
fn squeeze(place: &str) -> String {
    place
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| if c == '\'' { '"' } else { c })
        .collect()
}
