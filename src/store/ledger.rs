//! What agents were asked for and what that cost: JSON lines, only ever appended.
//!
//! An attempt is written down before it starts, with what it may cost, and once more when its
//! figures are known. Whoever is killed in between has been counted, so that no attempt is made
//! twice unseen and no money is forgotten.
//!
//! Chosen: a file a month in the repository's store (per run, commit and branch), and the same
//! lines in a file a day in the user's own directory (per day, over all repositories). Rejected:
//! one file for all, which every repository would lock and nobody could throw away; sums that
//! are rewritten, which two runs at once would lose.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::record;
use super::{LARGE, Store, StoreError};
use crate::model::{Ending, Estimate, JobId, ObjectId, RunId, Spending, Usage};
use crate::sys::{clock, dirs, files};

/// One attempt at one backend for one job.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// Seconds since the epoch.
    pub at: i64,
    /// The run.
    pub run: RunId,
    /// The job.
    pub job: JobId,
    /// Counts the job's attempts in this run, over all backends, from 1.
    pub number: u32,
    /// How far it is.
    pub stage: Stage,
    /// The repository's common directory.
    pub repository: PathBuf,
    /// The commit under review; none for uncommitted work.
    pub commit: Option<ObjectId>,
    /// Branch at the time; none when detached.
    pub branch: Option<String>,
    /// The backend.
    pub backend: String,
    /// The program's own figures; none before it ended.
    pub usage: Usage,
    /// What it did not say, guessed; before it ended, what it may come to.
    pub estimate: Estimate,
}

/// How far an attempt is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// About to start.
    Started,
    /// Over, in this way.
    Ended(Ending),
}

impl Attempt {
    /// What it cost or may come to.
    #[must_use]
    pub fn spent(&self) -> Spending {
        Spending::of(&self.usage, &self.estimate)
    }
}

/// Attempts that were read, each once, the newest state of each, in the order of their starts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ledger {
    /// The attempts.
    pub attempts: Vec<Attempt>,
}

impl Ledger {
    /// What the attempts cost for which this holds.
    #[must_use]
    pub fn sum(&self, counts: impl Fn(&Attempt) -> bool) -> Spending {
        let mut sum = Spending::default();
        for attempt in self.attempts.iter().filter(|attempt| counts(attempt)) {
            sum.add(&attempt.spent());
        }
        sum
    }

    /// Takes one line in: the last word on an attempt counts.
    pub fn note(&mut self, attempt: Attempt) {
        let same = |known: &&mut Attempt| {
            (&known.run, &known.job, known.number) == (&attempt.run, &attempt.job, attempt.number)
        };
        match self.attempts.iter_mut().rev().find(same) {
            Some(known) => *known = attempt,
            None => self.attempts.push(attempt),
        }
    }

    fn read(lines: &[u8]) -> Self {
        // a torn or foreign line costs itself only
        let attempts = lines
            .split(|b| *b == b'\n')
            .filter_map(|line| record::decode::<Attempt>(line).ok());
        let mut newest: BTreeMap<(RunId, JobId, u32), usize> = BTreeMap::new();
        let mut ledger = Self::default();
        for attempt in attempts {
            let key = (attempt.run.clone(), attempt.job.clone(), attempt.number);
            match newest.get(&key) {
                Some(at) => ledger.attempts[*at] = attempt,
                None => {
                    newest.insert(key, ledger.attempts.len());
                    ledger.attempts.push(attempt);
                }
            }
        }
        ledger
    }
}

impl Store {
    /// Writes down an attempt; it outlives the end of this process when this returns.
    /// A machine that loses power may lose the last lines: what an answer said is not among
    /// them, since that is kept and synced by itself.
    ///
    /// # Errors
    /// One of the two places cannot be written.
    pub fn note_attempt(&self, attempt: &Attempt) -> Result<(), StoreError> {
        let mut line = record::encode(attempt);
        line.pop();
        let own = self
            .ensure("ledger")?
            .join(format!("{}.jsonl", month(attempt.at)));
        self.with_reserve(|| files::append_line(&own, &line))
            .map_err(|e| StoreError::at("write", &own, e))?;
        let Some(user) = user_dir() else {
            return Ok(());
        };
        let made = files::private_dir_in_ours(&user);
        let path = user.join(format!("{}.jsonl", clock::day(attempt.at)));
        made.and_then(|()| files::append_line(&path, &line))
            .map_err(|e| StoreError::at("write", &path, e))
    }

    /// The attempts of one run, which may have begun in another month.
    #[must_use]
    pub fn attempts_of(&self, run: &RunId) -> Ledger {
        let mut ledger = self.newest_months(2);
        ledger.attempts.retain(|attempt| attempt.run == *run);
        ledger
    }

    /// All attempts in this repository.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        self.newest_months(usize::MAX)
    }

    fn newest_months(&self, months: usize) -> Ledger {
        let dir = self.root().join("ledger");
        let mut names = Self::names(&dir);
        names.retain(|name| name.ends_with(".jsonl"));
        names.sort_unstable();
        let mut bytes = Vec::new();
        for name in &names[names.len().saturating_sub(months)..] {
            bytes.extend(files::read_tail(&dir.join(name), LARGE).unwrap_or_default());
            bytes.push(b'\n');
        }
        Ledger::read(&bytes)
    }

    /// The attempts of this user on this calendar day, over all repositories; without a home, in this one.
    #[must_use]
    pub fn spent_on(&self, day: &str) -> Ledger {
        let Some(user) = user_dir() else {
            let mut ledger = self.ledger();
            ledger
                .attempts
                .retain(|attempt| clock::day(attempt.at) == day);
            return ledger;
        };
        Ledger::read(
            &files::read_tail(&user.join(format!("{day}.jsonl")), LARGE).unwrap_or_default(),
        )
    }
}

fn user_dir() -> Option<PathBuf> {
    dirs::user_state().map(|dir| dir.join("ledger"))
}

fn month(at: i64) -> String {
    clock::day(at).get(..7).unwrap_or("unknown").to_owned()
}
