//! Facts that make a prompt complete without the repository. All text is untrusted.

use super::path::RepoPath;

/// Everything known about the change besides its lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// Name of the repository: last part of the remote, or of the directory.
    pub repository: String,
    /// Text around each hunk beyond its context lines; a hunk may have several pieces.
    pub surroundings: Vec<Surrounding>,
    /// Facts from history; empty when history was not read.
    pub history: WorkHistory,
    /// Guidelines from the base of the change.
    pub guidelines: Vec<Guideline>,
    /// Lessons in `docs/solutions` at the base that share files or modules.
    pub lessons: Vec<PastLesson>,
    /// What could not be had, and why, in words for people.
    pub notes: Vec<String>,
}

/// The enclosing function or type of a hunk, as it is after the change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surrounding {
    /// Which hunk.
    pub hunk: super::ids::HunkId,
    /// The file.
    pub path: RepoPath,
    /// Number of the first line of `text` in the new file.
    pub first_line: u32,
    /// The lines.
    pub text: String,
}

/// What history says about the touched files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkHistory {
    /// Non-merge commits that were mined.
    pub mined: usize,
    /// Per touched file.
    pub files: Vec<FileHistory>,
    /// Files that usually change together with a touched one and did not this time.
    pub missing_companions: Vec<Companion>,
    /// Commits before the change on the same files that repair each other
    /// (fixup!, revert, "fix" shortly after), newest first: `(short id, subject)`.
    pub repairs: Vec<(String, String)>,
    /// Paths at the head of the change that look like tests and stand near touched files; capped.
    pub test_files: Vec<RepoPath>,
}

/// A touched file's past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileHistory {
    /// The file.
    pub path: RepoPath,
    /// Commits that touched it among those mined.
    pub commits: usize,
    /// Of these, how many say that they repair something.
    pub repairs: usize,
    /// Its last commits before the change, newest first: `(short id, subject)`; at most 5.
    pub recent: Vec<(String, String)>,
}

/// A pair that usually changes together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Companion {
    /// The touched file.
    pub touched: RepoPath,
    /// The file that did not change.
    pub missing: RepoPath,
    /// Commits that changed both.
    pub together: usize,
    /// Commits that changed the touched one.
    pub alone: usize,
}

/// A guideline file (`AGENTS.md`, `CONTRIBUTING.md`, ...) at the base of the change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guideline {
    /// The file.
    pub path: RepoPath,
    /// Its text, capped.
    pub text: String,
}

/// A lesson written down before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastLesson {
    /// The file.
    pub path: RepoPath,
    /// Its title.
    pub title: String,
    /// Its text, capped.
    pub text: String,
}
