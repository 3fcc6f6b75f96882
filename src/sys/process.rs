//! Starting ourselves again, detached, and what the detached side does first.
//!
//! Promises: [`detach`] hands no descriptor of ours or of our caller's to the
//! child and waits for nothing. The child has a process group of its own from
//! its first instruction and a session of its own a moment later, so that
//! neither a killed group, nor a closed terminal, nor Ctrl-C reaches it. Only
//! the end of a whole control group does; work must be resumable.
//!
//! Chosen: two starts. Whoever leads a group cannot begin a session, so the
//! child starts itself once more for that. Rejected: no group, and waiting until
//! the child has its session, since git would wait for a program's start;
//! a session made between fork and exec, since that needs unsafe code.

use std::ffi::OsString;
use std::fs;
use std::io::{self, PipeReader, Read, Seek, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, setpriority_process, setsid, umask};
#[cfg(target_os = "linux")]
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use super::process_identity::leads_session;
pub(crate) use super::process_identity::{Identity, StatField, boot_id, stat_field};

/// How long [`detach_and_hear`] waits for the child's word. It takes a few milliseconds on
/// a quiet machine.
const PATIENCE: Duration = Duration::from_secs(10);

/// The lowest priority there is without a scheduling class of its own.
pub(crate) const NICEST: i32 = 19;

/// What the child writes when it is in its own session.
const READY: u8 = b'+';

/// What [`detach_and_hear`] heard from the child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// It said it is ready.
    Ready,
    /// It closed its output without saying so: it failed, or had nothing to do.
    Silent,
    /// Nothing in time. It may still come up.
    Late,
}

/// Starts `program` with nothing but `env` and all streams on the null device;
/// see [`leave`] for the child's side.
///
/// # Errors
/// The program cannot be started.
pub(crate) fn detach(
    program: &Path,
    args: &[OsString],
    env: &[(OsString, OsString)],
) -> io::Result<()> {
    start(program, args, env, Stdio::null())
}

/// As [`detach`], and waits a bounded time until the child said by [`tell`]
/// that it has left: for whoever wants to know whether that works here.
///
/// # Errors
/// The program cannot be started.
pub(crate) fn detach_and_hear(
    program: &Path,
    args: &[OsString],
    env: &[(OsString, OsString)],
) -> io::Result<Word> {
    let (listen, speak) = io::pipe()?;
    start(program, args, env, speak.into())?;
    Ok(hear(listen, PATIENCE))
}

fn start(
    program: &Path,
    args: &[OsString],
    env: &[(OsString, OsString)],
    speak: Stdio,
) -> io::Result<()> {
    // a make jobserver, a tee, the transport's pipes: git passes all of them on
    close_fds::set_fds_cloexec_threadsafe(3, &[]);
    let mut command = Command::new(program);
    command
        .args(args)
        .env_clear()
        .envs(env.iter().map(|(name, value)| (name, value)));
    command
        .stdin(Stdio::null())
        .stdout(speak)
        .stderr(Stdio::null());
    command.process_group(0).spawn().map(drop)
}

fn hear(mut listen: PipeReader, patience: Duration) -> Word {
    let begun = Instant::now();
    loop {
        let left = patience.saturating_sub(begun.elapsed());
        let timeout = Timespec::try_from(left).ok();
        let mut fds = [PollFd::new(&listen, PollFlags::IN)];
        match poll(&mut fds, timeout.as_ref()) {
            Ok(0) => return Word::Late,
            Ok(_) => break,
            Err(Errno::INTR) => {}
            Err(_) => return Word::Late,
        }
    }
    let mut byte = [0];
    match listen.read(&mut byte) {
        Ok(1) if byte[0] == READY => Word::Ready,
        _ => Word::Silent,
    }
}

/// What the detached side does before anything else: takes the lowest priority and
/// leaves one processor to others, then takes a session of its own, the root as
/// working directory, a umask for private files. False where this process is not to go on: the program called `name`,
/// found as [`become_program`] finds it, or this one does so with the same
/// arguments, or the system refused and nothing may be started.
#[must_use]
pub fn leave(name: Option<&str>) -> bool {
    lower_priority();
    #[cfg(target_os = "linux")]
    leave_a_processor();
    match setsid() {
        Ok(_) => {}
        Err(Errno::PERM) if leads_session() => {}
        Err(Errno::PERM) => {
            start_again(name);
            return false;
        }
        Err(_) => return false,
    }
    // Linux desktops weigh whole sessions against each other, and niceness only inside one
    if cfg!(target_os = "linux") {
        let _ = fs::write("/proc/self/autogroup", NICEST.to_string());
    }
    umask(rustix::fs::Mode::from_raw_mode(0o077));
    rustix::process::chdir("/").is_ok()
}

/// Starts this process once more, as a member of its group: it does not lead
/// that and can begin a session.
fn start_again(name: Option<&str>) {
    let own = || std::env::current_exe().into_iter().collect();
    let programs: Vec<PathBuf> = name.map_or_else(own, |name| candidates(name).into());
    for program in programs {
        if Command::new(program)
            .args(std::env::args_os().skip(1))
            .spawn()
            .is_ok()
        {
            return;
        }
    }
}

/// Tells the starter, who listens on standard output, that we are up.
pub(crate) fn tell() {
    // a starter that is gone already does not matter
    let _ = io::stdout()
        .write_all(&[READY])
        .and_then(|()| io::stdout().flush());
}

/// Takes the lowest scheduling priority, for this process and its later children.
/// Best effort: a system that refuses leaves the priority as it is.
fn lower_priority() {
    let _ = setpriority_process(None::<Pid>, NICEST);
}

/// Keeps this process and its later children off the first processor, where they may use another.
/// A program that git starts waits for the end of a time slice (4 ms at 250 Hz) where no processor
/// is free, however low the priority of those that hold them: measured with Linux 6.18. Doing it
/// twice changes nothing.
#[cfg(target_os = "linux")]
fn leave_a_processor() {
    // what the first process may use is what this machine or container has
    let Ok(all) = sched_getaffinity(Some(Pid::INIT)) else {
        return;
    };
    let Ok(mut ours) = sched_getaffinity(None) else {
        return;
    };
    if let Some(first) = (0..CpuSet::MAX_CPU).find(|cpu| all.is_set(*cpu)) {
        ours.unset(first);
    }
    if ours.count() > 0 {
        // best effort, as the priority
        let _ = sched_setaffinity(None, &ours);
    }
}

/// Becomes the program of this name that stands beside this one, else on the
/// search path. Returns only where neither can be started.
pub fn become_program(name: &str, args: &[OsString]) {
    for program in candidates(name) {
        // an error says that there is none; the next one is tried
        let _ = Command::new(program).args(args).exec();
    }
}

/// Becomes the pager, whose command line the shell reads as git has it read, with the text on its
/// standard input. Returns only where it cannot be started.
pub(crate) fn become_pager(line: &str, text: &[u8]) {
    let Ok(mut file) = tempfile::tempfile() else {
        return;
    };
    let written = file.write_all(text).and_then(|()| file.rewind());
    if written.is_err() {
        return;
    }
    let mut command = Command::new("sh");
    command.args(["-c", line]).stdin(file);
    // git's own: quit if one screen, pass colours, leave the text on the screen
    for (name, value) in [("LESS", "FRX"), ("LV", "-c")] {
        if std::env::var_os(name).is_none() {
            command.env(name, value);
        }
    }
    let _ = command.exec();
}

fn candidates(name: &str) -> [PathBuf; 2] {
    let beside = std::env::current_exe()
        .map(|path| path.with_file_name(name))
        .unwrap_or_default();
    [beside, name.into()]
}

#[cfg(test)]
#[path = "process_tests.rs"]
mod tests;
