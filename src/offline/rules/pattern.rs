//! The rules' patterns: a subset of tree-sitter's query language, read and
//! matched here.
//!
//! Chosen over `tree_sitter::Query` because that analyses each pattern against
//! the whole grammar when it is made: 40 ms (Go) to 900 ms (TypeScript) for a
//! table, measured, where a small review has 40 ms in all. The tables stay
//! valid queries, and a test compiles them as such.
//!
//! The subset: nodes, fields, `(_)`, anonymous nodes, alternatives, captures,
//! anchors, and `#eq?`, `#any-of?`, `#match?` of one capture and constants.

use std::sync::{Arc, OnceLock};

use regex::Regex;
use tree_sitter::{Language as Grammar, Node};

use super::prefilter;
use super::prefilter::Word;
use super::syntax::{Captured, Source};

/// Ways in which one pattern may meet one node that are looked at.
const WAYS: usize = 16;

/// A pattern for one node.
pub(super) struct Pattern {
    kind: Kind,
    /// What its own tokens write, as far as they are always the same.
    written: &'static str,
    captures: Vec<Capture>,
    fields: Vec<(u16, Vec<Pattern>)>,
    children: Vec<Child>,
    /// Whether nothing may follow the last child.
    closed: bool,
}

enum Kind {
    AnyNamed,
    Named(u16),
    Anonymous(&'static str),
}

struct Capture {
    name: &'static str,
    tests: Vec<Arc<Test>>,
}

struct Child {
    /// Whether it follows the one before it, or the start, at once.
    anchored: bool,
    alternatives: Vec<Pattern>,
}

/// A condition on a captured node's text.
pub(super) enum Test {
    /// One of these words, exactly.
    OneOf(Vec<&'static str>),
    /// A regular expression, compiled at first use.
    Matches(&'static str, OnceLock<Option<Regex>>),
}

type Captures<'t> = Vec<(&'static str, Node<'t>)>;

impl Pattern {
    /// Reads one pattern from the start of the text; gives back the rest.
    pub(super) fn read(
        text: &'static str,
        grammar: &Grammar,
    ) -> Result<(Self, &'static str), String> {
        let mut reader = Reader {
            rest: text,
            grammar,
            tests: Vec::new(),
        };
        let mut read = reader.alternatives()?;
        let mut pattern = read.pop().ok_or("empty pattern")?;
        for (name, test) in reader.tests {
            if pattern.attach(name, &test) == 0 {
                return Err(format!("no capture @{name}"));
            }
        }
        Ok((pattern, reader.rest.trim_start()))
    }

    /// Puts the test on every capture of this name; how many there are.
    fn attach(&mut self, name: &str, test: &Arc<Test>) -> usize {
        let own = self.captures.iter_mut().filter(|c| c.name == name);
        let own = own.map(|c| c.tests.push(Arc::clone(test))).count();
        let inner = self.fields.iter_mut().flat_map(|(_, p)| p);
        let inner = inner.chain(self.children.iter_mut().flat_map(|c| &mut c.alternatives));
        own + inner.map(|p| p.attach(name, test)).sum::<usize>()
    }

    /// The kind of node at which it can match; `None`: every named one.
    pub(super) fn root(&self) -> Option<u16> {
        if let Kind::Named(id) = self.kind {
            Some(id)
        } else {
            None
        }
    }

    /// What a text that the pattern matches holds: of each group at least one word.
    pub(super) fn words(&self) -> Vec<Vec<Word>> {
        let tests = self.captures.iter().flat_map(|c| &c.tests);
        let mut groups: Vec<Vec<Word>> = tests.filter_map(|t| t.words()).collect();
        groups.extend(self.written.split_whitespace().map(|word| {
            vec![Word {
                text: word.to_owned(),
                whole: true,
            }]
        }));
        let required = self
            .fields
            .iter()
            .map(|(_, a)| a)
            .chain(self.children.iter().map(|c| &c.alternatives));
        for alternatives in required {
            match alternatives.as_slice() {
                [only] => groups.extend(only.words()),
                several => {
                    groups.extend(
                        several
                            .iter()
                            .map(Self::rarest)
                            .collect::<Option<Vec<_>>>()
                            .map(|g| g.concat()),
                    );
                }
            }
        }
        groups.sort_unstable();
        groups.dedup();
        groups
    }

    /// The group whose words are longest.
    fn rarest(&self) -> Option<Vec<Word>> {
        self.words()
            .into_iter()
            .max_by_key(|group| group.iter().map(|w| w.text.len()).min())
    }

    /// All ways, up to a bound, in which the pattern meets the node.
    pub(super) fn matches<'t>(&self, source: &Source<'t>, node: Node<'t>) -> Vec<Captured<'t>> {
        self.meet(source, node)
            .into_iter()
            .map(|nodes| Captured { nodes })
            .collect()
    }

    fn meet<'t>(&self, source: &Source<'t>, node: Node<'t>) -> Vec<Captures<'t>> {
        let fits = match self.kind {
            Kind::AnyNamed => node.is_named(),
            Kind::Named(id) => node.kind_id() == id && node.is_named(),
            Kind::Anonymous(text) => !node.is_named() && node.kind() == text,
        };
        let passes = || {
            self.captures
                .iter()
                .flat_map(|c| &c.tests)
                .all(|t| t.holds(source.text(node)))
        };
        if !fits || !passes() {
            return Vec::new();
        }
        let mut ways = vec![
            self.captures
                .iter()
                .map(|c| (c.name, node))
                .collect::<Captures<'t>>(),
        ];
        for (field, alternatives) in &self.fields {
            let Some(child) = node.child_by_field_id(*field) else {
                return Vec::new();
            };
            ways = product(&ways, &any_of(alternatives, source, child));
            if ways.is_empty() {
                return ways;
            }
        }
        if self.children.is_empty() && !self.closed {
            return ways;
        }
        let nodes: Vec<Node<'t>> = super::syntax::children(node)
            .into_iter()
            .filter(|n| !n.kind().contains("comment"))
            .collect();
        product(&ways, &self.in_order(source, &nodes, 0, &self.children))
    }

    fn in_order<'t>(
        &self,
        source: &Source<'t>,
        nodes: &[Node<'t>],
        from: usize,
        left: &[Child],
    ) -> Vec<Captures<'t>> {
        let Some((child, rest)) = left.split_first() else {
            let ended = !self.closed
                || nodes
                    .get(from..)
                    .unwrap_or_default()
                    .iter()
                    .all(|n| !n.is_named());
            return if ended { vec![Vec::new()] } else { Vec::new() };
        };
        let mut ways = Vec::new();
        for (at, node) in nodes.iter().enumerate().skip(from) {
            let here = any_of(&child.alternatives, source, *node);
            if !here.is_empty() {
                ways.extend(product(&here, &self.in_order(source, nodes, at + 1, rest)));
            }
            if ways.len() >= WAYS || child.anchored && node.is_named() {
                break;
            }
        }
        ways.truncate(WAYS);
        ways
    }
}

fn any_of<'t>(alternatives: &[Pattern], source: &Source<'t>, node: Node<'t>) -> Vec<Captures<'t>> {
    alternatives
        .iter()
        .map(|a| a.meet(source, node))
        .find(|w| !w.is_empty())
        .unwrap_or_default()
}

fn product<'t>(left: &[Captures<'t>], right: &[Captures<'t>]) -> Vec<Captures<'t>> {
    let pairs = left.iter().flat_map(|l| {
        right
            .iter()
            .map(move |r| l.iter().chain(r).copied().collect())
    });
    pairs.take(WAYS).collect()
}

impl Test {
    /// Words of which one stands in every text that passes, where that is known.
    fn words(&self) -> Option<Vec<Word>> {
        match self {
            Self::OneOf(words) => Some(
                words
                    .iter()
                    .map(|w| Word {
                        text: (*w).to_owned(),
                        whole: true,
                    })
                    .collect(),
            ),
            Self::Matches(pattern, _) => prefilter::of_expression(&unescaped(pattern)),
        }
    }

    fn holds(&self, text: &str) -> bool {
        match self {
            Self::OneOf(words) => words.contains(&text),
            Self::Matches(pattern, compiled) => {
                let compiled = compiled.get_or_init(|| Regex::new(&unescaped(pattern)).ok());
                compiled.as_ref().is_some_and(|r| r.is_match(text))
            }
        }
    }
}

/// The text that a quoted string of a query stands for.
fn unescaped(text: &str) -> String {
    let mut characters = text.chars();
    let mut plain = String::with_capacity(text.len());
    while let Some(c) = characters.next() {
        plain.extend(if c == '\\' {
            characters.next()
        } else {
            Some(c)
        });
    }
    plain
}

struct Reader<'g> {
    rest: &'static str,
    grammar: &'g Grammar,
    tests: Vec<(&'static str, Arc<Test>)>,
}

impl Reader<'_> {
    fn take(&mut self, what: &str) -> bool {
        self.rest = self.rest.trim_start();
        self.rest
            .strip_prefix(what)
            .map(|rest| self.rest = rest)
            .is_some()
    }

    fn word(&mut self) -> &'static str {
        let end = self
            .rest
            .find(|c: char| !c.is_ascii_alphanumeric() && !"_-?".contains(c))
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn quoted(&mut self) -> Result<&'static str, String> {
        let mut escaped = false;
        let end = self.rest.find(|c| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        });
        let (text, rest) = self.rest.split_at(end.ok_or("open string")?);
        self.rest = &rest[1..];
        Ok(text)
    }

    /// A node, or several in brackets, with its captures.
    fn alternatives(&mut self) -> Result<Vec<Pattern>, String> {
        let mut all = Vec::new();
        if self.take("[") {
            while !self.take("]") {
                all.extend(self.alternatives()?);
            }
        } else if self.take("\"") {
            let text = self.quoted()?;
            all.push(Pattern::of(Kind::Anonymous(text), text));
        } else if self.take("(") {
            all.push(self.node()?);
        } else {
            return Err(format!("expected a node at {:.40}", self.rest));
        }
        while self.take("@") {
            let name = self.word();
            all.iter_mut().for_each(|p| {
                p.captures.push(Capture {
                    name,
                    tests: Vec::new(),
                });
            });
        }
        Ok(all)
    }

    fn node(&mut self) -> Result<Pattern, String> {
        let mut pattern = if self.rest.starts_with('(') {
            self.alternatives()?.pop().ok_or("empty group")?
        } else {
            let name = self.word();
            let kind = match self.grammar.id_for_node_kind(name, true) {
                _ if name == "_" => Kind::AnyNamed,
                0 => return Err(format!("no node kind {name}")),
                id => Kind::Named(id),
            };
            Pattern::of(kind, prefilter::of_kind(name))
        };
        let mut anchored = false;
        while !self.take(")") {
            if self.take("(#") {
                self.test()?;
            } else if self.take(".") {
                anchored = true;
            } else if self.rest.starts_with(['(', '[', '"']) {
                let alternatives = self.alternatives()?;
                pattern.children.push(Child {
                    anchored,
                    alternatives,
                });
                anchored = false;
            } else {
                let name = self.word();
                let id = self
                    .grammar
                    .field_id_for_name(name)
                    .ok_or_else(|| format!("no field {name}"))?;
                if !self.take(":") {
                    return Err(format!("expected : after {name}"));
                }
                let alternatives = self.alternatives()?;
                pattern.fields.push((id.get(), alternatives));
            }
        }
        pattern.closed = anchored;
        Ok(pattern)
    }

    fn test(&mut self) -> Result<(), String> {
        let kind = self.word();
        if !self.take("@") {
            return Err(format!("#{kind} needs a capture"));
        }
        let name = self.word();
        let mut constants = Vec::new();
        while self.take("\"") {
            constants.push(self.quoted()?);
        }
        let test = match (kind, constants.as_slice()) {
            ("eq?" | "any-of?", [_, ..]) => Test::OneOf(constants),
            ("match?", [pattern]) => Test::Matches(pattern, OnceLock::new()),
            _ => return Err(format!("#{kind} @{name} is not in the subset")),
        };
        self.tests.push((name, Arc::new(test)));
        if self.take(")") {
            Ok(())
        } else {
            Err(format!("#{kind} @{name} is not closed"))
        }
    }
}

impl Pattern {
    fn of(kind: Kind, written: &'static str) -> Self {
        Self {
            kind,
            written,
            captures: Vec::new(),
            fields: Vec::new(),
            children: Vec::new(),
            closed: false,
        }
    }
}
