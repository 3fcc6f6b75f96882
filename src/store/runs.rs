//! Runs: asked for, found again, and where they stand.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::record::{self, Record};
use super::{LARGE, SMALL, Store, StoreError};
use crate::model::{RunId, RunRecord, RunRequest, RunState};
use crate::sys::files::{self, Sync};

impl Store {
    /// A new id, later than every earlier one of this process.
    #[must_use]
    pub fn new_run_id() -> RunId {
        RunId::parse(&Uuid::now_v7().hyphenated().to_string()).expect("a UUID in hyphenated form")
    }

    /// Records a request as queued. The run appears whole or not at all. It
    /// waits for no disk, as little as git does for the commit under review;
    /// [`Store::keep_request`] does.
    ///
    /// # Errors
    /// The store cannot be written, or the id is taken.
    pub fn create_run(&self, request: &RunRequest) -> Result<(), StoreError> {
        let runs = self.ensure("runs")?;
        self.keep_reserve();
        self.open_mark(&request.id)?;
        let dir = self.run_dir(&request.id);
        let unfinished = runs.join(format!("{}{}", files::UNFINISHED, request.id));
        let made = self.with_reserve(|| {
            fill_run(&unfinished, request).and_then(|()| fs::rename(&unfinished, &dir))
        });
        made.map_err(|e| {
            let _ = fs::remove_dir_all(&unfinished);
            self.close_mark(&request.id);
            StoreError::at("write", &dir, e)
        })
    }

    /// Waits until the request survives a crash of the machine.
    ///
    /// # Errors
    /// No such run, or what the file system says.
    pub fn keep_request(&self, run: &RunId) -> Result<(), StoreError> {
        let dir = self.existing(run)?;
        // after the rename: one journal entry holds the file and both names
        let kept = files::sync_file(&dir.join("request.json"))
            .and_then(|()| files::sync_dir(&self.runs_dir()));
        kept.map_err(|e| StoreError::at("write", &dir, e))
    }

    /// All runs, newest first, damaged ones too.
    #[must_use]
    pub fn run_ids(&self) -> Vec<RunId> {
        let mut ids: Vec<RunId> = Self::names(&self.runs_dir())
            .iter()
            .filter_map(|n| RunId::parse(n))
            .collect();
        ids.sort_unstable_by(|a, b| b.cmp(a));
        ids
    }

    /// The one run whose id begins or ends with `text`.
    ///
    /// # Errors
    /// [`StoreError::NoRun`], or [`StoreError::ManyRuns`] when several fit.
    pub fn find_run(&self, text: &str) -> Result<RunId, StoreError> {
        let asked = text.trim().to_ascii_lowercase();
        let fits = |id: &RunId| id.as_str().starts_with(&asked) || id.as_str().ends_with(&asked);
        let mut found: Vec<RunId> = self
            .run_ids()
            .into_iter()
            .filter(|id| !asked.is_empty() && fits(id))
            .collect();
        match (found.pop(), found.len()) {
            (Some(run), 0) => Ok(run),
            (None, _) => Err(StoreError::NoRun(text.to_owned())),
            (Some(_), others) => Err(StoreError::ManyRuns {
                text: text.to_owned(),
                count: others + 1,
            }),
        }
    }

    /// What was asked for.
    ///
    /// # Errors
    /// No such run, or its record cannot be read.
    pub fn request(&self, run: &RunId) -> Result<RunRequest, StoreError> {
        self.read(&self.existing(run)?.join("request.json"), SMALL)
    }

    /// Where it stands.
    ///
    /// # Errors
    /// No such run, or its record cannot be read.
    pub fn state(&self, run: &RunId) -> Result<RunRecord, StoreError> {
        self.read(&self.existing(run)?.join("state.json"), SMALL)
    }

    /// Notes where it stands. What a person will be told of survives a crash of the machine. A run that
    /// failed keeps its mark, so that it is found again until [`Store::close_mark`] takes that away.
    ///
    /// # Errors
    /// No such run, or the store cannot be written.
    pub fn set_state(&self, run: &RunId, state: &RunRecord) -> Result<(), StoreError> {
        let sync = match state.phase {
            RunState::Queued | RunState::Running | RunState::Superseded => Sync::Lazy,
            RunState::Done
            | RunState::Failed(_)
            | RunState::Cancelled
            | RunState::OverBudget { .. } => Sync::Durable,
        };
        let path = self.existing(run)?.join("state.json");
        let write = || files::replace(&path, &record::encode(state), sync);
        let written = if state.phase.is_final() {
            self.with_last_reserve(write)
        } else {
            self.with_reserve(write)
        };
        written.map_err(|e| StoreError::at("write", &path, e))?;
        match state.phase {
            RunState::Queued
            | RunState::Running
            | RunState::Failed(_)
            | RunState::OverBudget { .. } => {}
            RunState::Done | RunState::Cancelled | RunState::Superseded => self.close_mark(run),
        }
        Ok(())
    }

    /// Keeps the finished report, as published.
    ///
    /// # Errors
    /// No such run, or the store cannot be written.
    pub fn save_report(&self, run: &RunId, json: &[u8]) -> Result<(), StoreError> {
        let path = self.existing(run)?.join("report.json");
        // First the seal: with a report that a crash kept away, nothing is believed too much.
        self.seal_report(run, json);
        self.write(&path, json, Sync::Durable)
    }

    /// The finished report.
    #[must_use]
    pub fn report(&self, run: &RunId) -> Option<Vec<u8>> {
        files::read_capped(&self.existing(run).ok()?.join("report.json"), LARGE).ok()
    }

    /// The file whose existence asks the run to stop.
    #[must_use]
    pub fn cancel_file(&self, run: &RunId) -> PathBuf {
        self.run_dir(run).join("cancel")
    }

    /// Asks the run to stop. Asking twice is asking once.
    ///
    /// # Errors
    /// No such run, or the store cannot be written.
    pub fn request_cancel(&self, run: &RunId) -> Result<(), StoreError> {
        self.existing(run)?;
        self.write(&self.cancel_file(run), b"", Sync::Lazy)
    }

    pub(super) fn read<T: Record>(&self, path: &Path, max: u64) -> Result<T, StoreError> {
        let bytes = match files::read_capped(path, max) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                return Err(StoreError::damaged(path, "it is missing"));
            }
            Err(e) => return Err(StoreError::at("read", path, e)),
        };
        record::decode(&bytes).map_err(|why| StoreError::damaged(path, &why))
    }

    pub(super) fn write(&self, path: &Path, bytes: &[u8], sync: Sync) -> Result<(), StoreError> {
        let written = self.with_reserve(|| files::replace(path, bytes, sync));
        written.map_err(|e| StoreError::at("write", path, e))
    }
}

/// Everything a new run holds, in a directory no reader knows yet.
fn fill_run(dir: &Path, request: &RunRequest) -> io::Result<()> {
    let make = || DirBuilder::new().mode(0o700).create(dir);
    match make() {
        // the attempt before this one, on a full disk, left it
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
            fs::remove_dir_all(dir).and_then(|()| make())
        }
        made => made,
    }?;
    let state = RunRecord {
        phase: RunState::Queued,
        attempts: 0,
        since: request.asked_at,
    };
    files::write_new(&dir.join("state.json"), &record::encode(&state), Sync::Lazy)?;
    files::write_new(&dir.join("ticket"), b"", Sync::Lazy)?;
    files::write_new(
        &dir.join("request.json"),
        &record::encode(request),
        Sync::Lazy,
    )
}
