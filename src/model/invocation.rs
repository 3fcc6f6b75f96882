//! How a process is started.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// Set in the environment of every agent: whoever sees it is inside a review and starts none.
pub const INSIDE_REVIEW: &str = "GIT_AGENTS_INSIDE_REVIEW";

/// A process to run: complete, nothing is inherited beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// Absolute path of the program.
    pub program: PathBuf,
    /// Arguments. Never hold repository text or any part of the prompt.
    pub args: Vec<OsString>,
    /// The whole environment of the child.
    pub env: Vec<(OsString, OsString)>,
    /// Written to standard input, which is then closed.
    pub prompt: Vec<u8>,
    /// Files to create (0600) in the private working directory before the start, by name or by path
    /// below it, whose directories are made (0700); `{dir}` in an
    /// argument or an environment value is replaced by that directory's path.
    pub files: Vec<(String, Vec<u8>)>,
    /// Working directory; none: a fresh, empty, private one, removed afterwards.
    pub cwd: Option<PathBuf>,
    /// Limits.
    pub limits: JobLimits,
}

/// Bounds of one job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobLimits {
    /// From start to end.
    pub hard: Duration,
    /// Without any output on either stream.
    pub idle: Duration,
    /// Bytes kept and allowed of each output stream.
    pub output_bytes: u64,
    /// Between TERM and KILL.
    pub grace: Duration,
}
