//! A change, owned: what the reviewers read.

use super::dependency::LockFileChange;
use super::ids::{HunkId, ObjectId};
use super::path::{PlaceWithoutFile, RepoPath};
use super::skipped::Skipped;
use super::target::Target;

/// Bytes of one line that a prompt shows; what is beyond is named, not shown.
pub(crate) const LONGEST_SHOWN: usize = 4_000;

/// Everything that a review is about. After `capture::mask` no secret that the
/// detector knows is left in any text in here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What was resolved.
    pub target: Target,
    /// The commits it holds, newest first; empty for uncommitted work; capped.
    pub commits: Vec<CommitInfo>,
    /// How many commits it holds in all.
    pub commit_count: usize,
    /// Files to review, in prompt order; every hunk has its id.
    pub files: Vec<FileChange>,
    /// Files left out, each with the reason.
    pub skipped: Vec<Skipped>,
    /// Lock files, as dependency changes.
    pub lock_files: Vec<LockFileChange>,
    /// Which program read the repository.
    pub reader: Reader,
    /// Notes on the reading that the person should know (`-v`).
    pub notes: Vec<String>,
    /// Whether the base of the change exists (false: root commit, unborn HEAD).
    pub has_base: bool,
}

impl Change {
    /// All hunks with their files, in id order.
    pub fn hunks(&self) -> impl Iterator<Item = (&FileChange, &Hunk)> {
        self.files
            .iter()
            .flat_map(|f| f.hunks.iter().map(move |h| (f, h)))
    }

    /// The file with this (new, or for deletions old) path.
    #[must_use]
    pub fn file(&self, path: &RepoPath) -> Option<&FileChange> {
        self.files.iter().find(|f| f.path == *path)
    }

    /// Whether nothing at all changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.skipped.is_empty() && self.lock_files.is_empty()
    }
}

/// A commit in the change. All text is untrusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitInfo {
    /// Its id.
    pub id: ObjectId,
    /// Number of parents.
    pub parents: usize,
    /// Author's name.
    pub author: String,
    /// Author time, seconds since the epoch.
    pub time: i64,
    /// Message, whole, lossy UTF-8.
    pub message: String,
}

impl CommitInfo {
    /// How a report names the message, where it names a file otherwise.
    #[must_use]
    pub fn message_path(&self) -> RepoPath {
        RepoPath::without_file(PlaceWithoutFile::CommitMessage, self.id.short())
    }

    /// First line of the message.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.message.lines().next().unwrap_or("")
    }
}

/// Who read the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reader {
    /// libgit2 in this process.
    Libgit2,
    /// The git program, hardened; with the reason.
    Plumbing {
        /// Why libgit2 was not used.
        why: String,
    },
}

/// What happened to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileStatus {
    /// New.
    Added,
    /// Gone.
    Deleted,
    /// Content changed.
    Modified,
    /// Moved, perhaps edited.
    Renamed,
    /// Copied, perhaps edited.
    Copied,
    /// Only the mode changed.
    ModeChanged,
    /// File, symlink or submodule became another of these.
    TypeChanged,
}

impl FileStatus {
    /// The word shown to people and agents.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Deleted => "deleted",
            Self::Modified => "modified",
            Self::Renamed => "renamed",
            Self::Copied => "copied",
            Self::ModeChanged => "mode changed",
            Self::TypeChanged => "type changed",
        }
    }
}

/// One file of the change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// New path; the old one for a deletion.
    pub path: RepoPath,
    /// Old path where it differs.
    pub old_path: Option<RepoPath>,
    /// What happened.
    pub status: FileStatus,
    /// Mode before (`0o100644`, `0o100755`, `0o120000` symlink, `0o160000` submodule); 0: absent.
    pub old_mode: u32,
    /// Mode after; 0: absent.
    pub new_mode: u32,
    /// Language by path, or by `#!` line.
    pub language: Language,
    /// Hunks, ascending; a mode-only or pure rename entry has one hunk without lines.
    pub hunks: Vec<Hunk>,
    /// The whole text after the change, when it is text within the limits.
    pub new_text: Option<Vec<u8>>,
    /// The whole text before the change, when it is text within the limits.
    pub old_text: Option<Vec<u8>>,
}

impl FileChange {
    /// Numbers (from 1, in the new file) of the lines this change added, ascending.
    #[must_use]
    pub fn added_lines(&self) -> Vec<u32> {
        let lines = self.hunks.iter().flat_map(|h| &h.lines);
        lines
            .filter(|l| l.kind == LineKind::Added)
            .filter_map(|l| l.new_number)
            .collect()
    }
}

/// A run of changed lines with three lines of context, git's hunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunk {
    /// Its id in the whole change.
    pub id: HunkId,
    /// First old line (0 when `old_count` is 0 in a new file).
    pub old_start: u32,
    /// Number of old lines.
    pub old_count: u32,
    /// First new line.
    pub new_start: u32,
    /// Number of new lines.
    pub new_count: u32,
    /// The enclosing function's line as git shows it after `@@`; may be empty.
    pub section: String,
    /// The lines.
    pub lines: Vec<Line>,
}

impl Hunk {
    /// The opening line of the prompt format: `=== hunk h3 src/db.py +12,9`.
    /// The path is given as its prompt text, already safe for one line.
    #[must_use]
    pub fn heading(&self, path: &str) -> String {
        let id = self.id;
        if self.new_count == 0 && self.old_count > 0 {
            format!(
                "=== hunk {id} {path} -{},{}",
                self.old_start, self.old_count
            )
        } else {
            format!(
                "=== hunk {id} {path} +{},{}",
                self.new_start, self.new_count
            )
        }
    }
}

/// Kind of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LineKind {
    /// In both.
    Context,
    /// Only after.
    Added,
    /// Only before.
    Removed,
}

/// One line of a hunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its kind.
    pub kind: LineKind,
    /// Number in the old file, from 1.
    pub old_number: Option<u32>,
    /// Number in the new file, from 1.
    pub new_number: Option<u32>,
    /// Bytes without the line feed; a carriage return before it is kept.
    pub text: Vec<u8>,
    /// Whether the line feed is missing (last line of the file).
    pub no_newline: bool,
}

impl Line {
    /// Text for display and comparison, lossy where not UTF-8.
    #[must_use]
    pub fn to_text(&self) -> String {
        String::from_utf8_lossy(&self.text).into_owned()
    }
}

/// Languages that the program tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Language {
    /// C (headers too).
    C,
    /// C++.
    Cpp,
    /// C#.
    CSharp,
    /// Go.
    Go,
    /// Java.
    Java,
    /// JavaScript, JSX.
    JavaScript,
    /// Kotlin.
    Kotlin,
    /// PHP.
    Php,
    /// Python.
    Python,
    /// Ruby.
    Ruby,
    /// Rust.
    Rust,
    /// Shell.
    Shell,
    /// SQL.
    Sql,
    /// Swift.
    Swift,
    /// TypeScript.
    TypeScript,
    /// TypeScript with JSX.
    Tsx,
    /// Configuration and data: YAML, TOML, JSON, INI.
    Config,
    /// Prose: Markdown, plain text, reStructuredText.
    Prose,
    /// Anything else.
    Other,
}

impl Language {
    /// Name as people write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::C => "C",
            Self::Cpp => "C++",
            Self::CSharp => "C#",
            Self::Go => "Go",
            Self::Java => "Java",
            Self::JavaScript => "JavaScript",
            Self::Kotlin => "Kotlin",
            Self::Php => "PHP",
            Self::Python => "Python",
            Self::Ruby => "Ruby",
            Self::Rust => "Rust",
            Self::Shell => "shell",
            Self::Sql => "SQL",
            Self::Swift => "Swift",
            Self::TypeScript => "TypeScript",
            Self::Tsx => "TSX",
            Self::Config => "configuration",
            Self::Prose => "prose",
            Self::Other => "other",
        }
    }

    /// Language by the path's name and extension.
    #[must_use]
    pub fn of_path(path: &RepoPath) -> Self {
        match path.extension().as_deref() {
            Some("c" | "h") => Self::C,
            Some("cc" | "cpp" | "cxx" | "hpp" | "hh" | "hxx" | "ipp") => Self::Cpp,
            Some("cs") => Self::CSharp,
            Some("go") => Self::Go,
            Some("java") => Self::Java,
            Some("js" | "jsx" | "mjs" | "cjs") => Self::JavaScript,
            Some("kt" | "kts") => Self::Kotlin,
            Some("php") => Self::Php,
            Some("py" | "pyi" | "pyw") => Self::Python,
            Some("rb" | "rake" | "gemspec") => Self::Ruby,
            Some("rs") => Self::Rust,
            Some("sh" | "bash" | "zsh" | "ksh") => Self::Shell,
            Some("sql") => Self::Sql,
            Some("swift") => Self::Swift,
            Some("ts" | "mts" | "cts") => Self::TypeScript,
            Some("tsx") => Self::Tsx,
            Some(
                "yml" | "yaml" | "toml" | "json" | "ini" | "cfg" | "conf" | "properties" | "xml",
            ) => Self::Config,
            Some("md" | "markdown" | "txt" | "rst" | "adoc") => Self::Prose,
            _ => Self::Other,
        }
    }
}
