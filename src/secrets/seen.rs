//! The distinct secrets that were found, and where they stand again.

use std::collections::HashMap;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};

use super::error::DetectorError;
use super::lines::Piece;
use crate::model::SecretSpan;

/// The shortest value that is looked for outside the place where it was found.
const SHORTEST_LITERAL: usize = 8;
/// The shortest line of a value of many lines that is.
const SHORTEST_LITERAL_LINE: usize = 16;

/// The shortest value of letters only that is: a shorter one may be a word,
/// and masking a word everywhere would take the change apart.
const SHORTEST_LITERAL_WORD: usize = 16;

/// A distinct secret.
#[derive(Clone, Copy)]
pub(super) struct Known {
    pub(super) rule: &'static str,
    pub(super) what: &'static str,
    pub(super) confidence: u8,
}

/// Holds secret bytes, so it has no `Debug`.
#[derive(Default)]
pub(super) struct Values {
    known: Vec<Known>,
    by_value: HashMap<Vec<u8>, usize>,
    literals: Vec<Vec<u8>>,
    owners: Vec<usize>,
    finder: Option<AhoCorasick>,
}

impl Values {
    /// How many distinct secrets there are.
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    /// What is known of a secret.
    pub(super) fn get(&self, secret: usize) -> Known {
        self.known[secret]
    }

    /// `[redacted:<rule>:<n>]`; numbers start at 1.
    pub(super) fn marker(&self, secret: usize) -> String {
        format!(
            "[redacted:{}:{}]",
            self.known[secret].rule,
            self.number(secret)
        )
    }

    /// The number in the marker.
    pub(super) fn number(&self, secret: usize) -> u32 {
        debug_assert!(secret < self.known.len());
        u32::try_from(secret).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// The secret that a span of `text` holds, new or known.
    pub(super) fn learn(&mut self, text: &[u8], span: &SecretSpan) -> usize {
        let value = &text[span.range.clone()];
        let key: Vec<u8> = value
            .iter()
            .copied()
            .filter(|b| !b.is_ascii_whitespace())
            .collect();
        if let Some(secret) = self.by_value.get(&key) {
            let known = &mut self.known[*secret];
            known.confidence = known.confidence.max(span.confidence);
            return *secret;
        }
        let secret = self.known.len();
        self.known.push(Known {
            rule: span.rule,
            what: span.what,
            confidence: span.confidence,
        });
        self.by_value.insert(key, secret);
        self.add_literals(value, secret);
        secret
    }

    fn add_literals(&mut self, value: &[u8], secret: usize) {
        let whole = value.trim_ascii();
        if whole.len() < SHORTEST_LITERAL_WORD && whole.iter().all(u8::is_ascii_alphabetic) {
            return;
        }
        let least = if whole.contains(&b'\n') {
            SHORTEST_LITERAL_LINE
        } else {
            SHORTEST_LITERAL
        };
        for line in whole
            .split(|b| *b == b'\n')
            .map(<[u8]>::trim_ascii)
            .filter(|line| line.len() >= least)
        {
            self.literals.push(line.to_vec());
            self.owners.push(secret);
            self.finder = None;
        }
    }

    /// Prepares [`Values::literal`] for everything learned so far.
    pub(super) fn prepare(&mut self) -> Result<(), DetectorError> {
        if self.finder.is_none() && !self.literals.is_empty() {
            let mut builder = AhoCorasickBuilder::new();
            let built = builder
                .match_kind(MatchKind::LeftmostLongest)
                .build(&self.literals);
            let count = self.literals.len();
            self.finder = Some(built.map_err(|source| DetectorError::Values { count, source })?);
        }
        Ok(())
    }

    /// Where known values stand literally in a line.
    pub(super) fn literal(&self, line: &[u8]) -> Vec<Piece> {
        let Some(finder) = &self.finder else {
            return Vec::new();
        };
        let piece = |m: aho_corasick::Match| Piece {
            range: m.range(),
            secret: self.owners[m.pattern().as_usize()],
        };
        finder.find_iter(line).map(piece).collect()
    }
}
