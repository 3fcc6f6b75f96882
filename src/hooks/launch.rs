//! From a hook to a supervisor of its own: the request on disk, the process
//! detached, and back to git.

use std::ffi::OsString;
use std::io;
use std::path::Path;

use crate::model::{RunId, RunRequest, TargetSpec, Trigger};
use crate::store::{Store, StoreError};
use crate::sys::{clock, process};

use super::git_dirs::GitDirs;
use crate::sys::stderr::SPEAK_ON_STDOUT;

/// Puts a request of this place on disk and starts its supervisor.
///
/// # Errors
/// The store cannot be written. A supervisor that cannot be started is no error:
/// the request is found at the next git command.
pub(crate) fn request(
    store: &Store,
    place: &GitDirs,
    trigger: Trigger,
    target: TargetSpec,
) -> Result<RunId, StoreError> {
    let request = RunRequest {
        id: Store::new_run_id(),
        trigger,
        target,
        git_dir: place.git_dir.clone(),
        work_tree: place.work_tree.clone(),
        head: place.head(),
        branch: place.branch(),
        agents: Vec::new(),
        command: None,
        backend: None,
        fail_on: None,
        background: true,
        asked_at: clock::now(),
    };
    store.create_run(&request)?;
    if let Err(error) = supervisor(&place.common_dir, &request.id, false) {
        store.log(&request.id, "not started", &[("why", error.to_string())]);
    }
    Ok(request.id)
}

/// Starts a supervisor for a run that is on disk, and waits for nothing.
///
/// # Errors
/// The program cannot be started again.
pub(crate) fn supervisor(common_dir: &Path, run: &RunId, fresh: bool) -> io::Result<()> {
    let program = std::env::current_exe()?;
    let mut args: Vec<OsString> = vec![
        "_supervise".into(),
        run.as_str().into(),
        "--common-dir".into(),
    ];
    args.push(common_dir.into());
    if fresh {
        args.push("--fresh".into());
    }
    process::detach(&program, &args, &environment())
}

/// The person's environment without git's own variables for this one call, but
/// with the configuration they chose.
fn environment() -> Vec<(OsString, OsString)> {
    let kept = |name: &str| name.starts_with("GIT_CONFIG") || name.starts_with("GIT_AGENTS_");
    let keep = |name: &str| !name.starts_with("GIT_") || (kept(name) && name != SPEAK_ON_STDOUT);
    std::env::vars_os()
        .filter(|(name, _)| name.to_str().is_none_or(keep))
        .collect()
}
