//! The git program, hardened: the only place that starts it.
//!
//! Promises: no pager, no external diff or text conversion, no hook, no
//! file-system monitor, no content filter, no prompt, no lazy fetch, no lock
//! taken for convenience; the caller's `GIT_*` variables do not reach it;
//! standard input is empty or bytes given here; output is capped or streamed;
//! it ends by its deadline. Hooks that configuration names and that
//! `core.hooksPath` does not stop find `GIT_AGENTS=0`, on which ours do nothing.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use super::error::GitError;
use super::repo::Repo;
use crate::sys::dirs;

/// Time one git program may take unless told otherwise.
const DEADLINE: Duration = Duration::from_secs(120);
/// Bytes of git's own error text that are kept.
const DETAIL_BYTES: u64 = 2_000;
/// Bytes of one streamed line; no path or message that git prints is longer.
const LINE_BYTES: usize = 16 * 1024 * 1024;
/// Bytes read from git at a time.
const CHUNK_BYTES: usize = 64 * 1024;

/// `GIT_*` variables that say where the person's own configuration is, and
/// how far a search may go; every other one is dropped.
const KEPT_VARIABLES: [&str; 5] = [
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CEILING_DIRECTORIES",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
];

/// Settings under which configuration can start no program and change no shape.
const OVERRIDES: [&str; 14] = [
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.pager=cat",
    "core.quotePath=false",
    "core.alternateRefsCommand=",
    "color.ui=false",
    "diff.external=",
    "diff.renames=false",
    "gc.auto=0",
    "i18n.logOutputEncoding=UTF-8",
    "log.mailmap=false",
    "log.showSignature=false",
    "maintenance.auto=false",
    "submodule.recurse=false",
];

/// One call of the git program.
pub(crate) struct GitCommand {
    place: Place,
    args: Vec<OsString>,
    input: Vec<u8>,
    deadline: Duration,
    own_config: bool,
}

/// Where git runs.
struct Place {
    directory: PathBuf,
    git_dir: Option<PathBuf>,
    work_tree: Option<PathBuf>,
    index_file: Option<PathBuf>,
}

impl GitCommand {
    /// A call in this repository.
    #[must_use]
    pub(crate) fn new(repo: &Repo) -> Self {
        let work_tree = repo.work_tree().map(Path::to_path_buf);
        let directory = work_tree
            .clone()
            .unwrap_or_else(|| repo.git_dir().to_path_buf());
        let git_dir = Some(repo.git_dir().to_path_buf());
        Self::at(Place {
            directory,
            git_dir,
            work_tree,
            index_file: repo.index_file().map(Path::to_path_buf),
        })
    }

    /// A call that lets git itself find the repository from `directory`, with
    /// its own ownership check.
    pub(super) fn searching(directory: &Path) -> Self {
        let directory = directory.to_path_buf();
        Self::at(Place {
            directory,
            git_dir: None,
            work_tree: None,
            index_file: None,
        })
    }

    fn at(place: Place) -> Self {
        Self {
            place,
            args: Vec::new(),
            input: Vec::new(),
            deadline: DEADLINE,
            own_config: false,
        }
    }

    /// Adds arguments, the subcommand first.
    #[must_use]
    pub(crate) fn args<I, S>(mut self, args: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        self.args
            .extend(args.into_iter().map(|a| a.as_ref().to_os_string()));
        self
    }

    /// Bytes for standard input; without them it is empty.
    #[must_use]
    pub(crate) fn input(mut self, bytes: Vec<u8>) -> Self {
        self.input = bytes;
        self
    }

    /// Keeps what the person set for this one command, with `git -c` or in
    /// `GIT_CONFIG_*` variables: for reading settings, which starts no program.
    #[must_use]
    pub(crate) fn keep_user_config(mut self) -> Self {
        self.own_config = true;
        self
    }

    /// Another deadline than two minutes.
    #[must_use]
    pub(crate) fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Runs to the end and returns standard output. More than `max_bytes` is
    /// an error, as is any exit status but 0.
    pub(crate) fn output(self, max_bytes: usize) -> Result<Vec<u8>, GitError> {
        let mut collected = Vec::new();
        let attempt = self.attempt();
        let flow = self.stream(|chunk| {
            if collected.len() + chunk.len() > max_bytes {
                return ControlFlow::Break(());
            }
            collected.extend_from_slice(chunk);
            ControlFlow::Continue(())
        })?;
        match flow {
            ControlFlow::Continue(()) => Ok(collected),
            ControlFlow::Break(()) => Err(GitError::TooMuchOutput {
                attempt,
                limit: max_bytes,
            }),
        }
    }

    /// Hands standard output to `each` as it comes; kills git when `each` breaks, which is no error.
    pub(crate) fn chunks(self, each: impl FnMut(&[u8]) -> ControlFlow<()>) -> Result<(), GitError> {
        self.stream(each).map(|_| ())
    }

    /// Hands each line of standard output, without its line feed, to `each`;
    /// kills git when `each` breaks, which is no error.
    pub(crate) fn lines(self, each: impl FnMut(&[u8]) -> ControlFlow<()>) -> Result<(), GitError> {
        self.records(b'\n', each)
    }

    /// Like [`Self::lines`], with records that end in `end`.
    pub(crate) fn records(
        self,
        end: u8,
        mut each: impl FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<(), GitError> {
        let attempt = self.attempt();
        let mut rest: Vec<u8> = Vec::new();
        let mut overlong = false;
        let flow = self.stream(|chunk| {
            let mut chunk = chunk;
            while let Some(at) = chunk.iter().position(|b| *b == end) {
                let (head, tail) = chunk.split_at(at);
                chunk = &tail[1..];
                if rest.is_empty() {
                    each(head)?;
                } else {
                    rest.extend_from_slice(head);
                    let record = std::mem::take(&mut rest);
                    each(&record)?;
                }
            }
            overlong = rest.len() + chunk.len() > LINE_BYTES;
            if overlong {
                return ControlFlow::Break(());
            }
            rest.extend_from_slice(chunk);
            ControlFlow::Continue(())
        })?;
        if overlong {
            return Err(GitError::TooMuchOutput {
                attempt,
                limit: LINE_BYTES,
            });
        }
        if flow.is_continue() && !rest.is_empty() {
            let _ = each(&rest);
        }
        Ok(())
    }

    /// The subcommand and its first words, for messages.
    fn attempt(&self) -> String {
        let words = self
            .args
            .iter()
            .take(3)
            .map(|a| a.to_string_lossy().into_owned());
        format!("run `git {}`", words.collect::<Vec<_>>().join(" "))
    }

    fn stream(
        self,
        mut each: impl FnMut(&[u8]) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, GitError> {
        let attempt = self.attempt();
        let deadline = Instant::now() + self.deadline;
        let mut running = self.start()?;
        loop {
            match running
                .chunks
                .recv_timeout(deadline.saturating_duration_since(Instant::now()))
            {
                Ok(chunk) => {
                    if each(&chunk).is_break() {
                        running.stop();
                        return Ok(ControlFlow::Break(()));
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    running.stop();
                    return Err(GitError::TimedOut {
                        attempt,
                        seconds: self.deadline.as_secs(),
                    });
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        let status = running.child.wait().map_err(GitError::io("wait for git"))?;
        if status.success() {
            return Ok(ControlFlow::Continue(()));
        }
        let detail = running.detail(status);
        Err(GitError::Failed { attempt, detail })
    }

    fn start(&self) -> Result<Running, GitError> {
        let errors = tempfile::tempfile_in(dirs::temporary())
            .map_err(GitError::io("make a temporary file"))?;
        let mut command = self.hardened()?;
        command.stdin(self.standard_input()?).stdout(Stdio::piped());
        command.stderr(
            errors
                .try_clone()
                .map_err(GitError::io("make a temporary file"))?,
        );
        let mut child = command.spawn().map_err(GitError::io("start git"))?;
        let mut stdout = child.stdout.take().expect("stdout was asked to be a pipe");
        let (sender, chunks) = sync_channel(4);
        std::thread::spawn(move || {
            let mut buffer = vec![0; CHUNK_BYTES];
            while let Ok(count @ 1..) = stdout.read(&mut buffer) {
                if sender.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Ok(Running {
            child,
            chunks,
            errors,
        })
    }

    /// The bytes as a file, so that neither side can block the other.
    fn standard_input(&self) -> Result<Stdio, GitError> {
        if self.input.is_empty() {
            return Ok(Stdio::null());
        }
        let mut file = tempfile::tempfile_in(dirs::temporary())
            .map_err(GitError::io("make a temporary file"))?;
        file.write_all(&self.input)
            .map_err(GitError::io("write a temporary file"))?;
        file.seek(SeekFrom::Start(0))
            .map_err(GitError::io("write a temporary file"))?;
        Ok(file.into())
    }

    fn hardened(&self) -> Result<Command, GitError> {
        let mut command = self.bare()?;
        for setting in OVERRIDES {
            command.args(["-c", setting]);
        }
        let subcommand = self
            .args
            .first()
            .and_then(|a| a.to_str())
            .unwrap_or_default();
        if matches!(
            subcommand,
            "diff" | "diff-files" | "diff-index" | "ls-files" | "status"
        ) {
            for driver in self.filter_drivers()? {
                for (key, value) in [
                    ("clean", ""),
                    ("smudge", ""),
                    ("process", ""),
                    ("required", "false"),
                ] {
                    command.arg("-c").arg(os_string(&driver, key, value));
                }
            }
        }
        command.args(["--no-pager", "--no-optional-locks", "--literal-pathspecs"]);
        command.args(self.args.iter().take(1));
        if matches!(
            subcommand,
            "diff" | "diff-files" | "diff-index" | "diff-tree" | "log" | "show"
        ) {
            command.args(["--no-ext-diff", "--no-textconv"]);
        }
        command.args(self.args.iter().skip(1));
        Ok(command)
    }

    /// git at its place, with a scrubbed environment and no argument yet.
    fn bare(&self) -> Result<Command, GitError> {
        let place = &self.place;
        let mut command = Command::new(find_git(&place.directory)?);
        command.current_dir(&place.directory).process_group(0);
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if self.own_config && text.starts_with("GIT_CONFIG") {
                continue;
            }
            if (text.starts_with("GIT_") && !KEPT_VARIABLES.contains(&text.as_ref()))
                || text == "LANGUAGE"
            {
                command.env_remove(&name);
            }
        }
        let fixed = [
            ("GIT_OPTIONAL_LOCKS", "0"),
            ("GIT_NO_LAZY_FETCH", "1"),
            ("GIT_TERMINAL_PROMPT", "0"),
        ];
        command
            .envs(fixed)
            .envs([("GIT_PAGER", "cat"), ("LC_ALL", "C"), ("GIT_AGENTS", "0")])
            // A push sends the objects themselves, whatever `refs/replace` shows in their place.
            .envs([("GIT_NO_REPLACE_OBJECTS", "1")]);
        // older gits do not know GIT_NO_LAZY_FETCH; without a protocol they cannot fetch either
        command.env("GIT_ALLOW_PROTOCOL", "none");
        let places = [
            ("GIT_DIR", &place.git_dir),
            ("GIT_WORK_TREE", &place.work_tree),
        ];
        for (name, path) in places
            .into_iter()
            .chain([("GIT_INDEX_FILE", &place.index_file)])
        {
            if let Some(path) = path {
                command.env(name, path);
            }
        }
        Ok(command)
    }

    /// Names of the content filters that any configuration level defines.
    pub(super) fn filter_drivers(&self) -> Result<Vec<Vec<u8>>, GitError> {
        let mut command = self.bare()?;
        command.args(["config", "-z", "--name-only", "--get-regexp", r"^filter\."]);
        let output = command
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
            .map_err(GitError::io("start git"))?;
        let mut names: Vec<Vec<u8>> = output
            .stdout
            .split(|b| *b == 0)
            .filter_map(driver_name)
            .collect();
        names.sort();
        names.dedup();
        Ok(names)
    }
}

/// A started git and what it says.
struct Running {
    child: Child,
    chunks: Receiver<Vec<u8>>,
    errors: File,
}

impl Running {
    /// Ends git at once; it reads only, so nothing is left half done.
    fn stop(&mut self) {
        let group = i32::try_from(self.child.id())
            .ok()
            .and_then(rustix::process::Pid::from_raw);
        if let Some(group) = group {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = self.child.wait();
    }

    fn detail(&mut self, status: ExitStatus) -> String {
        let mut bytes = Vec::new();
        let _ = self.errors.seek(SeekFrom::Start(0));
        let _ = (&mut self.errors)
            .take(DETAIL_BYTES)
            .read_to_end(&mut bytes);
        let text = String::from_utf8_lossy(&bytes).trim().to_owned();
        if text.is_empty() {
            format!("git ended with {status}")
        } else {
            text
        }
    }
}

/// `filter.<driver>.<key>=<value>`, whatever bytes the driver has.
fn os_string(driver: &[u8], key: &str, value: &str) -> OsString {
    use std::os::unix::ffi::OsStringExt;
    let parts: [&[u8]; 6] = [
        b"filter.",
        driver,
        b".",
        key.as_bytes(),
        b"=",
        value.as_bytes(),
    ];
    OsString::from_vec(parts.concat())
}

/// The driver in `filter.<driver>.<key>`; none if `-c` could not name it.
fn driver_name(key: &[u8]) -> Option<Vec<u8>> {
    let rest = key.strip_prefix(b"filter.")?;
    let dot = rest.iter().rposition(|b| *b == b'.')?;
    Some(rest[..dot].to_vec())
}

/// The first git on the search path that is not inside `avoid`, where a
/// repository could have put its own.
fn find_git(avoid: &Path) -> Result<PathBuf, GitError> {
    let candidates = which::which_all("git").map_err(|_| GitError::NoGitProgram)?;
    let mut outside = candidates.filter(|c| c.is_absolute() && !c.starts_with(avoid));
    outside.next().ok_or(GitError::NoGitProgram)
}
