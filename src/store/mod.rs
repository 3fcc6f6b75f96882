//! What is kept between commands: plain JSON files under the git common directory.
//!
//! | path below `<git-common-dir>/agents/v1/` | content | written |
//! |---|---|---|
//! | `runs/<run>/request.json` | what was asked for; never changes | durable, the directory appears whole |
//! | `runs/<run>/state.json` | phase, attempts, since when | replaced |
//! | `runs/<run>/ticket` | the right to be delivered, while the report is unfinished | moved once |
//! | `runs/<run>/lock` | kernel lock and name of the living supervisor | held |
//! | `runs/<run>/restarted` | when a lost supervisor was last replaced | replaced |
//! | `runs/<run>/cancel` | a person wants it stopped | made |
//! | `runs/<run>/snapshot` | where the snapshot for exploring agents is, until it is removed | replaced |
//! | `runs/<run>/log.jsonl` | what happened, one JSON object a line | appended |
//! | `runs/<run>/report.json` | the published report | durable |
//! | `runs/<run>/report.seal` | the seal on request and report, see `seal` | replaced |
//! | `runs/<run>/agents/<job>/prompt.sha256` | digest of the prompt that left | replaced |
//! | `runs/<run>/agents/<job>/raw.out`, `raw.err` | the agent's own output, by `supervisor` | streamed |
//! | `runs/<run>/agents/<job>/result.json` | how the job ended, its reply | durable |
//! | `ready/<run>` | the ticket of a finished report nobody was told of | renamed from the run |
//! | `waiting` | there while something in `ready/` or `telling/` waits | made, removed |
//! | `telling/<run>` | the ticket of a report that somebody prints just now | renamed from `ready/` |
//! | `delivered/<run>` | the ticket of a report that somebody was told of | renamed from `telling/` |
//! | `open/<run>` | a mark for each run that has not ended | made before the run |
//! | `by-commit/<commit>` | the newest run that reviewed it | replaced |
//! | `settings.seen` | times of the configuration files that were understood | replaced |
//! | `ledger/<year>-<month>.jsonl` | every attempt at an agent: before it starts, and what it cost | appended, durable |
//! | `gate.jsonl` | decisions of the push gate, one JSON object a line | appended |
//! | `findings/<finding>.json` | what is remembered of a finding | durable |
//! | `by-key/<sha256 of the key>` | the run that has this work | made, by one |
//! | `trash/` | runs on their way out | emptied by `prune` |
//! | `nudge` | index file and time of the last nudge | replaced |
//! | `reserve`, `reserve.last` | 192 and 16 KiB given back when the disk is full | made once |
//!
//! What was spent on a day is the user's, whatever the repository: `ledger/<day>.jsonl` in the user's
//! state directory holds the same lines, and the daily budget is counted there.
//!
//! Promises: directories are 0700, files 0600, symbolic links refused; a reader
//! sees the old or the new content of a file; what would lose an answer is on
//! the disk before the call returns; a damaged file costs that one run; a
//! record of a newer version is read as far as understood. There is one ticket
//! a run and it only ever moves by rename, so a report is claimed exactly once.
//! A store that is missing or cannot be written reads as it stands.
//! Leaves to others: what the records mean, and when to write them.

mod answer_cache;
mod by_commit;
mod disk_reserve;
mod error;
mod finding_history;
mod index_hook;
mod jobs;
mod ledger;
mod lock;
mod log;
mod logins;
mod markers;
mod prune;
mod record;
mod runs;
mod seal;
mod self_check;
mod snapshots;
mod tickets;

use std::path::{Path, PathBuf};
use std::{fs, io};

pub(crate) use error::StoreError;
pub(crate) use index_hook::{MAY_REST, kept, resting};
pub(crate) use jobs::StoredAnswer;
pub(crate) use ledger::{Attempt, Ledger, Stage};
pub(crate) use lock::Holder;
pub(crate) use log::LogLine;
pub(crate) use logins::{Login, Logins};
pub(crate) use markers::{put_back, take_announced};
pub(crate) use seal::Seal;

use crate::model::RunId;
use crate::sys::{dirs, files};

/// Largest small record that is read: request, state, finding, lock body.
const SMALL: u64 = 1 << 20;
/// Largest answer or report that is read.
const LARGE: u64 = 64 << 20;

/// The store of one repository, shared by all its worktrees.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
}

impl Store {
    /// The store below this git common directory. Nothing is made before the
    /// first write; where none exists, it reads as empty.
    ///
    /// # Errors
    /// [`StoreError::Unsafe`] when a symbolic link, or another user's directory, stands in its place.
    pub fn open(common_dir: &Path) -> Result<Self, StoreError> {
        let store = Self {
            root: common_dir.join("agents").join("v1"),
        };
        for dir in [
            common_dir.join("agents"),
            store.root.clone(),
            store.runs_dir(),
        ] {
            match files::check_private_dir(&dir) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => {
                    return Err(StoreError::at("use", &dir, e));
                }
                _ => {}
            }
        }
        Ok(store)
    }

    /// Where everything is.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn runs_dir(&self) -> PathBuf {
        self.root.join("runs")
    }

    fn run_dir(&self, run: &RunId) -> PathBuf {
        self.runs_dir().join(run.as_str())
    }

    /// The directory of a run that exists and is no link.
    fn existing(&self, run: &RunId) -> Result<PathBuf, StoreError> {
        let dir = self.run_dir(run);
        match files::check_private_dir(&dir) {
            Ok(()) => Ok(dir),
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                Err(StoreError::NoRun(run.to_string()))
            }
            Err(e) => Err(StoreError::at("use", &dir, e)),
        }
    }

    /// Makes the directory `name` of the store, and those above it, where missing.
    fn ensure(&self, name: &str) -> Result<PathBuf, StoreError> {
        let dir = self.root.join(name);
        let agents = self
            .root
            .parent()
            .expect("the root is two levels below the common directory");
        for level in [agents, self.root.as_path(), dir.as_path()] {
            files::private_dir(level).map_err(|e| StoreError::at("make", level, e))?;
        }
        Ok(dir)
    }

    /// Names of the entries of a directory; none where it cannot be read.
    fn names(dir: &Path) -> Vec<String> {
        let entries = fs::read_dir(dir)
            .into_iter()
            .flatten()
            .filter_map(Result::ok);
        entries
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect()
    }
}

/// Where the user's slots are: files whose kernel locks count the agents that
/// run at once, over all repositories. `None` without a home. Whoever takes a
/// slot makes the directory, with [`files::private_dir`].
#[must_use]
pub(crate) fn slots_dir() -> Option<PathBuf> {
    dirs::user_state().map(|dir| dir.join("slots"))
}

#[cfg(test)]
mod tests;
