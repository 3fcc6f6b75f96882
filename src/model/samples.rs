//! Values that tests of several stages start from; each test says only what it is about.

use super::*;

/// A commit with these files and nothing beside them.
pub(crate) fn change(files: Vec<FileChange>) -> Change {
    Change {
        target: Target {
            kind: TargetKind::Commit,
            base: None,
            head: None,
            subject: String::new(),
            branch: None,
        },
        commits: Vec::new(),
        commit_count: 0,
        files,
        skipped: Vec::new(),
        lock_files: Vec::new(),
        reader: Reader::Libgit2,
        notes: Vec::new(),
        has_base: true,
    }
}

/// A modified file, without its hunks and texts.
pub(crate) fn file(path: &str) -> FileChange {
    let path = RepoPath::from(path);
    FileChange {
        language: Language::of_path(&path),
        path,
        old_path: None,
        status: FileStatus::Modified,
        old_mode: 0o100_644,
        new_mode: 0o100_644,
        hunks: Vec::new(),
        new_text: None,
        old_text: None,
    }
}
