//! What a text must hold for a rule to meet anything in it.
//!
//! Parsing costs a hundred times what searching for words does, and nearly all
//! changed files hold nothing that any rule could meet. Promises: a text without
//! these words has no match; one with them may have none either.

use std::ops::Range;
use std::sync::OnceLock;

use regex::bytes::Regex;
use regex_syntax::hir::literal::{ExtractKind, Extractor, Seq};
use regex_syntax::hir::{Hir, Look};

/// Words that one expression is taken apart into at most.
const PER_EXPRESSION: usize = 64;

/// A piece of text that a match cannot be without.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Word {
    pub(super) text: String,
    /// Whether it stands alone, not inside a longer word.
    pub(super) whole: bool,
}

/// What every node of this kind writes with tokens of its own.
pub(super) fn of_kind(kind: &str) -> &'static str {
    match kind {
        "return_statement" => "return",
        "for_statement" => "for",
        "await" | "await_expression" => "await",
        "defer_statement" => "defer",
        "new_expression" | "object_creation_expression" => "new",
        "macro_invocation" => "!",
        "spread_element" => "...",
        "interpolation" => "{",
        "array" | "list" => "[",
        _ => "",
    }
}

/// Words of which one stands in every text that the expression matches, where they can be told.
pub(super) fn of_expression(expression: &str) -> Option<Vec<Word>> {
    let hir = regex_syntax::parse(expression).ok()?;
    let kinds = [ExtractKind::Prefix, ExtractKind::Suffix];
    let shortest = |seq: &Seq| seq.min_literal_len().unwrap_or(0);
    let best = kinds
        .map(|kind| Extractor::new().kind(kind).extract(&hir))
        .into_iter()
        .max_by_key(shortest)?;
    let whole = best.is_exact() && is_anchored(&hir);
    let literals = best
        .literals()
        .filter(|l| l.len() <= PER_EXPRESSION && shortest(&best) > 0)?;
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
    literals
        .iter()
        .map(|l| text(l.as_bytes()).map(|text| Word { text, whole }))
        .collect()
}

fn is_anchored(hir: &Hir) -> bool {
    let looks = hir.properties();
    looks.look_set_prefix().contains(Look::Start) && looks.look_set_suffix().contains(Look::End)
}

/// Whether no letter that could belong to the word stands beside it.
pub(super) fn stands_alone(text: &[u8], word: Range<usize>) -> bool {
    let part = |at: usize| {
        text.get(at)
            .is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_')
    };
    let joined = |inside: usize, outside: Option<usize>| part(inside) && outside.is_some_and(part);
    !joined(word.start, word.start.checked_sub(1))
        && !joined(word.end.saturating_sub(1), Some(word.end))
}

/// An expression that a text must match, compiled at first use.
pub(super) struct Expression {
    text: &'static str,
    compiled: OnceLock<Option<Regex>>,
}

impl Expression {
    pub(super) fn of(text: &'static str) -> Self {
        Self {
            text,
            compiled: OnceLock::new(),
        }
    }

    /// Whether it stands in the text; one that does not compile, which a test rules out, asks for nothing.
    pub(super) fn is_in(&self, text: &[u8]) -> bool {
        let compiled = self.compiled.get_or_init(|| Regex::new(self.text).ok());
        compiled.as_ref().is_none_or(|r| r.is_match(text))
    }

    #[cfg(test)]
    pub(super) fn compiles(&self) -> bool {
        Regex::new(self.text).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(expression: &str) -> Option<Vec<(String, bool)>> {
        of_expression(expression)
            .map(|words| words.into_iter().map(|w| (w.text, w.whole)).collect())
    }

    #[test]
    fn words_of_expressions_are_what_every_match_holds() {
        let some = |all: &[(&str, bool)]| {
            Some(
                all.iter()
                    .map(|(t, w)| ((*t).to_owned(), *w))
                    .collect::<Vec<_>>(),
            )
        };
        assert_eq!(words("^(fs|fse)$"), some(&[("fs", true), ("fse", true)]));
        assert_eq!(
            words("^Close(All)?$"),
            some(&[("CloseAll", true), ("Close", true)])
        );
        assert_eq!(words("^query"), some(&[("query", false)]));
        assert_eq!(
            words("(^|::)Regex$"),
            some(&[("Regex", false), ("::Regex", false)])
        );
        assert_eq!(
            words("^EVP_(rc4|aes_\\d+)"),
            some(&[("EVP_rc4", false), ("EVP_aes_", false)])
        );
        assert_eq!(words("(?i)^ab$").map(|w| w.len()), Some(4));
        assert_eq!(words("^.+$"), None);
        assert_eq!(words("a|"), None);
    }

    #[test]
    fn a_word_stands_alone_between_what_no_name_holds() {
        assert!(stands_alone(b"a.get(b)", 2..5) && stands_alone(b"get", 0..3));
        assert!(!stands_alone(b"a.getter(b)", 2..5) && !stands_alone(b"forget", 3..6));
        assert!(stands_alone(b"a+b", 1..2) && stands_alone(b"f()", 1..3));
    }
}
