//! What history says about the work: companions left behind, files repaired
//! again and again, commits that repair each other.

use std::collections::BTreeSet;

use super::location::{Fact, Location};
use super::paths::{is_code, is_test};
use super::untested_change::code_lines;
use crate::model::{Change, CommitInfo, Companion, Context, FileHistory, Proposal, Severity};
use crate::text::plural::count;

/// Together at least so often, and in so large a share of the touched file's commits.
const TOGETHER: usize = 5;
const SHARE_PERCENT: usize = 70;
const SURE_SHARE_PERCENT: usize = 95;
/// Added lines of code below which a companion has nothing to follow.
const WORTH_FOLLOWING: usize = 5;
const MOST_COMPANIONS: usize = 5;
/// A hot spot has so many commits, so many of them repairs, and this share of them.
const HOT_COMMITS: usize = 8;
const HOT_REPAIRS: usize = 5;
const HOT_PERCENT: usize = 50;
const MOST_HOT_SPOTS: usize = 3;

/// Facts for the retrospective.
pub(super) fn check(change: &Change, context: &Context) -> Vec<Proposal> {
    let mut found = companions(change, context);
    found.extend(hot_spots(change, context));
    found.extend(chains(change));
    found
}

fn companions(change: &Change, context: &Context) -> Vec<Proposal> {
    let mut pairs: Vec<&Companion> = context
        .history
        .missing_companions
        .iter()
        .filter(|pair| is_usual(pair))
        .collect();
    pairs
        .sort_by_key(|pair| std::cmp::Reverse((percent(pair.together, pair.alone), pair.together)));
    let mut named = BTreeSet::new();
    pairs.retain(|pair| {
        named.insert(&pair.missing) && !is_in(change, pair) && is_no_lock_file(pair)
    });
    pairs
        .into_iter()
        .take(MOST_COMPANIONS)
        .filter_map(|pair| companion(change, pair))
        .collect()
}

/// `alone` counts all commits of the touched file, those with the other one included.
fn is_usual(pair: &Companion) -> bool {
    pair.together >= TOGETHER && percent(pair.together, pair.alone) >= SHARE_PERCENT
}

fn percent(part: usize, whole: usize) -> usize {
    part.saturating_mul(100)
        .checked_div(whole.max(part))
        .unwrap_or(0)
}

fn is_in(change: &Change, pair: &Companion) -> bool {
    change.file(&pair.missing).is_some()
        || change
            .skipped
            .iter()
            .any(|skipped| skipped.path == pair.missing)
        || change
            .lock_files
            .iter()
            .any(|lock| lock.path == pair.missing)
}

/// Lock files have a check of their own, which looks at the manifest too.
fn is_no_lock_file(pair: &Companion) -> bool {
    let name = String::from_utf8_lossy(pair.missing.file_name()).into_owned();
    !name.ends_with(".lock")
        && !name.contains("-lock.")
        && !name.contains(".lock.")
        && name != "go.sum"
}

fn companion(change: &Change, pair: &Companion) -> Option<Proposal> {
    let file = change.file(&pair.touched)?;
    // Tests, manifests and notes change on their own in every well-kept project.
    if !is_code(file.language) || is_test(&file.path) || code_lines(file) < WORTH_FOLLOWING {
        return None;
    }
    let share = percent(pair.together, pair.alone);
    let sure = share >= SURE_SHARE_PERCENT && pair.together >= 4 * TOGETHER;
    let missing = pair.missing.to_text();
    let fact = Fact {
        title: format!("`{missing}` usually changes along and did not"),
        severity: Severity::Low,
        confidence: if sure { 75 } else { 50 },
        category: "missing-companion",
        scenario: format!(
            "{} of the last {} that touched this file changed `{missing}` too ({share} %).",
            pair.together,
            count(pair.alone.max(pair.together), "commit")
        ),
        advice: format!("Check whether `{missing}` needs the matching change."),
    };
    Some(Location::first_added(file).proposal(fact))
}

fn hot_spots(change: &Change, context: &Context) -> Vec<Proposal> {
    let is_hot = |file: &&FileHistory| {
        file.commits >= HOT_COMMITS
            && file.repairs >= HOT_REPAIRS
            && percent(file.repairs, file.commits) >= HOT_PERCENT
    };
    let mut hot: Vec<&FileHistory> = context.history.files.iter().filter(is_hot).collect();
    hot.sort_by_key(|file| std::cmp::Reverse(file.repairs));
    hot.into_iter()
        .take(MOST_HOT_SPOTS)
        .filter_map(|file| hot_spot(change, file))
        .collect()
}

fn hot_spot(change: &Change, history: &FileHistory) -> Option<Proposal> {
    let file = change.file(&history.path)?;
    // Every repair adds a case to its tests: that is as it should be.
    if is_test(&file.path) || code_lines(file) < WORTH_FOLLOWING {
        return None;
    }
    let says_fix = |subject: &str| subject.to_ascii_lowercase().contains("fix");
    let last = history.recent.iter().find(|(_, subject)| says_fix(subject));
    let last = last
        .map(|(id, subject)| format!(" The last was {id} `{subject}`."))
        .unwrap_or_default();
    let fact = Fact {
        title: format!("`{}` is repaired often", history.path.to_text()),
        severity: Severity::Low,
        confidence: 50,
        category: "hot-spot",
        scenario: format!(
            "{} of the last {} to this file repair something.{last}",
            history.repairs,
            count(history.commits, "commit")
        ),
        advice: "Look for the cause that the repairs share before adding to the file, and cover it with a test."
            .to_owned(),
    };
    Some(Location::first_added(file).proposal(fact))
}

/// Commits in the change that repair other commits in it.
fn chains(change: &Change) -> Vec<Proposal> {
    let fixups: Vec<&CommitInfo> = change
        .commits
        .iter()
        .filter(|commit| is_fixup(commit.subject()))
        .collect();
    let reverted: Vec<(&CommitInfo, &CommitInfo)> = reverts(change).collect();
    let Some(spot) = Location::of_change(change) else {
        return Vec::new();
    };
    let fixup = fixups.first().map(|first| Fact {
        title: format!("{} left in the range", count(fixups.len(), "fix-up commit")),
        severity: Severity::Low,
        confidence: 75,
        category: "fixup-chain",
        scenario: format!("{} `{}` is meant to be folded into an earlier commit; as it stands, history holds the broken state and its repair.", first.id.short(), first.subject()),
        advice: "`git rebase --autosquash` before this is shared.".to_owned(),
    });
    let revert = reverted.first().map(|(revert, original)| Fact {
        title: "a commit and its revert are in the same range".to_owned(),
        severity: Severity::Low,
        confidence: 75,
        category: "fixup-chain",
        scenario: format!(
            "{} takes {} `{}` back: together they change nothing and hide what was learned.",
            revert.id.short(),
            original.id.short(),
            original.subject()
        ),
        advice: "Drop both before this is shared, or say in the revert's message why the attempt failed.".to_owned(),
    });
    fixup
        .into_iter()
        .chain(revert)
        .map(|fact| spot.clone().proposal(fact))
        .collect()
}

fn is_fixup(subject: &str) -> bool {
    ["fixup! ", "squash! ", "amend! "]
        .iter()
        .any(|mark| subject.starts_with(mark))
}

/// Reverts with the commit of the same range that they take back.
pub(super) fn reverts(change: &Change) -> impl Iterator<Item = (&CommitInfo, &CommitInfo)> {
    change.commits.iter().filter_map(|revert| {
        let subject = reverted_subject(revert.subject())?;
        let original = change
            .commits
            .iter()
            .find(|commit| commit.subject() == subject)?;
        Some((revert, original))
    })
}

/// `X` of `Revert "X"`.
pub(super) fn reverted_subject(subject: &str) -> Option<&str> {
    subject.strip_prefix("Revert \"")?.strip_suffix('"')
}
