//! Folds conditions made of constants, so that branches which never run are
//! not followed.

use tree_sitter::Node;

use super::syntax::Source;

/// Nesting shared with the evaluation of values, which conditions take part in.
const DEPTH: u8 = 40;

impl<'t> Source<'t> {
    /// The number an expression always has; truth values are 1 and 0.
    pub(super) fn fold(&self, node: Node<'t>, depth: u8) -> Option<i64> {
        if depth > DEPTH {
            return None;
        }
        let next = depth + 1;
        match node.kind() {
            "parenthesized_expression" | "condition_clause" => {
                self.fold(node.named_child(0)?, next)
            }
            "true" | "True" => Some(1),
            "false" | "False" => Some(0),
            "integer" | "number" | "decimal_integer_literal" | "int_literal" | "number_literal" => {
                self.text(node).trim_end_matches(['l', 'L']).parse().ok()
            }
            "identifier" => {
                let value = self.evaluate(node, next).constant()?;
                value.parse().ok()
            }
            "unary_operator" | "unary_expression" => {
                let inner = self.fold(node.named_child(0)?, next)?;
                match node.child(0)?.kind() {
                    "-" => inner.checked_neg(),
                    "!" => Some(i64::from(inner == 0)),
                    _ => None,
                }
            }
            "binary_operator" | "binary_expression" => {
                let left = self.fold(node.child_by_field_name("left")?, next)?;
                let right = self.fold(node.child_by_field_name("right")?, next)?;
                arithmetic(left, node.child_by_field_name("operator")?.kind(), right)
            }
            "comparison_operator" if matches!(node.child(1)?.kind(), "in" | "not in") => {
                let needle = self.evaluate(node.child(0)?, next).constant()?;
                let found = self
                    .evaluate(node.child(2)?, next)
                    .constant()?
                    .contains(&needle);
                Some(i64::from(found == (node.child(1)?.kind() == "in")))
            }
            "comparison_operator" if node.child_count() == 3 => {
                let left = self.fold(node.child(0)?, next)?;
                let right = self.fold(node.child(2)?, next)?;
                arithmetic(left, node.child(1)?.kind(), right)
            }
            _ => None,
        }
    }
}

fn arithmetic(left: i64, operator: &str, right: i64) -> Option<i64> {
    match operator {
        "+" => left.checked_add(right),
        "-" => left.checked_sub(right),
        "*" => left.checked_mul(right),
        "/" | "//" => left.checked_div(right),
        "%" => left.checked_rem(right),
        ">" => Some(i64::from(left > right)),
        "<" => Some(i64::from(left < right)),
        ">=" => Some(i64::from(left >= right)),
        "<=" => Some(i64::from(left <= right)),
        "==" | "===" => Some(i64::from(left == right)),
        "!=" | "!==" => Some(i64::from(left != right)),
        _ => None,
    }
}
