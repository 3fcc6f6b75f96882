//! The detector: one keyword search over the text, then the patterns that the keywords call for.

use std::ops::Range;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};
use regex::bytes::{Captures, Regex, RegexBuilder};

use super::by_name;
use super::by_name::{WORDS, Word};
use super::error::DetectorError;
use super::key_block;
use super::overlaps::settle;
use super::plausibility;
use super::plausibility::Look;
use super::rule::{Rule, RuleContext};
use super::rules;
use crate::model::SecretSpan;

/// How far a pattern may look from its keyword, bytes.
const AHEAD: usize = 4096;
const BEHIND: usize = 512;
/// Below this a rule's shape alone does not tell a value from a word.
const SURE_BY_SHAPE: u8 = 70;
/// The surest an example can be.
const EXAMPLE_CONFIDENCE: u8 = 25;

/// Finds secrets in bytes. Patterns are compiled when their first keyword
/// turns up; one detector serves any number of texts.
pub struct Detector {
    keywords: AhoCorasick,
    calls: Vec<Vec<Call>>,
    rules: Vec<Compiled>,
}

/// What a keyword asks for.
#[derive(Clone, Copy)]
enum Call {
    Rule(usize),
    Assigned(Word),
    KeyOpening,
    KeyClosing,
}

struct Compiled {
    rule: &'static Rule,
    pattern: OnceLock<Result<Regex, regex::Error>>,
}

impl Detector {
    /// Builds the keyword search.
    ///
    /// # Errors
    /// When the keyword search cannot be built.
    pub fn new() -> Result<Self, DetectorError> {
        let rules: Vec<Compiled> = rules::all()
            .map(|rule| Compiled {
                rule,
                pattern: OnceLock::new(),
            })
            .collect();
        let mut words: Vec<String> = Vec::new();
        let mut calls: Vec<Vec<Call>> = Vec::new();
        let mut add = |word: &str, call: Call| match words
            .iter()
            .position(|w| w.eq_ignore_ascii_case(word))
        {
            Some(at) => calls[at].push(call),
            None => {
                words.push(word.to_owned());
                calls.push(vec![call]);
            }
        };
        for (index, compiled) in rules.iter().enumerate() {
            compiled
                .rule
                .keywords
                .iter()
                .for_each(|word| add(word, Call::Rule(index)));
        }
        WORDS
            .iter()
            .for_each(|(word, kind)| add(word, Call::Assigned(*kind)));
        add(key_block::OPENING, Call::KeyOpening);
        add(key_block::CLOSING, Call::KeyClosing);
        let mut builder = AhoCorasickBuilder::new();
        builder
            .match_kind(MatchKind::Standard)
            .ascii_case_insensitive(true);
        let keywords = builder.build(&words).map_err(DetectorError::Keywords)?;
        Ok(Self {
            keywords,
            calls,
            rules,
        })
    }

    /// The secrets in a text, sorted and disjoint. The text is taken as it is:
    /// diff markers have to be gone already.
    ///
    /// # Errors
    /// When a pattern cannot be compiled or the search refuses the text.
    pub fn scan(&self, text: &[u8]) -> Result<Vec<SecretSpan>, DetectorError> {
        let mut hits = Vec::new();
        let mut searched = vec![0; self.rules.len()];
        let keywords = self
            .keywords
            .try_find_overlapping_iter(text)
            .map_err(DetectorError::Search)?;
        for keyword in keywords {
            for call in &self.calls[keyword.pattern().as_usize()] {
                match call {
                    Call::Rule(index) => self.apply(
                        *index,
                        text,
                        keyword.range(),
                        &mut searched[*index],
                        &mut hits,
                    )?,
                    Call::Assigned(word) => {
                        hits.extend(by_name::value_of(text, keyword.range(), *word));
                    }
                    Call::KeyOpening => hits.extend(key_block::opened_at(text, keyword.start())),
                    Call::KeyClosing => hits.extend(key_block::closed_at(text, keyword.start())),
                }
            }
        }
        Ok(settle(hits))
    }

    fn apply(
        &self,
        index: usize,
        text: &[u8],
        keyword: Range<usize>,
        searched: &mut usize,
        hits: &mut Vec<SecretSpan>,
    ) -> Result<(), DetectorError> {
        let compiled = &self.rules[index];
        let window = match compiled.rule.place {
            RuleContext::Start if !begins_token(text, keyword.start) => return Ok(()),
            RuleContext::Start => keyword.start..text.len().min(keyword.start + AHEAD),
            RuleContext::Named if !begins_word(text, keyword.start) => return Ok(()),
            RuleContext::Named => keyword.end..text.len().min(keyword.end + AHEAD),
            RuleContext::Line if keyword.start < *searched => return Ok(()),
            RuleContext::Line => line_around(text, &keyword),
        };
        if compiled.rule.place == RuleContext::Line {
            *searched = window.end;
        }
        for captures in compiled.pattern()?.captures_iter(&text[window.clone()]) {
            hits.extend(compiled.hit(text, &window, &captures));
        }
        Ok(())
    }
}

impl Compiled {
    fn pattern(&self) -> Result<&Regex, DetectorError> {
        let compile = || {
            RegexBuilder::new(&self.rule.expression())
                .unicode(false)
                .build()
        };
        let pattern = self.pattern.get_or_init(compile);
        pattern.as_ref().map_err(|e| DetectorError::Pattern {
            rule: self.rule.name,
            source: Box::new(e.clone()),
        })
    }

    /// The hit of one match, unless its value only stands in for one.
    fn hit(
        &self,
        text: &[u8],
        window: &Range<usize>,
        captures: &Captures<'_>,
    ) -> Option<SecretSpan> {
        let found = secret_of(captures)?;
        let mut range = window.start + found.start..window.start + found.end;
        if range.end == window.end && window.end < text.len() {
            range.end += text[range.end..]
                .iter()
                .take_while(|b| is_token_byte(**b))
                .count();
        }
        let value = &text[range.clone()];
        if (self.rule.place == RuleContext::Named || self.rule.confidence < SURE_BY_SHAPE)
            && !is_drawn(value)
        {
            return None;
        }
        let confidence = match plausibility::look(value) {
            Look::Placeholder => return None,
            Look::Example => self.rule.confidence.min(EXAMPLE_CONFIDENCE),
            Look::Live => self.rule.confidence,
        };
        Some(SecretSpan {
            range,
            rule: self.rule.name,
            what: self.rule.what,
            confidence,
        })
    }
}

/// Group 1, else the match up to what follows the token.
fn secret_of(captures: &Captures<'_>) -> Option<Range<usize>> {
    let whole = captures.get(0)?;
    let after = captures.name("after");
    let own_groups = captures.len() - 1 - usize::from(after.is_some());
    if own_groups > 0 {
        return captures.get(1).map(|group| group.range());
    }
    Some(whole.start()..after.map_or(whole.end(), |group| group.start()))
}

/// Whether a token may begin here: at no letter's or digit's right side,
/// except that of an escape such as `\n`.
fn begins_token(text: &[u8], at: usize) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let first_is_word = text.get(at).is_some_and(|b| word(*b));
    let escape = at >= 2 && text[at - 2] == b'\\' && matches!(text[at - 1], b'n' | b'r' | b't');
    !first_is_word || at == 0 || !word(text[at - 1]) || escape
}

/// Whether a name's part begins here: behind no letter, or as a capital behind a small one.
fn begins_word(text: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).map_or(b' ', |i| text[i]);
    !before.is_ascii_alphabetic() || (before.is_ascii_lowercase() && text[at].is_ascii_uppercase())
}

fn line_around(text: &[u8], keyword: &Range<usize>) -> Range<usize> {
    let floor = keyword.start.saturating_sub(BEHIND);
    let limit = text.len().min(keyword.end + AHEAD);
    let start = text[floor..keyword.start]
        .iter()
        .rposition(|b| *b == b'\n')
        .map_or(floor, |i| floor + i + 1);
    let end = text[keyword.end..limit]
        .iter()
        .position(|b| *b == b'\n')
        .map_or(limit, |i| keyword.end + i);
    start..end
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/' | b'+' | b'=' | b'~')
}

/// A value behind a vendor's name: no word, no constant.
fn is_drawn(value: &[u8]) -> bool {
    value.iter().any(u8::is_ascii_digit)
        && !plausibility::is_words(value)
        && plausibility::entropy(value) >= 2.8
}
