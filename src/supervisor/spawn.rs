//! The one place where an agent's process is started.

use std::io;
use std::path::Path;
use std::process::Stdio;

use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

use crate::model::Invocation;

use super::SuperviseJob;
use super::group::Group;
use super::reap;
use super::spool::{OutputFiles, PrivateDir};

/// A started process and what it holds.
#[derive(Debug)]
pub(super) struct Launched {
    /// To wait for.
    pub(super) child: Child,
    /// Its group.
    pub(super) group: Group,
    /// Its output.
    pub(super) spool: OutputFiles,
    /// Writes the prompt.
    pub(super) feeder: JoinHandle<()>,
    /// Where it works.
    pub(super) private: PrivateDir,
}

/// Starts a job in a group of its own, with nothing but what its invocation says. The error says
/// why not, in words.
pub(super) fn launch(job: SuperviseJob) -> Result<Launched, String> {
    let Invocation {
        program,
        args,
        env,
        prompt,
        files,
        cwd,
        limits: _,
    } = job.invocation;
    let failed = |what: &'static str| move |error: io::Error| format!("{what}: {error}");
    if !program.is_absolute() {
        return Err(format!("{} is not an absolute path", program.display()));
    }
    let spool =
        OutputFiles::create(&job.spool).map_err(failed("cannot create the output files"))?;
    let private =
        PrivateDir::create(&files).map_err(failed("cannot create a private directory"))?;
    let (out, err) = spool
        .handles()
        .map_err(failed("cannot open the output files"))?;
    let mut command = Command::new(&program);
    command
        .args(args.iter().map(|a| private.fill_in(a)))
        .env_clear()
        .envs(
            env.iter()
                .map(|(name, value)| (name, private.fill_in(value))),
        )
        .current_dir(cwd.as_deref().unwrap_or(private.path()))
        .stdin(Stdio::piped())
        .stdout(out)
        .stderr(err)
        .process_group(0);
    let mut child = command
        .spawn()
        .map_err(|error| format!("cannot run {}: {error}", program.display()))?;
    let group = group_of(&child, &job.spool, &private, cwd.as_deref())?;
    let feeder = feed(&mut child, prompt);
    Ok(Launched {
        child,
        group,
        spool,
        feeder,
        private,
    })
}

fn group_of(
    child: &Child,
    spool: &Path,
    private: &PrivateDir,
    cwd: Option<&Path>,
) -> Result<Group, String> {
    let id = child.id().ok_or("it was gone before it began")?;
    let group = Group::of_leader(id).ok_or("the system gave it no usable process id")?;
    group.lower_priority();
    // without the record a crash of ours could leave it running; with it unwritten, nothing else changes
    let _ = reap::record(spool, group, private.path(), cwd);
    Ok(group)
}

/// Writes the prompt while the child may already be writing its answer, then closes the pipe. A
/// child that does not read it, or goes away, is no fault.
fn feed(child: &mut Child, prompt: Vec<u8>) -> JoinHandle<()> {
    let stdin = child.stdin.take();
    tokio::spawn(async move {
        if let Some(mut stdin) = stdin {
            let _ = stdin.write_all(&prompt).await;
        }
    })
}
