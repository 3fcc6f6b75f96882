//! The detector: one keyword search over the text, then the patterns that the keywords call for.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};
use regex::bytes::{Captures, Regex, RegexBuilder};

use super::by_name;
use super::company;
use super::encoded::{self, Encoding};
use super::error::DetectorError;
use super::joined::{self, Joined};
use super::judge;
use super::key_block;
use super::kubernetes;
use super::name::{WORDS, Word, begins_word};
use super::overlaps::settle;
use super::plausibility;
use super::rule::{Rule, RuleContext};
use super::rules;
use super::site::Site;
use super::whole;
use crate::model::SecretSpan;

/// How far a pattern may look from its keyword, bytes.
const AHEAD: usize = 4096;
const BEHIND: usize = 512;
/// Below this a rule's shape alone does not tell a value from a word.
const SURE_BY_SHAPE: u8 = 70;
/// From here on a keyword is a vendor's own, so that it is looked for in other encodings too.
const OWN_PREFIX: u8 = 85;
/// Masked as a part of a secret that is told at its first part.
const PART: u8 = 10;

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
    /// The beginning of an encoded token.
    Encoded(Encoding),
    /// A call that decodes what stands behind it.
    Decoder,
    /// The end of a literal that goes on in another.
    Joint,
    Kubernetes,
    Twilio,
}

/// How deep a scan looks: what is decoded or joined is looked at once more, and no further.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    Whole,
    Inner,
}

/// What one scan knows on its way through a text.
struct Pass<'t> {
    text: &'t [u8],
    site: Site,
    depth: Depth,
    /// For each rule of a line, up to where it has been searched.
    searched: Vec<usize>,
    /// The end of the last literals that were joined.
    joined: usize,
    hits: Vec<SecretSpan>,
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
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut add = |word: &str, call: Call| {
            let lower = word.to_ascii_lowercase();
            let at = *places.entry(lower).or_insert(words.len());
            if at == words.len() {
                words.push(word.to_owned());
                calls.push(Vec::new());
            }
            calls[at].push(call);
        };
        for (index, compiled) in rules.iter().enumerate() {
            let rule = compiled.rule;
            for word in rule.keywords {
                add(word, Call::Rule(index));
                if rule.place == RuleContext::Start && rule.confidence >= OWN_PREFIX {
                    add_encoded(word, &mut add);
                }
            }
        }
        for (word, kind) in WORDS {
            add(word, Call::Assigned(kind));
        }
        add_encoded(key_block::OPENING, &mut add);
        add(key_block::OPENING, Call::KeyOpening);
        add(key_block::CLOSING, Call::KeyClosing);
        add(kubernetes::KIND, Call::Kubernetes);
        add("twilio", Call::Twilio);
        for decoder in encoded::DECODERS {
            add(decoder, Call::Decoder);
        }
        for joint in joined::JOINTS {
            add(joint, Call::Joint);
        }
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

    /// The secrets in any text that is no file: a commit's or a tag's message, a
    /// branch's or a file's name, an address. Gives for each its bytes, the rule,
    /// what a person calls it and how sure it is; from 75 on it counts as found,
    /// below that it is masked and told as a question. Sorted and disjoint. This is
    /// what everybody calls who has such a text at hand; [`Detector::scan_file`]
    /// knows more where there is a path.
    ///
    /// The text is taken as it is: diff markers have to be gone already.
    ///
    /// # Errors
    /// When a pattern cannot be compiled or the search refuses the text.
    pub fn scan(&self, text: &[u8]) -> Result<Vec<SecretSpan>, DetectorError> {
        self.pass(text, Site::Unknown, Depth::Whole)
    }

    /// The secrets in a file, or in a part of one, as [`Detector::scan`] gives
    /// them. The path tells settings from programs, words and checksums, and may
    /// say that the whole text is one secret.
    ///
    /// # Errors
    /// When a pattern cannot be compiled or the search refuses the text.
    pub fn scan_file(&self, path: &[u8], text: &[u8]) -> Result<Vec<SecretSpan>, DetectorError> {
        let mut hits = self.pass(text, Site::of(path), Depth::Whole)?;
        hits.extend(whole::of_file(path, text));
        Ok(settle(hits))
    }

    fn pass(
        &self,
        text: &[u8],
        site: Site,
        depth: Depth,
    ) -> Result<Vec<SecretSpan>, DetectorError> {
        let mut pass = Pass {
            text,
            site,
            depth,
            searched: vec![0; self.rules.len()],
            joined: 0,
            hits: Vec::new(),
        };
        let keywords = self
            .keywords
            .try_find_overlapping_iter(text)
            .map_err(DetectorError::Search)?;
        for keyword in keywords {
            for call in &self.calls[keyword.pattern().as_usize()] {
                self.follow(*call, keyword.range(), &mut pass)?;
            }
        }
        let mut hits = pass.hits;
        company::beside_ids(text, &mut hits);
        hits.retain(|hit| hit.rule != company::TWILIO_ACCOUNT);
        company::lower_public(text, &mut hits);
        company::yield_to_public(&mut hits);
        Ok(settle(hits))
    }

    /// Does what a keyword asks for.
    fn follow(
        &self,
        call: Call,
        keyword: Range<usize>,
        pass: &mut Pass<'_>,
    ) -> Result<(), DetectorError> {
        let text = pass.text;
        let whole = pass.depth == Depth::Whole;
        match call {
            Call::Rule(index) => self.apply(index, keyword, pass)?,
            Call::Assigned(word) => {
                let hit = by_name::value_of(text, keyword, word, pass.site);
                pass.hits.extend(hit);
            }
            Call::KeyOpening => pass.hits.extend(key_block::opened_at(text, keyword.start)),
            Call::KeyClosing => pass.hits.extend(key_block::closed_at(text, keyword.start)),
            Call::Encoded(encoding) if whole => {
                if let Some((range, plain)) = encoded::run_at(text, keyword.start, encoding) {
                    pass.hits.extend(self.within(range, &plain)?);
                }
            }
            Call::Decoder if whole => {
                if let Some((range, plain)) = encoded::argument_at(text, keyword.end) {
                    pass.hits.extend(self.within(range, &plain)?);
                }
            }
            Call::Joint if whole && keyword.start >= pass.joined => {
                self.join(keyword.start, pass)?;
            }
            Call::Kubernetes if whole => {
                for entry in kubernetes::entries(text, &keyword) {
                    let inside = self.within(entry.range.clone(), &entry.plain)?;
                    let hit = inside.or_else(|| kubernetes::judged(&entry));
                    pass.hits.extend(hit);
                }
            }
            Call::Twilio => pass.hits.extend(company::twilio_account(text, &keyword)),
            Call::Encoded(_) | Call::Decoder | Call::Joint | Call::Kubernetes => {}
        }
        Ok(())
    }

    /// The surest secret in what `range` stands for, as a hit of the whole range.
    fn within(
        &self,
        range: Range<usize>,
        plain: &[u8],
    ) -> Result<Option<SecretSpan>, DetectorError> {
        let hits = self.pass(plain, Site::Unknown, Depth::Inner)?;
        let surest = hits.into_iter().max_by_key(|hit| hit.confidence);
        Ok(surest.map(|hit| SecretSpan { range, ..hit }))
    }

    /// Looks at the literals that are joined at `at` as one.
    fn join(&self, at: usize, pass: &mut Pass<'_>) -> Result<(), DetectorError> {
        let Some(joined) = Joined::at(pass.text, at) else {
            return Ok(());
        };
        pass.joined = joined.end;
        for hit in self.pass(&joined.text, pass.site, Depth::Inner)? {
            for (part, range) in joined.places(&hit.range).into_iter().enumerate() {
                let confidence = if part == 0 { hit.confidence } else { PART };
                pass.hits.push(SecretSpan {
                    range,
                    confidence,
                    ..hit.clone()
                });
            }
        }
        Ok(())
    }

    fn apply(
        &self,
        index: usize,
        keyword: Range<usize>,
        pass: &mut Pass<'_>,
    ) -> Result<(), DetectorError> {
        let text = pass.text;
        let searched = &mut pass.searched[index];
        let compiled = &self.rules[index];
        let window = match compiled.rule.place {
            RuleContext::Start if !begins_token(text, &keyword) => return Ok(()),
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
            pass.hits
                .extend(compiled.hit(text, &window, &captures, pass.site));
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
        site: Site,
    ) -> Option<SecretSpan> {
        let found = secret_of(captures)?;
        let mut range = window.start + found.start..window.start + found.end;
        if range.end == window.end && window.end < text.len() {
            range.end += text[range.end..]
                .iter()
                .take_while(|b| is_token_byte(**b))
                .count();
        }
        let short = self.rule.keywords.iter().all(|word| {
            word.len() <= SHORT_PREFIX && word.bytes().all(|b| b.is_ascii_alphanumeric())
        });
        if self.rule.place == RuleContext::Start && short && is_in_block(text, &range) {
            return None;
        }
        let bounded = captures.get(1).is_some();
        if self.rule.place == RuleContext::Line && !bounded && is_within_run(text, &range) {
            return None;
        }
        let value = &text[range.clone()];
        if (self.rule.place == RuleContext::Named || self.rule.confidence < SURE_BY_SHAPE)
            && !is_drawn(value)
        {
            return None;
        }
        let confidence = judge::confidence(self.rule, text, &range, site)?;
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
/// except that of an escape such as `\n`, and not within a long run of base64.
fn begins_token(text: &[u8], keyword: &Range<usize>) -> bool {
    let at = keyword.start;
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let first_is_word = text.get(at).is_some_and(|b| word(*b));
    if !first_is_word || at == 0 {
        return true;
    }
    let escape = at >= 2 && text[at - 2] == b'\\' && matches!(text[at - 1], b'n' | b'r' | b't');
    if word(text[at - 1]) {
        return escape;
    }
    let in_blob = matches!(text[at - 1], b'+' | b'/')
        && text[at.saturating_sub(LONG_RUN)..at]
            .iter()
            .filter(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'))
            .count()
            == LONG_RUN;
    !(in_blob && keyword.len() <= SHORT_PREFIX)
}

/// The bytes of base64 before a short prefix that make it a part of them.
const LONG_RUN: usize = 40;
const SHORT_PREFIX: usize = 4;
const SHORTEST_BLOCK_LINE: usize = 40;

/// Looks for a token's beginning in base64 and in hexadecimal digits too.
fn add_encoded(word: &str, add: &mut impl FnMut(&str, Call)) {
    for encoding in [Encoding::Base64, Encoding::Hexadecimal] {
        if let Some(start) = encoded::start_of(word, encoding) {
            add(&start, Call::Encoded(encoding));
        }
    }
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

/// Whether a match begins a line of base64 among others: certificates and
/// pictures are wrapped so, and have every short prefix sooner or later.
fn is_in_block(text: &[u8], range: &Range<usize>) -> bool {
    let is_base64 = |line: &[u8]| {
        let line = line.trim_ascii();
        line.len() >= SHORTEST_BLOCK_LINE
            && line
                .iter()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='))
    };
    let floor = range.start.saturating_sub(BEHIND);
    let limit = text.len().min(range.end + BEHIND);
    let mut lines = text[floor..range.start].rsplit(|b| *b == b'\n');
    let indented = lines
        .next()
        .is_some_and(|line| line.trim_ascii().is_empty());
    let above = lines.next().is_some_and(is_base64);
    let below = text[range.end..limit].split(|b| *b == b'\n').nth(1);
    indented && (above || below.is_some_and(is_base64))
}

/// Whether a match is a part of something longer, or of a checksum: a pattern
/// that is searched in a line finds its letters in those too.
fn is_within_run(text: &[u8], range: &Range<usize>) -> bool {
    let goes_on = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'+');
    let before = &text[..range.start];
    let inner = goes_on(text.get(range.start)) && goes_on(before.last());
    let outer = goes_on(text[range.clone()].last()) && goes_on(text.get(range.end));
    let run = before
        .iter()
        .rev()
        .take(128)
        .take_while(|b| is_token_byte(**b))
        .count();
    let in_blob = run >= LONG_RUN && before.ends_with(b"/");
    inner || outer || in_blob || plausibility::is_integrity(&text[range.start - run..range.end])
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/' | b'+' | b'=' | b'~')
}

/// A value behind a vendor's name: no word, no constant.
fn is_drawn(value: &[u8]) -> bool {
    let digit = value.iter().any(u8::is_ascii_digit);
    plausibility::is_drawn(value)
        || (digit && !plausibility::is_words(value) && plausibility::entropy(value) >= 2.8)
}
