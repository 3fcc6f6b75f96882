//! What of a push nobody has looked at, as data; a person reads its `Display`.

use std::fmt;

use crate::model::{ObjectId, RepoPath, RunId};
use crate::text::visible::shown;

/// One thing that was not reviewed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unreviewed {
    /// No review has read the commit.
    Commit(ObjectId),
    /// Nobody is to read the commit unasked, for this reason.
    Waived(ObjectId, String),
    /// A review that is not done.
    Running(RunId),
    /// The push brings more commits than are looked at.
    OlderThan(usize),
    /// A review left something out: the name of what it reviewed.
    PartsOf(String),
    /// The record of a review is not what we wrote.
    ChangedRecord(RunId),
    /// The key that seals the records of reviews cannot be read.
    NoKey,
    /// A line that git handed to the hook and that cannot be understood.
    Line(Vec<u8>),
    /// Git's list of refs could not be read to its end.
    Input,
    /// A ref that names a tree or a blob: no review reads those.
    Object { name: Vec<u8>, kind: &'static str },
    /// An object that is not in this clone.
    Missing(ObjectId),
    /// An object that is too large to be searched for secrets.
    TooLarge(Vec<u8>),
    /// The search for secrets failed.
    SecretSearch(String),
    /// Whether a finding still stands cannot be told: its file is too large.
    Finding { id: String, path: RepoPath },
    /// A setting that cannot be understood; its default was used.
    Setting(String),
}

impl fmt::Display for Unreviewed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Commit(id) => f.write_str(id.short()),
            Self::Waived(id, why) => write!(f, "{} ({why})", id.short()),
            Self::Running(run) => write!(f, "run {run} is not done"),
            Self::OlderThan(commits) => {
                write!(f, "everything before the newest {commits} commits")
            }
            Self::PartsOf(label) => write!(f, "parts of {label}"),
            Self::ChangedRecord(run) => {
                write!(f, "the record of run {run} is not as git agents wrote it")
            }
            Self::NoKey => f.write_str(
                "records cannot be checked: the key in the state directory cannot be read",
            ),
            Self::Line(line) => write!(f, "a line that git gave: {}", shown(line)),
            Self::Input => f.write_str("the list of refs could not be read to its end"),
            Self::Object { name, kind } => {
                write!(f, "{} names a {kind}, not a commit", shown(name))
            }
            Self::Missing(id) => write!(f, "object {} is not in this clone", id.short()),
            Self::TooLarge(name) => {
                write!(f, "{} is too large to be searched for secrets", shown(name))
            }
            Self::SecretSearch(why) => write!(f, "secrets could not be looked for: {why}"),
            Self::Finding { id, path } => write!(
                f,
                "whether finding {id} still stands: {} is too large",
                shown(path.as_bytes())
            ),
            Self::Setting(why) => write!(f, "the settings are wrong: {why}"),
        }
    }
}
