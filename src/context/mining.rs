//! What past commits say about the touched files.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Touched;
use super::history::Entry;
use crate::model::{Companion, FileHistory, RepoPath, WorkHistory};

/// Companions passed on.
pub(super) const MAX_COMPANIONS: usize = 12;
/// Companions looked up before those that are gone are dropped.
const MAX_CANDIDATES: usize = 48;
/// A commit with more files is a sweep: it says nothing about pairs.
const SWEEP_FILES: usize = 40;
/// Last commits of a file that say which others usually change along: habits die.
const MAX_NARROW: usize = 50;
/// Together at least this often.
const MIN_TOGETHER: usize = 5;
/// ... and in this share of the touched file's commits, percent.
const MIN_SHARE: usize = 60;
/// A repair follows what it repairs within this time, seconds.
const SHORTLY: i64 = 3 * 24 * 3600;
/// Repairs this long before the newest commit are history, seconds.
const RECENTLY: i64 = 60 * 24 * 3600;
/// Repairs passed on.
const MAX_REPAIRS: usize = 8;
/// Last commits of a file that are passed on.
const MAX_RECENT: usize = 5;

/// Mines entries, newest first.
pub(super) fn mine(entries: &[Entry], touched: &Touched) -> WorkHistory {
    let wanted: HashMap<&[u8], usize> = touched
        .reviewed
        .iter()
        .enumerate()
        .map(|(i, p)| (p.as_bytes(), i))
        .collect();
    let mut tallies: Vec<Tally> = touched.reviewed.iter().map(|_| Tally::default()).collect();
    for (at, entry) in entries.iter().enumerate() {
        let hit: BTreeSet<usize> = entry
            .paths
            .iter()
            .filter_map(|p| wanted.get(p.as_slice()).copied())
            .collect();
        for file in hit {
            tallies[file].take(at, entry);
        }
    }
    let files = touched
        .reviewed
        .iter()
        .zip(&tallies)
        .filter(|(_, t)| !t.commits.is_empty());
    WorkHistory {
        mined: entries.len(),
        files: files
            .map(|(path, tally)| tally.file(path, entries))
            .collect(),
        missing_companions: companions(&tallies, touched),
        repairs: repairs(&tallies, entries),
        test_files: Vec::new(),
    }
}

/// What was counted for one touched file.
#[derive(Default)]
struct Tally<'a> {
    /// Indices of its commits, newest first.
    commits: Vec<usize>,
    /// Commits that were no sweep.
    narrow: usize,
    /// How often each other path was in these.
    together: HashMap<&'a [u8], usize>,
}

impl<'a> Tally<'a> {
    fn take(&mut self, at: usize, entry: &'a Entry) {
        self.commits.push(at);
        if entry.paths.len() > SWEEP_FILES || self.narrow == MAX_NARROW {
            return;
        }
        self.narrow += 1;
        for path in &entry.paths {
            *self.together.entry(path).or_default() += 1;
        }
    }

    fn file(&self, path: &RepoPath, entries: &[Entry]) -> FileHistory {
        let commits = self.commits.iter().map(|at| &entries[*at]);
        FileHistory {
            path: path.clone(),
            commits: self.commits.len(),
            repairs: commits.clone().filter(|e| is_repair(&e.subject)).count(),
            recent: commits.take(MAX_RECENT).map(named).collect(),
        }
    }
}

/// Files that were usually changed too, the most regular first; each once.
fn companions(tallies: &[Tally], touched: &Touched) -> Vec<Companion> {
    let mut best: BTreeMap<&[u8], Companion> = BTreeMap::new();
    for (file, tally) in touched.reviewed.iter().zip(tallies) {
        for (path, together) in &tally.together {
            let missing = RepoPath::new(*path);
            let regular = *together >= MIN_TOGETHER && together * 100 >= tally.narrow * MIN_SHARE;
            if !regular || touched.all.contains(&missing) {
                continue;
            }
            let pair = Companion {
                touched: file.clone(),
                missing,
                together: *together,
                alone: tally.narrow,
            };
            let better = best.get(path).is_none_or(|known| rank(&pair) > rank(known));
            if better {
                best.insert(path, pair);
            }
        }
    }
    let mut pairs: Vec<Companion> = best.into_values().collect();
    pairs.sort_by(|a, b| {
        rank(b)
            .cmp(&rank(a))
            .then_with(|| a.missing.cmp(&b.missing))
    });
    pairs.truncate(MAX_CANDIDATES);
    pairs
}

/// Share in per mille, then count.
fn rank(pair: &Companion) -> (usize, usize) {
    (pair.together * 1000 / pair.alone.max(1), pair.together)
}

/// Repairs of the touched files that came shortly after another commit on the same
/// file, or say themselves what they repair; newest first.
fn repairs(tallies: &[Tally], entries: &[Entry]) -> Vec<(String, String)> {
    let newest = entries.first().map_or(0, |e| e.time);
    let mut found = BTreeSet::new();
    for tally in tallies {
        let older = tally.commits.iter().skip(1).map(Some).chain([None]);
        for (at, before) in tally.commits.iter().zip(older) {
            let entry = &entries[*at];
            let follows =
                before.is_some_and(|b| entry.time.saturating_sub(entries[*b].time) <= SHORTLY);
            let is_new = newest.saturating_sub(entry.time) <= RECENTLY;
            if is_new
                && (says_what_it_repairs(&entry.subject) || (follows && is_repair(&entry.subject)))
            {
                found.insert(*at);
            }
        }
    }
    found
        .into_iter()
        .take(MAX_REPAIRS)
        .map(|at| named(&entries[at]))
        .collect()
}

fn named(entry: &Entry) -> (String, String) {
    (entry.id.short().to_owned(), entry.subject.clone())
}

fn says_what_it_repairs(subject: &str) -> bool {
    ["fixup!", "squash!", "amend!", "Revert \"", "revert:"]
        .iter()
        .any(|start| subject.starts_with(start))
}

/// Whether a subject says that the commit repairs something.
fn is_repair(subject: &str) -> bool {
    let repairing = [
        "fix",
        "fixes",
        "fixed",
        "fixup",
        "bugfix",
        "hotfix",
        "revert",
        "reverts",
        "reverted",
        "regression",
    ];
    let lower = subject.to_ascii_lowercase();
    lower
        .split(|c: char| !c.is_ascii_alphanumeric())
        .any(|word| repairing.contains(&word))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::model::ObjectId;

    const DAY: i64 = 24 * 3600;

    /// Days before the newest, subject, paths.
    fn entries(rows: &[(i64, &str, &[&str])]) -> Vec<Entry> {
        let entry = |(i, (days, subject, paths)): (usize, &(i64, &str, &[&str]))| Entry {
            id: ObjectId::parse(&format!("{i:040x}")).unwrap(),
            time: 1_700_000_000 - days * DAY,
            subject: (*subject).to_owned(),
            paths: paths.iter().map(|p| p.as_bytes().to_vec()).collect(),
        };
        rows.iter().enumerate().map(entry).collect()
    }

    fn touched(paths: &[&str]) -> Touched {
        let reviewed: Vec<RepoPath> = paths.iter().map(|p| RepoPath::from(*p)).collect();
        Touched {
            all: reviewed.iter().cloned().collect(),
            reviewed,
        }
    }

    #[test]
    fn usual_companions_that_stayed_away_are_named() {
        let pair: (i64, &str, &[&str]) = (1, "x", &["a.rs", "a_test.rs", "b.rs"]);
        let mut rows = vec![pair; 6];
        rows.extend(vec![(2, "y", &["a.rs", "rare.rs"][..]); 4]);
        let sweep: Vec<String> = (0..50)
            .map(|i| format!("f{i}"))
            .chain(["a.rs".into()])
            .collect();
        let sweep: Vec<&str> = sweep.iter().map(String::as_str).collect();
        rows.extend(vec![(3, "sweep", sweep.as_slice()); 20]);
        let history = mine(&entries(&rows), &touched(&["a.rs", "b.rs"]));
        let companion = Companion {
            touched: "b.rs".into(),
            missing: "a_test.rs".into(),
            together: 6,
            alone: 6,
        };
        assert_eq!(history.missing_companions, [companion]);
        assert_eq!((history.mined, history.files[0].commits), (30, 30));
    }

    #[test]
    fn old_habits_do_not_count() {
        let old: (i64, &str, &[&str]) = (900, "x", &["a.rs", "b.rs"]);
        let alone: (i64, &str, &[&str]) = (1, "y", &["a.rs"]);
        let rows: Vec<_> = [alone; 30].into_iter().chain([old; 500]).collect();
        let history = mine(&entries(&rows), &touched(&["a.rs"]));
        assert_eq!(history.missing_companions, []);
        assert_eq!(history.files[0].commits, 530);
    }

    #[test]
    fn repairs_close_to_what_they_repair_are_named_newest_first() {
        let rows: [(i64, &str, &[&str]); 6] = [
            (0, "Fix the cache again", &["a.rs"]),
            (1, "fix(cache): key", &["a.rs"]),
            (2, "Add the cache", &["a.rs"]),
            (20, "fix an old thing", &["a.rs"]),
            (30, "Revert \"add it\"", &["a.rs"]),
            (100, "Revert \"long ago\"", &["a.rs"]),
        ];
        let history = mine(&entries(&rows), &touched(&["a.rs"]));
        let subjects: Vec<&str> = history.repairs.iter().map(|(_, s)| s.as_str()).collect();
        assert_eq!(
            subjects,
            [
                "Fix the cache again",
                "fix(cache): key",
                "Revert \"add it\""
            ]
        );
        let file = &history.files[0];
        assert_eq!((file.commits, file.repairs, file.recent.len()), (6, 5, 5));
    }

    #[test]
    fn words_that_only_contain_fix_repair_nothing() {
        assert!(!is_repair("Add prefix and suffix to fixtures"));
        assert!(is_repair("net: Fixes #12"));
    }
}
