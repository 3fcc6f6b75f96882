//! Exploring agents: the snapshot that they read, and what is checked when they are done.
//!
//! # What can be told afterwards
//! The snapshot is ours alone: any difference in it was made by an agent, and is said loudly. The
//! repository is also the person's: while a review in the background goes on, commits, edits and
//! `git add` are what one expects, and who made them leaves no trace. So a change there is said
//! loudly only where the person waits for this run; in the background it is kept in the run's log,
//! but for hooks, which nobody changes in passing.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::backends;
use crate::diff::Excluded;
use crate::git::{Fingerprint, GitError, Part};
use crate::model::{Access, AgentName, Change, Ending, Job, Plan, RepoPath, RunId, RunRequest};
use crate::review::prepare::Prepared;
use crate::review::workspace::Workspace;
use crate::secrets::{DetectorError, Masker};
use crate::snapshot::{self, Copied, Gathered, Source};

/// How notes begin that a person must not miss.
const WARNING: &str = "warning: ";

/// What is read for the plan's exploring agents; without one of them, or where it cannot be had,
/// nothing: they then run sealed, and a note says so.
pub(crate) fn gather(
    workspace: &Workspace,
    change: &Change,
    masker: &mut Masker<'_>,
    plan: &mut Plan,
    notes: &mut Vec<String>,
) -> Option<Gathered> {
    notes.extend(plan.jobs.iter().filter_map(sealed_note));
    notes.dedup();
    if plan.jobs.iter().all(|job| job.access == Access::Sealed) {
        return None;
    }
    match read(workspace, change, masker) {
        Ok(gathered) => Some(gathered),
        Err(error) => {
            for job in plan
                .jobs
                .iter_mut()
                .filter(|job| job.access == Access::Explore)
            {
                job.access = Access::Sealed;
            }
            notes.push(format!(
                "no snapshot could be taken ({}): agents run sealed",
                crate::review::error_chain(&error)
            ));
            None
        }
    }
}

/// Why a snapshot could not be taken.
#[derive(Debug, thiserror::Error)]
enum SnapshotError {
    #[error(transparent)]
    Git(#[from] GitError),
    #[error("secret detection failed")]
    Detector(#[from] DetectorError),
}

fn read(
    workspace: &Workspace,
    change: &Change,
    masker: &mut Masker<'_>,
) -> Result<Gathered, SnapshotError> {
    let settings = &workspace.settings;
    let patterns: Vec<String> = settings
        .exclude
        .iter()
        .chain(&settings.policy.exclude)
        .cloned()
        .collect();
    let excluded = Excluded::new(&patterns)?;
    let detector = masker.detector();
    let source = Source {
        repo: &workspace.repo,
        change,
        // a name cannot be masked where a file is to be found by it
        is_excluded: &|path: &RepoPath| excluded.holds(path) || detector.is_in(path.as_bytes()),
    };
    snapshot::gather(&source, &mut |texts| {
        Ok::<_, SnapshotError>(masker.texts(texts)?)
    })
}

/// What a person should know where an agent that asks for reading does not get it.
fn sealed_note(job: &Job) -> Option<String> {
    let asks = job.definition.access() == Access::Explore
        && job.access == Access::Sealed
        && job.backend != "offline";
    asks.then(|| runs_sealed(&job.definition.name, &job.backend))
}

fn runs_sealed(name: &AgentName, backend: &str) -> String {
    let why = backends::adapter(backend)
        .and_then(|adapter| adapter.exploring().err())
        .unwrap_or("no such backend");
    format!("{name} asks for reading tools and runs sealed, without them: `{backend}`: {why}")
}

/// Tools beyond reading that the person allowed to this job's agent: a plan holds no others.
pub(crate) fn granted(job: &Job) -> &[String] {
    match &job.access {
        Access::Unsafe(tools) => tools,
        Access::Sealed | Access::Explore => &[],
    }
}

/// Keeps the snapshot of one run.
pub(crate) struct SnapshotGuard<'a> {
    workspace: &'a Workspace,
    run: &'a RunId,
    background: bool,
    gathered: Option<&'a Gathered>,
    copied: Option<Copied>,
    before: Option<Fingerprint>,
    readers: BTreeSet<AgentName>,
    /// Whether one of them was allowed more than reading.
    may_write: bool,
    notes: Vec<String>,
}

impl<'a> SnapshotGuard<'a> {
    pub(crate) fn new(
        workspace: &'a Workspace,
        request: &'a RunRequest,
        prepared: &'a Prepared,
    ) -> Self {
        Self {
            workspace,
            run: &request.id,
            background: request.background,
            gathered: prepared.snapshot.as_ref(),
            copied: None,
            before: None,
            readers: BTreeSet::new(),
            may_write: false,
            notes: Vec::new(),
        }
    }

    /// The directory that this job may read at this backend, made when the first one asks; none: it
    /// runs sealed.
    ///
    /// # Errors
    /// The copy cannot be written, or the backend cannot be given the tools that were allowed.
    pub(crate) fn lend(&mut self, job: &Job, backend: &str) -> Result<Option<PathBuf>, Ending> {
        let adapter = backends::adapter(backend);
        if let Some(Err(why)) = adapter
            .filter(|_| !granted(job).is_empty())
            .map(|a| a.granting(granted(job)))
        {
            return Err(Ending::Refused(format!(
                "it asks for {}, and {why}",
                granted(job).join(", ")
            )));
        }
        let Some(gathered) = self.gathered.filter(|_| job.access != Access::Sealed) else {
            return Ok(None);
        };
        if adapter.is_none_or(|adapter| adapter.exploring().is_err()) {
            let note = runs_sealed(&job.definition.name, backend);
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
            return Ok(None);
        }
        if self.copied.is_none() {
            let store = &self.workspace.store;
            // without the note only this process knows what to remove
            let mut made = |path: &std::path::Path| drop(store.note_snapshot(self.run, path));
            let written = Copied::write(gathered, &mut made);
            let copied = written.map_err(|error| {
                Ending::NotStarted(format!("cannot write the snapshot: {error}"))
            })?;
            self.before = Fingerprint::take(&self.workspace.repo, copied.path()).ok();
            self.copied = Some(copied);
        }
        self.readers.insert(job.definition.name.clone());
        self.may_write |= !granted(job).is_empty();
        Ok(self.copied.as_ref().map(|copied| copied.path().to_owned()))
    }

    /// Once no agent runs any more: compares, removes the snapshot, and returns what to say.
    pub(crate) fn finish(mut self) -> Vec<String> {
        let Some(copied) = self.copied.take() else {
            return self.notes;
        };
        let readers = self
            .readers
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", ");
        let mut warnings = Vec::new();
        let written = copied.differences();
        if !written.is_empty() && !self.may_write {
            warnings.push(format!(
                "{WARNING}an agent that may only read wrote to its snapshot ({readers}): {}; do not trust its program",
                written.join(", ")
            ));
        }
        let after = Fingerprint::take(&self.workspace.repo, copied.path()).ok();
        let changed = match (&self.before, &after) {
            (Some(before), Some(after)) => before.differences(after),
            _ => {
                self.notes.push(format!(
                    "whether {readers} left the repository alone could not be checked"
                ));
                Vec::new()
            }
        };
        warnings.extend(self.repository_warning(&changed, &readers));
        self.remove(copied);
        warnings.append(&mut self.notes);
        warnings
    }

    fn repository_warning(&self, changed: &[Part], readers: &str) -> Option<String> {
        let names = |parts: &[Part]| {
            parts
                .iter()
                .map(|part| part.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        };
        if changed.is_empty() {
            return None;
        }
        self.workspace.store.log(
            self.run,
            "changed while agents read",
            &[("what", names(changed))],
        );
        let told: Vec<Part> = changed
            .iter()
            .filter(|part| !self.background || **part == Part::Hooks)
            .copied()
            .collect();
        (!told.is_empty()).then(|| {
            format!(
                "{WARNING}{} changed while {} were running ({readers}); if that was neither you nor a program of \
                 yours, look at `git status` and `git reflog`",
                names(&told),
                if self.may_write { "agents with tools" } else { "agents that may only read" }
            )
        })
    }

    fn remove(&self, copied: Copied) {
        let path = copied.path().to_owned();
        drop(copied);
        if snapshot::remove_leftover(&path) {
            self.workspace.store.forget_snapshot(self.run);
        }
    }
}

/// Removes snapshots that killed runs left; call it while `own`, if any, is locked by the caller.
pub(crate) fn sweep_snapshots(workspace: &Workspace, own: Option<&RunId>) {
    let store = &workspace.store;
    let own = own.and_then(|run| store.snapshot_of(run).map(|path| (run.clone(), path)));
    for (run, path) in store.left_snapshots().into_iter().chain(own) {
        if snapshot::remove_leftover(&path) {
            store.forget_snapshot(&run);
        }
    }
}
