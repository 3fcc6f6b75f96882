//! Which lines of two texts differ. libgit2 serves as the diff library here,
//! for both readers: it is git's own algorithm and touches no repository.

use super::error::GitError;

/// Lines replaced by lines, counted from 0; either side may be empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ChangedLines {
    /// First old line.
    pub old_start: usize,
    /// Number of old lines.
    pub old_count: usize,
    /// First new line.
    pub new_start: usize,
    /// Number of new lines.
    pub new_count: usize,
}

/// The differing lines in order, with git's own alignment. The texts are
/// taken as text whatever bytes they hold.
pub(crate) fn changed_lines(old: &[u8], new: &[u8]) -> Result<Vec<ChangedLines>, GitError> {
    let mut options = git2::DiffOptions::new();
    options
        .context_lines(0)
        .interhunk_lines(0)
        .force_text(true)
        .indent_heuristic(true);
    let attempt = "compare two texts";
    let patch = git2::Patch::from_buffers(old, None, new, None, Some(&mut options));
    let patch = patch.map_err(GitError::libgit2(attempt))?;
    let hunks = 0..patch.num_hunks();
    hunks
        .map(|i| {
            patch
                .hunk(i)
                .map(|(hunk, _)| from_hunk(&hunk))
                .map_err(GitError::libgit2(attempt))
        })
        .collect()
}

/// git numbers lines from 1, and names the line before an empty side.
fn from_hunk(hunk: &git2::DiffHunk<'_>) -> ChangedLines {
    let start = |line: u32, count: u32| {
        if count == 0 {
            line as usize
        } else {
            (line as usize).saturating_sub(1)
        }
    };
    ChangedLines {
        old_start: start(hunk.old_start(), hunk.old_lines()),
        old_count: hunk.old_lines() as usize,
        new_start: start(hunk.new_start(), hunk.new_lines()),
        new_count: hunk.new_lines() as usize,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn tuples(old: &str, new: &str) -> Vec<(usize, usize, usize, usize)> {
        let lines = changed_lines(old.as_bytes(), new.as_bytes()).unwrap();
        lines
            .iter()
            .map(|c| (c.old_start, c.old_count, c.new_start, c.new_count))
            .collect()
    }

    #[test]
    fn empty_sides_are_counted_from_zero() {
        assert_eq!(tuples("", "a\nb\n"), [(0, 0, 0, 2)]);
        assert_eq!(tuples("a\nb\n", ""), [(0, 2, 0, 0)]);
        assert_eq!(tuples("a\nb\nc\n", "a\nc\n"), [(1, 1, 1, 0)]);
        assert_eq!(
            tuples("a\nc\n", "a\nb\nc\nd\n"),
            [(1, 0, 1, 1), (2, 0, 3, 1)]
        );
        assert_eq!(tuples("a\0\n", "b\0\n"), [(0, 1, 0, 1)]);
        assert_eq!(tuples("a\n", "a"), [(0, 1, 0, 1)]);
        assert_eq!(tuples("same\n", "same\n"), []);
    }
}
