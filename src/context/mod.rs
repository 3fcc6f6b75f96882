//! Facts that make a prompt complete without the repository.
//!
//! Promises: never fails; a part that cannot be had in time is left empty or
//! shorter, with a note. Policy texts (guidelines, lessons) come from the base of
//! the change only, so that a change cannot write its own reviewer's instructions.
//! Everything is capped and untrusted. Masking secrets in it, fencing and further
//! cutting are left to others.
//!
//! # Time
//! The default deadline of 25 ms keeps `git agents prompt` on a small commit near
//! `git show`: in a repository of 57,000 files git lists about 200 commits of history
//! in that time. Mined commits are therefore cached beside the store, and only what
//! is new since is asked of git; a background run, with a longer deadline (from 250 ms
//! on), fills the cache. Guidelines, lessons and test files are read at the same time, by
//! name, in a few milliseconds that do not depend on the size of the repository.

mod cache;
mod files_at_commit;
mod guidelines;
mod history;
mod lessons;
mod mining;
mod surroundings;
mod test_files;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use crate::git::Repo;
use crate::model::{Change, Context, ObjectId, RepoPath};

/// For calls that take milliseconds in any repository, so that a busy machine costs no facts.
const PATIENCE: Duration = Duration::from_secs(5);

/// How much to gather.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ContextRequest {
    /// Non-merge commits before the change to mine; at most 5,000.
    pub history_commits: usize,
    /// Time for reading history, the one part that can take long; zero commits skip it.
    pub deadline: Duration,
    /// Bytes of all guidelines together.
    pub guideline_bytes: usize,
}

impl Default for ContextRequest {
    fn default() -> Self {
        Self {
            history_commits: 2000,
            deadline: Duration::from_millis(25),
            guideline_bytes: 16_000,
        }
    }
}

/// Gathers what is known about the change besides its lines.
#[must_use]
pub(crate) fn gather(repo: &Repo, change: &Change, request: &ContextRequest) -> Context {
    let mut context = Context {
        repository: repo.name(),
        surroundings: surroundings::of_change(change),
        ..Context::default()
    };
    let Some(base) = change.target.base.clone().filter(|_| change.has_base) else {
        return context;
    };
    let touched = Touched::of(change);
    let history = history::Mine::new(repo, &base, request);
    let policy = Policy::new(repo, &base, request);
    let patience = request.deadline.max(PATIENCE);
    let tests =
        test_files::Listing::new(repo, change.target.head.as_ref().unwrap_or(&base), patience);
    thread::scope(|scope| {
        let texts = scope.spawn(|| policy.read(&touched));
        let listed = scope.spawn(|| tests.read(&touched));
        let mut notes = Vec::new();
        context.history = history.read(&touched, &mut notes);
        if let Ok((guidelines, lessons, more)) = texts.join() {
            (context.guidelines, context.lessons) = (guidelines, lessons);
            notes.extend(more);
        }
        if let Ok((files, more)) = listed.join() {
            context.history.test_files = files;
            notes.extend(more);
        }
        context.notes = notes;
    });
    context
}

/// Paths of the change, in the forms that the parts compare with.
struct Touched {
    /// Reviewed files, old paths of renames included; ascending.
    reviewed: Vec<RepoPath>,
    /// These and whatever else changed.
    all: BTreeSet<RepoPath>,
}

impl Touched {
    fn of(change: &Change) -> Self {
        let files = change.files.iter();
        let mut reviewed: Vec<RepoPath> = files
            .flat_map(|f| f.old_path.iter().chain([&f.path]))
            .cloned()
            .collect();
        reviewed.sort();
        reviewed.dedup();
        let mut all: BTreeSet<RepoPath> = reviewed.iter().cloned().collect();
        all.extend(change.skipped.iter().map(|s| s.path.clone()));
        all.extend(change.lock_files.iter().map(|l| l.path.clone()));
        Self { reviewed, all }
    }

    /// Lower-cased file names without extension: how tests and lessons refer to files.
    fn stems(&self) -> BTreeSet<String> {
        let stem = |path: &RepoPath| {
            let name = String::from_utf8_lossy(path.file_name()).to_ascii_lowercase();
            name.split('.').next().unwrap_or_default().to_owned()
        };
        let generic = [
            "mod", "lib", "main", "index", "__init__", "init", "util", "utils", "test", "tests",
        ];
        self.reviewed
            .iter()
            .map(stem)
            .filter(|s| s.len() > 2 && !generic.contains(&s.as_str()))
            .collect()
    }
}

/// Guidelines and lessons at the base: both are blobs read by name.
struct Policy {
    blobs: files_at_commit::Blobs,
    listing: crate::git::GitCommand,
    guideline_bytes: usize,
}

type Texts = (
    Vec<crate::model::Guideline>,
    Vec<crate::model::PastLesson>,
    Vec<String>,
);

impl Policy {
    fn new(repo: &Repo, base: &ObjectId, request: &ContextRequest) -> Self {
        let listing = lessons::listing(repo, base, request.deadline);
        Self {
            blobs: files_at_commit::Blobs::new(repo, base, request.deadline),
            listing,
            guideline_bytes: request.guideline_bytes,
        }
    }

    fn read(self, touched: &Touched) -> Texts {
        let mut notes = Vec::new();
        let mut names = guidelines::names(touched);
        let first_lesson = names.len();
        names.extend(lessons::names(self.listing));
        let texts = self.blobs.read(&names).unwrap_or_else(|why| {
            notes.push(format!("guidelines and lessons not read: {why}"));
            Vec::new()
        });
        let (guides, past): (Vec<_>, Vec<_>) =
            texts.into_iter().partition(|(i, _)| *i < first_lesson);
        let named = |(i, text): (usize, Vec<u8>)| (names[i].clone(), text);
        let guidelines = guidelines::select(guides.into_iter().map(named), self.guideline_bytes);
        (
            guidelines,
            lessons::select(past.into_iter().map(named), touched),
            notes,
        )
    }
}
