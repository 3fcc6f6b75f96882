//! Runs a dialect's rules on one file: parse, match, keep what is new.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::{ControlFlow, Range};
use std::slice;
use std::time::Duration;

use tree_sitter::{Node, ParseOptions, Parser, Tree};

use super::checks::Verdict;
use super::code_role::CodeRole;
use super::line_index;
use super::line_index::Lines;
use super::rule::{Active, Dialect, Rule, RuleSet};
use super::syntax::{Captured, Source};
use super::time_limit::Bound;
use super::{Field, RuleHit};
use crate::model::{FileChange, Fix, Proposal, RepoPath};

/// Larger texts are not parsed, bytes.
const MAX_BYTES: usize = 1 << 20;

/// Processor time for one file: parsing, matching and checking both texts.
const BUDGET: Duration = Duration::from_secs(1);

/// Bytes of the longest hit, and of the longest line that is quoted whole.
const MAX_SPAN: usize = 4_000;
const MAX_LINE: usize = 600;

/// Lines around an added one in which the words of what it belongs to are looked for.
const MARGIN: u32 = 15;

/// Hits reported of one file.
const MAX_HITS: usize = 40;

/// Lines quoted of one hit.
const QUOTE_LINES: u32 = 5;

/// Characters of code shown inside a scenario.
const WHAT: usize = 60;

/// A rule that met a place, before it is known whether the place is new.
struct Met {
    rule: usize,
    confidence: u8,
    /// What is quoted, where that is not the lines of the span.
    quote: Option<String>,
    /// Rows of the span, from 0, both inclusive.
    rows: Range<u32>,
    /// The span's text with blanks squeezed: what makes two places the same.
    snippet: String,
    what: String,
}

/// The hits of one file that stand on added lines and were not there before;
/// `None`: the file could not be looked at within its bounds.
pub(super) fn check(file: &FileChange, bound: &Bound) -> Option<Vec<RuleHit>> {
    let (Some(dialect), Some(new)) = (Dialect::of(file.language), &file.new_text) else {
        return Some(Vec::new());
    };
    let added: BTreeSet<u32> = file.added_lines().into_iter().collect();
    let (false, Some(set)) = (added.is_empty(), dialect.rules()) else {
        return Some(Vec::new());
    };
    if bound.is_over_now() {
        return None;
    }
    let place = CodeRole::of(&file.path);
    if place == CodeRole::Tests {
        return Some(Vec::new());
    }
    let lines = Lines::of(new);
    let Some(active) = set.active(new, &lines.around(&added, MARGIN), None) else {
        return Some(Vec::new());
    };
    let run = Run {
        dialect,
        set,
        bound: bound.within(BUDGET),
    };
    let mut met = run.on(new, &active, &lines.around(&added, 0))?;
    met.retain(|met| {
        added
            .range(met.rows.start + 1..=met.rows.end + 1)
            .next()
            .is_some()
    });
    if let (false, Some(old)) = (met.is_empty(), &file.old_text) {
        run.drop_known(&mut met, old, new)?;
    }
    if place == CodeRole::OneOff {
        met.retain(|m| set.rules[m.rule].field == Field::Security);
        met.iter_mut()
            .for_each(|m| m.confidence = m.confidence.min(50));
    }
    met.truncate(MAX_HITS);
    Some(
        met.iter()
            .map(|m| hit(&file.path, new, &set.rules[m.rule], m))
            .collect(),
    )
}

/// The rules at work on one file's texts.
struct Run {
    dialect: Dialect,
    set: &'static RuleSet,
    bound: Bound,
}

impl Run {
    /// All places that the active patterns meet on these runs of bytes, in source order;
    /// at most one per category and first line, the one that is surest.
    fn on(&self, text: &[u8], active: &Active, runs: &[Range<usize>]) -> Option<Vec<Met>> {
        let tree = parse(self.dialect, text, &self.bound)?;
        let source = Source {
            bytes: text,
            root: tree.root_node(),
            dialect: self.dialect,
            bound: &self.bound,
            steps: Cell::new(0),
            bindings: RefCell::default(),
            values: RefCell::default(),
        };
        let mut found: BTreeMap<(u32, &str), Met> = BTreeMap::new();
        for met in matched(&source, self.set, active, runs)? {
            let key = (met.rows.start, self.set.rules[met.rule].category);
            let surer = found
                .get(&key)
                .is_none_or(|k| (met.confidence, k.rule) > (k.confidence, met.rule));
            if surer {
                found.insert(key, met);
            }
        }
        // what was looked at in a hurry is not looked at
        (!self.bound.is_over_now()).then(|| found.into_values().collect())
    }

    /// Drops as many places as the old text already had of the same kind.
    fn drop_known(&self, met: &mut Vec<Met>, old: &[u8], new: &[u8]) -> Option<()> {
        let rules: BTreeSet<usize> = met.iter().map(|m| m.rule).collect();
        let count = |text: &[u8]| {
            let whole = 0..text.len();
            let whole = slice::from_ref(&whole);
            match self.set.active(text, whole, Some(&rules)) {
                Some(active) => self.on(text, &active, whole).map(|met| counted(&met)),
                None => Some(HashMap::new()),
            }
        };
        let before = count(old)?;
        if !before.is_empty() {
            let mut room = count(new)?;
            for (key, count) in before {
                room.entry(key).and_modify(|n| *n = n.saturating_sub(count));
            }
            met.retain(|m| take_room(&mut room, m));
        }
        Some(())
    }
}

fn take_room(room: &mut HashMap<(usize, String), usize>, met: &Met) -> bool {
    match room.get_mut(&(met.rule, met.snippet.clone())) {
        Some(0) => false,
        Some(left) => {
            *left -= 1;
            true
        }
        None => true,
    }
}

fn counted(met: &[Met]) -> HashMap<(usize, String), usize> {
    let mut counts = HashMap::new();
    for m in met {
        *counts.entry((m.rule, m.snippet.clone())).or_insert(0) += 1;
    }
    counts
}

fn parse(dialect: Dialect, text: &[u8], bound: &Bound) -> Option<Tree> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let mut parser = Parser::new();
    parser.set_language(&dialect.grammar()).ok()?;
    let mut in_time = |_: &_| {
        if bound.is_over() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let options = ParseOptions::new().progress_callback(&mut in_time);
    parser.parse_with_options(
        &mut |at, _| text.get(at..).unwrap_or_default(),
        None,
        Some(options),
    )
}

fn matched(
    source: &Source<'_>,
    set: &RuleSet,
    active: &Active,
    runs: &[Range<usize>],
) -> Option<Vec<Met>> {
    let mut met = Vec::new();
    let mut cursor = source.root.walk();
    loop {
        let node = cursor.node();
        let inside = line_index::meets(runs, &node.byte_range());
        if inside && node.is_named() {
            for (rule, pattern) in set.at_kind(node.kind_id(), active) {
                let ways = pattern.matches(source, node);
                met.extend(
                    ways.iter()
                        .filter_map(|captured| judge(source, &set.rules[rule], rule, captured)),
                );
            }
        }
        if source.bound.is_over() {
            return None;
        }
        if inside && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return Some(met);
            }
        }
    }
}

fn judge<'t>(
    source: &Source<'t>,
    rule: &Rule,
    index: usize,
    captured: &Captured<'t>,
) -> Option<Met> {
    let hit = captured.hit()?;
    if hit.has_error() {
        return None;
    }
    let confidence = match (rule.check)(source, captured) {
        Verdict::Drop => return None,
        Verdict::Keep => rule.confidence,
        Verdict::Maybe => rule.confidence.min(50),
    };
    let in_tests =
        source.dialect == Dialect::Rust && source.ancestors(hit).any(|n| is_test_module(source, n));
    if in_tests {
        return None;
    }
    let (confidence, quote) = match extent(source, hit) {
        Extent::Lines => (confidence, None),
        Extent::Statement(text) => (confidence, Some(text)),
        Extent::PartOfMuch(text) => (confidence.min(50), Some(text)),
    };
    let what = ["what", "arg"]
        .into_iter()
        .find_map(|name| captured.get(name))
        .unwrap_or(hit);
    Some(Met {
        rule: index,
        confidence,
        quote,
        rows: row(hit.start_position().row)..row(hit.end_position().row),
        snippet: source
            .text(hit)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" "),
        what: source
            .text(what)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .chars()
            .take(WHAT)
            .collect(),
    })
}

/// What is quoted of a hit.
enum Extent {
    /// The lines on which it stands.
    Lines,
    /// The statement alone: its line goes on for longer than anybody reads.
    Statement(String),
    /// A part of a statement that no person wrote: nobody can judge it by looking.
    PartOfMuch(String),
}

/// How much around a hit belongs to it. A long comment or a run of blanks on its line hides
/// nothing: the statement counts, not the line.
fn extent<'t>(source: &Source<'t>, hit: Node<'t>) -> Extent {
    let length = hit.byte_range().len();
    if line_length(source, hit) < MAX_LINE && length <= MAX_SPAN {
        return Extent::Lines;
    }
    let is_statement = |node: &Node<'t>| {
        let kind = node.kind();
        kind.contains("statement") || kind.contains("declaration") || kind.contains("assignment")
    };
    let statement = if is_statement(&hit) {
        Some(hit)
    } else {
        source.ancestors(hit).find(is_statement)
    };
    match statement {
        Some(statement) if statement.byte_range().len() <= MAX_LINE => {
            Extent::Statement(source.text(statement).to_owned())
        }
        Some(_) | None if length <= MAX_LINE => Extent::PartOfMuch(source.text(hit).to_owned()),
        Some(_) | None => {
            let text = source.text(hit);
            Extent::PartOfMuch(crate::text::visible::beginning(text, MAX_LINE).to_owned())
        }
    }
}

/// Bytes of the line on which a hit begins, as far as it matters.
fn line_length(source: &Source<'_>, hit: Node<'_>) -> usize {
    let (before, after) = source
        .bytes
        .split_at(hit.start_byte().min(source.bytes.len()));
    let to_start = before
        .iter()
        .rev()
        .take(MAX_LINE)
        .take_while(|byte| **byte != b'\n')
        .count();
    let to_end = after
        .iter()
        .take(MAX_LINE)
        .take_while(|byte| **byte != b'\n')
        .count();
    to_start + to_end
}

fn is_test_module(source: &Source<'_>, node: Node<'_>) -> bool {
    node.kind() == "mod_item"
        && node
            .child_by_field_name("name")
            .is_some_and(|n| matches!(source.text(n), "test" | "tests" | "testing"))
}

fn row(row: usize) -> u32 {
    u32::try_from(row).unwrap_or(u32::MAX)
}

fn hit(path: &RepoPath, text: &[u8], rule: &Rule, met: &Met) -> RuleHit {
    let last = met
        .rows
        .end
        .min(met.rows.start.saturating_add(QUOTE_LINES - 1));
    let (skip, take) = (
        met.rows.start as usize,
        (last - met.rows.start) as usize + 1,
    );
    let lines = text.split(|b| *b == b'\n').skip(skip).take(take);
    let quote: Vec<String> = lines
        .map(|l| String::from_utf8_lossy(l).trim_end_matches('\r').to_owned())
        .collect();
    RuleHit {
        field: rule.field,
        rule: rule.id,
        proposal: Proposal {
            title: rule.title.to_owned(),
            severity: rule.severity,
            confidence: met.confidence,
            category: rule.category.to_owned(),
            file: path.to_text(),
            line_start: met.rows.start.saturating_add(1),
            line_end: last.saturating_add(1),
            quote: met.quote.clone().unwrap_or_else(|| quote.join("\n")),
            scenario: rule.scenario.replace("{what}", &met.what),
            fix: Some(Fix {
                advice: rule.advice.to_owned(),
                replacement: None,
            }),
        },
    }
}
