//! Structural rules of the offline reviewer.
//!
//! A rule is data: a tree-sitter query with its words, in a `.scm` file per
//! language (`rule.rs`, `pattern.rs`), and optionally a named check in Rust (`checks.rs`) that looks at
//! what the query cannot see: loops, async functions, where a value comes from.
//!
//! Promises: every hit stands on lines that the change added and was not in the
//! file before; the order is by file, line and rule; text of any shape is met
//! with bounded time and memory and never with a panic. A file over the size
//! or time bound gets no hits and is named; the time is the processor's, so that a busy
//! machine finds what an idle one finds. Code under test folders is left alone.
//! Leaves to others: which files the change holds, masking, ranking.

mod bindings;
mod checks;
mod code_role;
mod constant_folding;
mod evaluate;
mod file;
mod format_string;
mod guards;
mod identifiers;
mod line_index;
mod memory;
mod pattern;
mod performance;
mod prefilter;
mod rule;
mod secrets;
mod settings;
mod sinks;
mod syntax;
#[cfg(test)]
mod tests;
mod time_limit;
mod value;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

pub(crate) use time_limit::Clock;

use time_limit::Bound;

use crate::model::{Change, Language, Proposal, RepoPath};

/// Whose field a rule belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Field {
    /// The security agent's.
    Security,
    /// The performance agent's.
    Performance,
}

/// A rule that met an added line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RuleHit {
    /// Whose field.
    pub field: Field,
    /// The rule's id, such as `py-sql-built`.
    pub rule: &'static str,
    /// The finding it proposes.
    pub proposal: Proposal,
}

/// Processor time of each thread for a whole change; real ones of a thousand files take a second.
pub(super) const BUDGET: Duration = Duration::from_secs(5);

/// Files from which a second thread pays.
const PARALLEL_FROM: usize = 16;

/// Whether there are rules for this language.
#[must_use]
pub(crate) fn covers(language: Language) -> bool {
    rule::Dialect::of(language).is_some()
}

/// What the rules found, and what they could not look at.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Examination {
    /// By file, line and rule.
    pub hits: Vec<RuleHit>,
    /// Files of covered languages over the size or time bound, in the change's order.
    pub unread: Vec<RepoPath>,
}

/// Runs the rules on every file of the change whose language they cover, for
/// at most the given time of this clock, and says what stayed unread.
#[must_use]
pub(crate) fn examine(change: &Change, budget: Duration, clock: Clock) -> Examination {
    let next = AtomicUsize::new(0);
    let work = || {
        let bound = Bound::new(clock, budget);
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(file) = change.files.get(at) else {
                return done;
            };
            done.push((at, file::check(file, &bound)));
        }
    };
    let mut done = if change.files.len() < PARALLEL_FROM {
        work()
    } else {
        on_two_threads(&work)
    };
    done.sort_by_key(|(at, _)| *at);
    let mut examination = Examination::default();
    for (at, found) in done {
        match found {
            Some(hits) => examination.hits.extend(hits),
            None => examination.unread.push(change.files[at].path.clone()),
        }
    }
    examination
        .hits
        .sort_by(|a, b| position(a).cmp(&position(b)));
    examination
}

fn on_two_threads<T: Send>(work: &(impl Fn() -> Vec<T> + Sync)) -> Vec<T> {
    std::thread::scope(|scope| {
        let other = scope.spawn(work);
        let mut done = work();
        done.extend(other.join().unwrap_or_default());
        done
    })
}

fn position(hit: &RuleHit) -> (&str, u32, u32, &str) {
    (
        &hit.proposal.file,
        hit.proposal.line_start,
        hit.proposal.line_end,
        hit.rule,
    )
}
