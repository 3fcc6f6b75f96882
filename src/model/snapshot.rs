//! What an exploring agent may read.

/// A snapshot as its readers and the person are told of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SnapshotNote {
    /// Files in it.
    pub files: usize,
    /// Files of the reviewed tree; larger than `files` where only what is near the change was taken.
    pub of: usize,
    /// Files in it in which secrets were masked.
    pub masked: usize,
    /// What was left out for a reason other than distance, and how many of each.
    pub left_out: Vec<(LeftOut, usize)>,
}

/// Why a file of the reviewed tree is not in the snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftOut {
    /// Agents would obey it, or run what it names.
    AgentConfiguration,
    /// Its name says that it holds credentials.
    Credentials,
    /// The person's or the project's path filters exclude it.
    Filtered,
    /// No text.
    Binary,
    /// Too large for a snapshot.
    TooLarge,
    /// A link that leads out of the snapshot, or to nothing in it.
    Link,
    /// A submodule, or a path that no honest tree holds.
    NoFile,
    /// Changed, but not read for the review: what stands in the tree is not what is reviewed.
    NotReviewed,
    /// Not in this clone, or gone while it was read.
    Unreadable,
}

impl LeftOut {
    /// The words for `count` of them.
    #[must_use]
    pub fn words(self, count: usize) -> String {
        let (one, many) = match self {
            Self::AgentConfiguration => (
                "configuration file of agents",
                "configuration files of agents",
            ),
            Self::Credentials => ("file of credentials", "files of credentials"),
            Self::Filtered => ("excluded file", "excluded files"),
            Self::Binary => ("binary file", "binary files"),
            Self::TooLarge => ("large file", "large files"),
            Self::Link => ("link", "links"),
            Self::NoFile => ("entry that is no file", "entries that are no files"),
            Self::NotReviewed => (
                "changed file that is not reviewed",
                "changed files that are not reviewed",
            ),
            Self::Unreadable => ("unreadable file", "unreadable files"),
        };
        format!("{count} {}", if count == 1 { one } else { many })
    }
}

impl SnapshotNote {
    /// What it holds, as a fragment: `12 of the 5000 files of the reviewed tree`.
    #[must_use]
    pub fn holds(&self) -> String {
        match (self.files, self.of) {
            (files, of) if files >= of => format!("all {of} files of the reviewed tree"),
            (files, of) => format!("{files} of the {of} files of the reviewed tree"),
        }
    }

    /// What was left out for a reason, as a list; empty if nothing was.
    #[must_use]
    pub fn lacks(&self) -> String {
        let parts: Vec<String> = self
            .left_out
            .iter()
            .map(|(why, count)| why.words(*count))
            .collect();
        parts.join(", ")
    }
}
