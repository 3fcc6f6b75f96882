//! What was left out of a review, and why.

use super::path::RepoPath;

/// A file that the reviewers do not see as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Its path.
    pub path: RepoPath,
    /// The reason.
    pub reason: SkipReason,
}

/// Why a file is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SkipReason {
    /// Not text.
    Binary,
    /// `linguist-generated` in `.gitattributes`, or a marker in its first lines.
    Generated,
    /// A vendored path, or `linguist-vendored`.
    Vendored,
    /// Lines too long for a person to have written them.
    Minified,
    /// Over the size of one file, in bytes.
    TooLarge {
        /// Size of the larger side, bytes.
        bytes: u64,
    },
    /// The whole change is over the budget and this file did not fit.
    OverBudget,
    /// A lock file, summarised as dependency changes instead.
    LockFile,
    /// A path that the person's or the repository's settings leave out.
    Filtered,
    /// Its content is not in this clone (partial clone).
    Missing,
    /// Cannot be read: the words of the attempt.
    Unreadable(String),
}

impl SkipReason {
    /// Whether leaving it out means that something reviewable stayed unread,
    /// so that the review is incomplete. Binary, generated, vendored, minified,
    /// summarised and filtered files are left out knowingly and are not.
    #[must_use]
    pub fn is_gap(&self) -> bool {
        match self {
            Self::TooLarge { .. } | Self::OverBudget | Self::Missing | Self::Unreadable(_) => true,
            Self::Binary
            | Self::Generated
            | Self::Vendored
            | Self::Minified
            | Self::LockFile
            | Self::Filtered => false,
        }
    }

    /// The words shown to people and agents.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Binary => "binary".into(),
            Self::Generated => "generated".into(),
            Self::Vendored => "vendored".into(),
            Self::Minified => "minified".into(),
            Self::TooLarge { bytes } => format!("too large ({bytes} bytes)"),
            Self::OverBudget => "over the review's size budget".into(),
            Self::LockFile => "lock file: summarised".into(),
            Self::Filtered => "left out by settings".into(),
            Self::Missing => "content not in this clone".into(),
            Self::Unreadable(why) => format!("unreadable: {why}"),
        }
    }
}
