//! Commits before the change: read from the cache and from git, in one format.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::cache::{self, Cached};
use super::files_at_commit::Blobs;
use super::mining::mine;
use super::{ContextRequest, Touched};
use crate::git::{GitCommand, GitError, Repo};
use crate::model::{ObjectId, WorkHistory};
use crate::text::visible::beginning;

/// Commits that can be asked for.
const MAX_COMMITS: usize = 5000;
/// Paths kept of one commit; one with more is a sweep, which counts for the files kept only.
const MAX_PATHS: usize = 60;
/// Bytes of a subject.
const SUBJECT_BYTES: usize = 200;
/// Bytes of all paths kept.
const MAX_BYTES: usize = 16 << 20;

/// With at least this much time a short history is read anew.
const UNHURRIED: Duration = Duration::from_millis(250);

/// A commit with what it touched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Full id.
    pub id: ObjectId,
    /// Commit time, seconds since the epoch.
    pub time: i64,
    /// Subject, capped.
    pub subject: String,
    /// Paths, capped.
    pub paths: Vec<Vec<u8>>,
}

/// Prepared calls: the repository's handle cannot go to another thread.
pub(super) struct Mine {
    base: ObjectId,
    folder: PathBuf,
    cached: Option<Cached>,
    ancestry: Option<GitCommand>,
    log: Option<GitCommand>,
    blobs: Blobs,
    deadline: Duration,
    wanted: usize,
}

impl Mine {
    pub(super) fn new(repo: &Repo, base: &ObjectId, request: &ContextRequest) -> Self {
        let folder = repo.common_dir().join("agents/v1");
        let wanted = request.history_commits.min(MAX_COMMITS);
        let cached = cache::read(&folder);
        let ancestry = cached.as_ref().filter(|c| c.tip != *base).map(|cached| {
            GitCommand::new(repo).args([
                "merge-base",
                "--is-ancestor",
                cached.tip.as_str(),
                base.as_str(),
            ])
        });
        let count = format!("-n{wanted}");
        let log = [
            "log",
            &count,
            "--no-merges",
            "--no-renames",
            "--name-only",
            "-z",
            "--format=%x01%H %ct %s",
        ];
        Self {
            base: base.clone(),
            folder,
            cached,
            ancestry,
            log: Some(GitCommand::new(repo).args(log)),
            blobs: Blobs::new(repo, base, request.deadline.max(super::PATIENCE)),
            deadline: request.deadline,
            wanted,
        }
    }

    /// What history says about the touched files. Writes the cache when it learned more.
    pub(super) fn read(mut self, touched: &Touched, notes: &mut Vec<String>) -> WorkHistory {
        if self.wanted == 0 {
            return WorkHistory::default();
        }
        let known = self.known();
        let (mut entries, ended) = self.fresh(&known, notes);
        let asked = match (&known.tip, ended) {
            (None, true) => Some(self.wanted),
            (None, false) => Some(0),
            (Some(_), true) => Some(known.asked),
            // commits are missing between the new and the known ones
            (Some(_), false) => None,
        };
        let learned = !entries.is_empty();
        entries.extend(known.entries);
        entries.truncate(MAX_COMMITS);
        if let Some(asked) = asked.filter(|_| learned) {
            cache::write(
                &self.folder,
                &Cached {
                    tip: self.base.clone(),
                    asked,
                    entries: entries.clone(),
                },
            );
        }
        entries.truncate(self.wanted);
        let mut history = mine(&entries, touched);
        self.keep_existing(&mut history);
        history
    }

    /// What the cache can tell about the base. One that was cut short is not used
    /// when there is time to do better.
    fn known(&mut self) -> Known {
        let nothing = Known {
            tip: None,
            asked: 0,
            entries: Vec::new(),
        };
        let Some(cached) = self.cached.take() else {
            return nothing;
        };
        if cached.asked < self.wanted && self.deadline >= UNHURRIED {
            return nothing;
        }
        if cached.tip == self.base {
            return Known {
                tip: Some(cached.tip),
                asked: cached.asked,
                entries: cached.entries,
            };
        }
        if let Some(at) = cached.entries.iter().position(|e| e.id == self.base) {
            // an older base: what is listed from it on, by date, stands in for its ancestors
            let entries = cached.entries[at..].to_vec();
            return Known {
                tip: Some(self.base.clone()),
                asked: 0,
                entries,
            };
        }
        let is_ancestor = self
            .ancestry
            .take()
            .is_some_and(|c| c.deadline(self.deadline).output(1024).is_ok());
        if is_ancestor {
            return Known {
                tip: Some(cached.tip),
                asked: cached.asked,
                entries: cached.entries,
            };
        }
        nothing
    }

    /// Commits since the known ones, newest first, and whether these are all that were asked for.
    fn fresh(&mut self, known: &Known, notes: &mut Vec<String>) -> (Vec<Entry>, bool) {
        if known.tip.as_ref() == Some(&self.base) {
            return (Vec::new(), true);
        }
        let mut range = vec![self.base.as_str().to_owned()];
        range.extend(known.tip.iter().map(|tip| format!("^{}", tip.as_str())));
        let Some(log) = self.log.take() else {
            return (Vec::new(), true);
        };
        let log = log.args(range).args(["--"]);
        let started = Instant::now();
        let mut parser = Parser::default();
        let ended = log.deadline(self.deadline).records(0, |record| {
            parser.feed(record);
            if parser.bytes < MAX_BYTES {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        });
        if let Err(why) = &ended {
            let (n, ms) = (parser.entries.len(), started.elapsed().as_millis());
            let why = if matches!(why, GitError::TimedOut { .. }) {
                "its time was over".to_owned()
            } else {
                why.to_string()
            };
            notes.push(format!(
                "history: {n} commits read in {ms} ms, then stopped: {why}"
            ));
            parser.entries.pop(); // its paths may be torn
        }
        (parser.entries, ended.is_ok())
    }

    /// A companion that is gone is nobody's companion.
    fn keep_existing(self, history: &mut WorkHistory) {
        let names: Vec<_> = history
            .missing_companions
            .iter()
            .map(|c| c.missing.clone())
            .collect();
        let Ok(exist) = self.blobs.exist(&names) else {
            history.missing_companions.clear();
            return;
        };
        let mut exist = exist.into_iter();
        history
            .missing_companions
            .retain(|_| exist.next().unwrap_or(false));
        history
            .missing_companions
            .truncate(super::mining::MAX_COMPANIONS);
    }
}

/// What needs not be asked of git: everything up to and with `tip`.
struct Known {
    tip: Option<ObjectId>,
    asked: usize,
    entries: Vec<Entry>,
}

/// Reads the records of `git log -z --name-only --format=%x01%H %ct %s`: a header,
/// then paths, the first of them after a line feed.
#[derive(Default)]
pub(super) struct Parser {
    pub entries: Vec<Entry>,
    bytes: usize,
}

impl Parser {
    pub(super) fn feed(&mut self, record: &[u8]) {
        self.bytes += record.len();
        if let Some(entry) = record.strip_prefix(b"\x01").and_then(header) {
            self.entries.push(entry);
        } else if let Some(entry) = self.entries.last_mut() {
            let path = record.strip_prefix(b"\n").unwrap_or(record);
            if !path.is_empty() && entry.paths.len() < MAX_PATHS {
                entry.paths.push(path.to_vec());
            }
        }
    }
}

fn header(bytes: &[u8]) -> Option<Entry> {
    let text = String::from_utf8_lossy(bytes);
    let mut words = text.splitn(3, ' ');
    let id = ObjectId::parse(words.next()?)?;
    let time = words.next()?.parse().ok()?;
    let subject = words.next().unwrap_or_default();
    Some(Entry {
        id,
        time,
        subject: beginning(subject, SUBJECT_BYTES).to_owned(),
        paths: Vec::new(),
    })
}
