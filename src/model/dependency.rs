//! Lock files as what they mean.

use super::path::RepoPath;

/// A lock file's change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockFileChange {
    /// The lock file.
    pub path: RepoPath,
    /// `Cargo`, `npm`, `yarn`, `pnpm`, `Poetry`, `uv`, `pip`, `Go`, `Bundler`, `Composer`, ...
    pub ecosystem: &'static str,
    /// What changed, by package name.
    pub changes: Vec<DependencyChange>,
    /// Why the summary is not complete, if it is not.
    pub incomplete: Option<String>,
}

/// One dependency's change. All text is untrusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DependencyChange {
    /// Package name.
    pub name: String,
    /// Versions.
    pub version: VersionChange,
    /// Where it comes from after the change (before it, when removed), when the file says so.
    pub source: Option<String>,
    /// Whether the source is not the ecosystem's registry (git, URL, local path).
    pub foreign_source: bool,
    /// Line in the new lock file, when known.
    pub line: Option<u32>,
}

/// How a version changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VersionChange {
    /// New at this version.
    Added(String),
    /// Gone from this version.
    Removed(String),
    /// From one to another.
    Moved {
        /// Before.
        from: String,
        /// After.
        to: String,
    },
    /// Same version, other source or checksum.
    SourceChanged(String),
}
