//! What the jobs of a run leave: their directory, the prompt's digest, the answer.

use std::path::PathBuf;
use std::time::Duration;

use super::record;
use super::{LARGE, Store, StoreError};
use crate::model::digest::sha256;
use crate::model::{Ending, Estimate, HunkId, JobId, Perspective, RunId, Usage};
use crate::sys::files::{self, Sync};

/// How a job ended and what it said.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredAnswer {
    /// Whose.
    pub job: JobId,
    /// The backend that gave the last word.
    pub backend: String,
    /// How it ended.
    pub ending: Ending,
    /// From start to end, kept to the millisecond.
    pub elapsed: Duration,
    /// The reply as normalised JSON, when there is one.
    pub reply: Option<String>,
    /// What it cost over all attempts, by the programs' own account.
    pub usage: Usage,
    /// What they did not say, guessed.
    pub estimate: Estimate,
    /// Backends tried before, each with its ending.
    pub tried: Vec<(String, Ending)>,
    /// Words of the program that help to understand the ending. Untrusted.
    pub detail: Option<String>,
    /// Hunks that the prompt held.
    pub hunks: Vec<HunkId>,
    /// Attempts, each counted before it started.
    pub attempts: u32,
}

impl Store {
    /// The job's private directory, made if missing; `raw.out` and `raw.err` go there.
    ///
    /// # Errors
    /// No such run, or the store cannot be written.
    pub fn job_dir(&self, run: &RunId, job: &JobId) -> Result<PathBuf, StoreError> {
        let agents = self.existing(run)?.join("agents");
        let dir = agents.join(directory_name(job));
        for level in [&agents, &dir] {
            files::private_dir(level).map_err(|e| StoreError::at("make", level, e))?;
        }
        Ok(dir)
    }

    /// Directories of the run's jobs that were begun.
    #[must_use]
    pub fn job_dirs(&self, run: &RunId) -> Vec<PathBuf> {
        let Ok(agents) = self.existing(run).map(|dir| dir.join("agents")) else {
            return Vec::new();
        };
        let dirs = Self::names(&agents)
            .into_iter()
            .map(|name| agents.join(name));
        dirs.filter(|dir| files::check_private_dir(dir).is_ok())
            .collect()
    }

    /// Notes which prompt was sent, by digest only.
    ///
    /// # Errors
    /// No such run, or the store cannot be written.
    pub fn save_prompt_digest(
        &self,
        run: &RunId,
        job: &JobId,
        prompt: &str,
    ) -> Result<(), StoreError> {
        let line = format!("{}\n", sha256(prompt));
        self.write(
            &self.job_dir(run, job)?.join("prompt.sha256"),
            line.as_bytes(),
            Sync::Lazy,
        )
    }

    /// Keeps an answer; it is on the disk when this returns.
    ///
    /// # Errors
    /// No such run, or the store cannot be written.
    pub fn save_answer(&self, run: &RunId, answer: &StoredAnswer) -> Result<(), StoreError> {
        let path = self.job_dir(run, &answer.job)?.join("result.json");
        self.write(&path, &record::encode(answer), Sync::Durable)
    }

    /// The answers kept so far, by job. One that cannot be read is left out:
    /// its job counts as not answered.
    #[must_use]
    pub fn answers(&self, run: &RunId) -> Vec<StoredAnswer> {
        let Ok(dir) = self.existing(run) else {
            return Vec::new();
        };
        let agents = dir.join("agents");
        if files::check_private_dir(&agents).is_err() {
            return Vec::new();
        }
        let read = |name: &String| {
            let dir = agents.join(name);
            files::check_private_dir(&dir).ok()?;
            self.read(&dir.join("result.json"), LARGE).ok()
        };
        let mut answers: Vec<StoredAnswer> = Self::names(&agents).iter().filter_map(read).collect();
        answers.sort_by(|a, b| {
            let key = |answer: &StoredAnswer| {
                (
                    answer.job.agent.clone(),
                    answer.job.perspective,
                    answer.job.chunk,
                )
            };
            key(a).cmp(&key(b))
        });
        answers
    }
}

/// The job's name; with a digest behind it where two jobs could share the name,
/// because a file system ignores case or an agent is called `retro-fresh`.
fn directory_name(job: &JobId) -> String {
    let agent = job.agent.as_str();
    if !agent.bytes().any(|b| b.is_ascii_uppercase()) && !agent.ends_with("-fresh") {
        return job.to_string();
    }
    let perspective = match job.perspective {
        Perspective::Informed => "informed",
        Perspective::Fresh => "fresh",
    };
    format!("{job}~{}", &sha256(format!("{agent} {perspective}"))[..8])
}
