//! The hook events we answer, and their shims.

use std::fmt;

/// A git hook that we install. Never reference-transaction or fsmonitor: they
/// run too often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    /// After `git commit`, and each commit that a pick, revert or rebase makes.
    PostCommit,
    /// After an amend or a rebase, with the old and new ids on standard input.
    PostRewrite,
    /// After a merge that git made itself.
    PostMerge,
    /// After HEAD or files were switched.
    PostCheckout,
    /// After `git am` applied a patch.
    PostApplypatch,
    /// After the index was written.
    PostIndexChange,
    /// Before a push, with what will be pushed on standard input.
    PrePush,
}

impl Event {
    /// Every event we answer.
    pub const ALL: [Self; 7] = [
        Self::PostCommit,
        Self::PostRewrite,
        Self::PostMerge,
        Self::PostCheckout,
        Self::PostApplypatch,
        Self::PostIndexChange,
        Self::PrePush,
    ];

    /// git's name for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::PostCommit => "post-commit",
            Self::PostRewrite => "post-rewrite",
            Self::PostMerge => "post-merge",
            Self::PostCheckout => "post-checkout",
            Self::PostApplypatch => "post-applypatch",
            Self::PostIndexChange => "post-index-change",
            Self::PrePush => "pre-push",
        }
    }

    /// The event that git calls by this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.name() == name)
    }

    /// The script that stands in the hook's place.
    pub(super) fn template(self) -> &'static str {
        match self {
            Self::PostCommit | Self::PostMerge | Self::PostApplypatch => {
                include_str!("../../../hooks/after")
            }
            Self::PostCheckout | Self::PostIndexChange => include_str!("../../../hooks/waiting"),
            Self::PostRewrite => include_str!("../../../hooks/post-rewrite"),
            Self::PrePush => include_str!("../../../hooks/pre-push"),
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
