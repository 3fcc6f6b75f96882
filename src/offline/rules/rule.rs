//! The rule tables: `.scm` text, read once per dialect.
//!
//! A rule in a table:
//! ```text
//! ;;; py-sql-built security high 75 CWE-89 sql
//! ;; title: at most 100 characters
//! ;; scenario: a concrete one; {what} stands for the text of @what, @arg or @hit
//! ;; fix: advice
//! ;; near: an expression that the lines around a hit match
//! ;; file: an expression that the whole text of a hit's file matches
//! (query) @hit
//! ```
//! The words of the first line are id, field, severity, confidence, category
//! and, where there is one, the name of the check. `near` and `file` are only
//! for speed: for what the query's own words leave open.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use tree_sitter::Language as Grammar;

use super::Field;
use super::checks::{self, Check};
use super::pattern::Pattern;
use super::prefilter;
use super::prefilter::{Expression, Word};
use crate::model::{Language, Severity};

/// A grammar with its rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Python,
    JavaScript,
    TypeScript,
    Tsx,
    Go,
    Rust,
    Java,
    C,
}

impl Dialect {
    /// All of them, in the order of their discriminants.
    #[cfg(test)]
    pub(super) const ALL: [Self; 8] = [
        Self::Python,
        Self::JavaScript,
        Self::TypeScript,
        Self::Tsx,
        Self::Go,
        Self::Rust,
        Self::Java,
        Self::C,
    ];

    pub(super) fn of(language: Language) -> Option<Self> {
        match language {
            Language::Python => Some(Self::Python),
            Language::JavaScript => Some(Self::JavaScript),
            Language::TypeScript => Some(Self::TypeScript),
            Language::Tsx => Some(Self::Tsx),
            Language::Go => Some(Self::Go),
            Language::Rust => Some(Self::Rust),
            Language::Java => Some(Self::Java),
            Language::C => Some(Self::C),
            _ => None,
        }
    }

    pub(super) fn grammar(self) -> Grammar {
        match self {
            Self::Python => tree_sitter_python::LANGUAGE.into(),
            Self::JavaScript => tree_sitter_javascript::LANGUAGE.into(),
            Self::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
            Self::Tsx => tree_sitter_typescript::LANGUAGE_TSX.into(),
            Self::Go => tree_sitter_go::LANGUAGE.into(),
            Self::Rust => tree_sitter_rust::LANGUAGE.into(),
            Self::Java => tree_sitter_java::LANGUAGE.into(),
            Self::C => tree_sitter_c::LANGUAGE.into(),
        }
    }

    /// The sections of the tables, one per rule.
    pub(super) fn sections(self) -> impl Iterator<Item = &'static str> {
        self.tables().iter().flat_map(|t| t.split("\n;;; ").skip(1))
    }

    /// The tables, in text; a grammar without JSX cannot compile its patterns.
    fn tables(self) -> &'static [&'static str] {
        const SCRIPT: &str = include_str!("javascript.scm");
        const SCRIPT_PERFORMANCE: &str = include_str!("javascript_performance.scm");
        const JSX: &str = include_str!("jsx.scm");
        match self {
            Self::Python => &[
                include_str!("python.scm"),
                include_str!("python_performance.scm"),
            ],
            Self::JavaScript | Self::Tsx => &[SCRIPT, SCRIPT_PERFORMANCE, JSX],
            Self::TypeScript => &[SCRIPT, SCRIPT_PERFORMANCE],
            Self::Go => &[include_str!("go.scm")],
            Self::Rust => &[include_str!("rust.scm")],
            Self::Java => &[include_str!("java.scm")],
            Self::C => &[include_str!("c.scm")],
        }
    }

    /// The rules; the first call of each dialect reads them.
    /// `None`: the tables do not fit the grammar, which a test rules out.
    pub(super) fn rules(self) -> Option<&'static RuleSet> {
        static SETS: [OnceLock<Option<RuleSet>>; 8] = [const { OnceLock::new() }; 8];
        SETS[self as usize]
            .get_or_init(|| RuleSet::read(self).ok())
            .as_ref()
    }
}

/// One rule without its query.
pub(super) struct Rule {
    pub(super) id: &'static str,
    pub(super) field: Field,
    pub(super) severity: Severity,
    pub(super) confidence: u8,
    pub(super) category: &'static str,
    pub(super) title: &'static str,
    pub(super) scenario: &'static str,
    pub(super) advice: &'static str,
    pub(super) check: Check,
    /// What stands near every hit, and what somewhere in its file.
    pub(super) near: Option<Expression>,
    pub(super) file: Option<Expression>,
    /// Whether the check keeps only what comes from outside.
    pub(super) from_outside: bool,
}

impl Rule {
    fn may_meet(&self, dialect: Dialect, text: &[u8]) -> bool {
        self.file.as_ref().is_none_or(|f| f.is_in(text))
            && (!self.from_outside || dialect.names_outside(text))
    }
}

/// The rules of a dialect and the patterns that find their candidates.
pub(super) struct RuleSet {
    dialect: Dialect,
    pub(super) rules: Vec<Rule>,
    /// Patterns, each with its rule.
    patterns: Vec<(usize, Pattern)>,
    /// Patterns by the kind of node at which they match.
    by_kind: HashMap<u16, Vec<usize>>,
    /// Finds words without which a pattern cannot match.
    words: AhoCorasick,
    /// Who asks for each of the words.
    asking: Vec<Vec<Asking>>,
    /// For each pattern a bit for each group of words of which it needs one.
    needs: Vec<u64>,
}

/// A pattern that asks for a word.
struct Asking {
    pattern: usize,
    /// The bit of the word's group.
    group: u64,
    whole: bool,
}

/// The patterns that can match at all in a text.
pub(super) struct Active(Vec<bool>);

impl RuleSet {
    /// Reads the tables; the error names what does not fit.
    pub(super) fn read(dialect: Dialect) -> Result<Self, String> {
        let grammar = dialect.grammar();
        let (mut rules, mut patterns) = (Vec::new(), Vec::new());
        for section in dialect.sections() {
            let rule = read(section).ok_or_else(|| format!("cannot read: {section}"))?;
            let mut rest = queries(section).ok_or_else(|| format!("{}: no query", rule.id))?;
            while !rest.is_empty() {
                let (pattern, after) =
                    Pattern::read(rest, &grammar).map_err(|e| format!("{}: {e}", rule.id))?;
                patterns.push((rules.len(), pattern));
                rest = after;
            }
            rules.push(rule);
        }
        let mut by_kind: HashMap<u16, Vec<usize>> = HashMap::new();
        let mut asking: BTreeMap<String, Vec<Asking>> = BTreeMap::new();
        let mut needs = Vec::new();
        for (at, (rule, pattern)) in patterns.iter().enumerate() {
            let root = pattern
                .root()
                .ok_or_else(|| format!("{}: no root kind", rules[*rule].id))?;
            by_kind.entry(root).or_default().push(at);
            let groups: Vec<Vec<Word>> = pattern
                .words()
                .into_iter()
                .take(u64::BITS as usize)
                .collect();
            needs.push(groups.iter().fold(0, |bits, _| bits << 1 | 1));
            for (bit, group) in groups.into_iter().enumerate() {
                for word in group {
                    let asks = Asking {
                        pattern: at,
                        group: 1 << bit,
                        whole: word.whole,
                    };
                    asking.entry(word.text).or_default().push(asks);
                }
            }
        }
        let words = AhoCorasick::new(asking.keys()).map_err(|e| e.to_string())?;
        Ok(Self {
            dialect,
            rules,
            patterns,
            by_kind,
            words,
            asking: asking.into_values().collect(),
            needs,
        })
    }

    /// The patterns for which one of the windows and the whole text hold what they
    /// need, of all rules or of these.
    pub(super) fn active(
        &self,
        text: &[u8],
        windows: &[Range<usize>],
        only: Option<&BTreeSet<usize>>,
    ) -> Option<Active> {
        let mut active = vec![false; self.patterns.len()];
        for near in windows.iter().filter_map(|w| text.get(w.clone())) {
            let met = self.met(near);
            for (at, on) in active.iter_mut().enumerate() {
                *on |= met[at] == self.needs[at]
                    && self.rule_of(at).near.as_ref().is_none_or(|n| n.is_in(near));
            }
        }
        for (at, on) in active.iter_mut().enumerate() {
            *on &= only.is_none_or(|only| only.contains(&self.patterns[at].0));
            *on = *on && self.rule_of(at).may_meet(self.dialect, text);
        }
        active.contains(&true).then_some(Active(active))
    }

    fn rule_of(&self, pattern: usize) -> &Rule {
        &self.rules[self.patterns[pattern].0]
    }

    /// For each pattern the groups of which the text holds a word.
    fn met(&self, text: &[u8]) -> Vec<u64> {
        let mut met = vec![0; self.patterns.len()];
        for found in self.words.find_overlapping_iter(text) {
            let is_whole = prefilter::stands_alone(text, found.range());
            let asking = self.asking[found.pattern().as_usize()].iter();
            asking
                .filter(|a| is_whole || !a.whole)
                .for_each(|a| met[a.pattern] |= a.group);
        }
        met
    }

    /// The active patterns that may match at a node of this kind, with their rules.
    pub(super) fn at_kind(
        &self,
        kind: u16,
        active: &Active,
    ) -> impl Iterator<Item = (usize, &Pattern)> {
        let candidates = self.by_kind.get(&kind).map_or(&[][..], Vec::as_slice);
        candidates
            .iter()
            .filter(|at| active.0[**at])
            .map(|at| (self.patterns[*at].0, &self.patterns[*at].1))
    }
}

/// The queries of a table's section, after its words.
pub(super) fn queries(section: &'static str) -> Option<&'static str> {
    section
        .find("\n(")
        .and_then(|at| section.get(at + 1..))
        .map(str::trim)
}

fn read(section: &'static str) -> Option<Rule> {
    let mut words = section.lines().next()?.split_whitespace();
    let id = words.next()?;
    let field = match words.next()? {
        "security" => Field::Security,
        "performance" => Field::Performance,
        _ => return None,
    };
    let severity = Severity::parse(words.next()?)?;
    let confidence = words.next()?.parse().ok()?;
    let category = words.next()?;
    let name = words.next();
    let check = name.map_or(Some(checks::keep as Check), checks::named)?;
    let from_outside = name.is_some_and(checks::needs_outside);
    let line = |key: &str| {
        section
            .lines()
            .find_map(|l| l.strip_prefix(";; ")?.strip_prefix(key)?.strip_prefix(": "))
    };
    let (title, scenario, advice) = (line("title")?, line("scenario")?, line("fix")?);
    let (near, file) = (
        line("near").map(Expression::of),
        line("file").map(Expression::of),
    );
    Some(Rule {
        id,
        field,
        severity,
        confidence,
        category,
        title,
        scenario,
        advice,
        check,
        near,
        file,
        from_outside,
    })
}
