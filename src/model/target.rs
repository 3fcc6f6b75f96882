//! What is reviewed: as asked for, and as resolved.

use super::ids::ObjectId;

/// A target as the person or the hook named it, not yet looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetSpec {
    /// Nothing named: uncommitted work against HEAD where a tracked file differs, else HEAD.
    Auto,
    /// The index against HEAD.
    Staged,
    /// Work tree (staged, unstaged and untracked text files) against HEAD.
    Worktree,
    /// A revision against its first parent.
    Commit(String),
    /// `A..B` (the two trees), or `A...B` (merge base to B).
    Range {
        /// Left end.
        from: String,
        /// Right end.
        to: String,
        /// Three dots: start at the merge base.
        symmetric: bool,
    },
    /// `--base REF`: merge base with HEAD, to HEAD.
    Base(String),
}

/// The kind of a resolved target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TargetKind {
    /// One commit.
    Commit,
    /// A range of commits.
    Range,
    /// Uncommitted work.
    Worktree,
    /// The index.
    Staged,
}

impl TargetKind {
    /// The word used in the JSON report.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Range => "range",
            Self::Worktree => "worktree",
            Self::Staged => "staged",
        }
    }
}

/// A resolved target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its kind.
    pub kind: TargetKind,
    /// The commit compared from; none means the empty tree.
    pub base: Option<ObjectId>,
    /// The commit compared to; none for uncommitted work.
    pub head: Option<ObjectId>,
    /// Subject of the head commit, or a phrase such as `uncommitted work`. Untrusted.
    pub subject: String,
    /// Short name of the current branch; none when detached. Untrusted.
    pub branch: Option<String>,
}

impl Target {
    /// How messages name it: `3f2c1ab`, `1a2b3c4..3f2c1ab`, `uncommitted work`.
    #[must_use]
    pub fn label(&self) -> String {
        match (self.kind, &self.base, &self.head) {
            (TargetKind::Commit, _, Some(head)) => head.short().to_owned(),
            (TargetKind::Range, Some(base), Some(head)) => {
                format!("{}..{}", base.short(), head.short())
            }
            (TargetKind::Range, None, Some(head)) => head.short().to_owned(),
            (TargetKind::Staged, ..) => "staged work".to_owned(),
            _ => "uncommitted work".to_owned(),
        }
    }
}
