//! Starting ourselves again, detached, and what the detached side does first.
//!
//! Promises: [`detach`] hands no descriptor of ours or of our caller's to the
//! child, waits for its word for a bounded time, and the child ends up in a
//! session of its own, so that neither a closed terminal nor Ctrl-C reaches it.
//! Only the end of a whole control group does; work must be resumable.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, PipeReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, getpid, getsid, setpriority_process, setsid, umask};

pub use super::identity::{Identity, boot_id, is_same_process};

/// How long [`detach`] waits for the child's word. It takes 2 ms on a quiet
/// machine; a machine that needs longer must not hold up a commit.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the child writes when it is in its own session.
const READY: u8 = b'+';

/// A child that was let go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detached {
    /// Its pid.
    pub pid: u32,
    /// What was heard from it.
    pub word: Word,
}

/// What [`detach`] heard from the child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// It said it is ready.
    Ready,
    /// It closed its output without saying so: it failed, or had nothing to do.
    Silent,
    /// Nothing in time. It may still come up.
    Late,
}

/// Starts `program` with nothing but `env`, standard input and error on the
/// null device and standard output a pipe for the child's word; see
/// [`become_session_leader`] for the child's side.
///
/// # Errors
/// The program cannot be started.
pub fn detach(program: &Path, args: &[OsString], env: &[(OsString, OsString)]) -> io::Result<Detached> {
    // a make jobserver, a tee, the transport's pipes: git passes all of them on
    close_fds::set_fds_cloexec_threadsafe(3, &[]);
    let (listen, speak) = io::pipe()?;
    let mut command = Command::new(program);
    command.args(args).env_clear().envs(env.iter().map(|(name, value)| (name, value)));
    // no process_group(0): the leader of a group cannot begin a session
    command.stdin(Stdio::null()).stderr(Stdio::null()).stdout(speak);
    let child = command.spawn()?;
    drop(command);
    Ok(Detached { pid: child.id(), word: hear(listen, PATIENCE) })
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

/// The child's first act: a session of its own, the root as working directory,
/// a umask for private files, standard input and error on the null device.
/// Standard output stays until the returned value is told or dropped.
///
/// # Errors
/// The system refuses one of these; then nothing may be started.
pub fn become_session_leader() -> io::Result<Ready> {
    match setsid() {
        Ok(_) => {}
        // EPERM: already the leader of a group; fine when it is the session's too
        Err(Errno::PERM) if getsid(None) == Ok(getpid()) => {}
        Err(e) => return Err(e.into()),
    }
    rustix::process::chdir("/")?;
    umask(rustix::fs::Mode::from_raw_mode(0o077));
    let null = null_device()?;
    rustix::stdio::dup2_stdin(&null)?;
    rustix::stdio::dup2_stderr(&null)?;
    Ok(Ready { null })
}

/// The right to tell the starter that we are up: it waits for no more than
/// that neither Ctrl-C nor a closed terminal can end us any more.
#[must_use = "tell it; dropping it says that nothing will happen"]
#[derive(Debug)]
pub struct Ready {
    null: File,
}

impl Ready {
    /// Says so; standard output is the null device from here on.
    pub fn tell(self) {
        // a starter that is gone already does not matter
        let _ = io::stdout().write_all(&[READY]).and_then(|()| io::stdout().flush());
    }
}

impl Drop for Ready {
    fn drop(&mut self) {
        let _ = rustix::stdio::dup2_stdout(&self.null);
    }
}

/// What the detached side does before anything else: leaves the session, says
/// so, takes the lowest priority. False where the system refuses; then nothing
/// may be started.
#[must_use]
pub fn leave() -> bool {
    let Ok(ready) = become_session_leader() else { return false };
    ready.tell();
    lower_priority();
    true
}

/// Takes the lowest scheduling priority, for this process and its later
/// children: nice 19, and the same for the session's own scheduling group,
/// without which Linux desktops weigh niceness only inside the session.
/// Best effort: a system that refuses leaves the priority as it is.
pub fn lower_priority() {
    let _ = setpriority_process(None::<Pid>, 19);
    if cfg!(target_os = "linux") {
        let _ = fs::write("/proc/self/autogroup", "19");
    }
}

/// Becomes the program of this name that stands beside this one, else on the
/// search path. Returns only where neither can be started.
pub fn become_program(name: &str, args: &[OsString]) {
    let beside = std::env::current_exe().map(|path| path.with_file_name(name)).unwrap_or_default();
    for program in [beside.as_path(), Path::new(name)] {
        // an error says that there is none; the next one is tried
        let _ = Command::new(program).args(args).exec();
    }
}

fn null_device() -> io::Result<File> {
    OpenOptions::new().read(true).write(true).open("/dev/null")
}

#[cfg(test)]
#[path = "process_tests.rs"]
mod tests;
