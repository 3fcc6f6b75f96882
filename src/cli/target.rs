//! From the arguments that name a target to its specification.

use super::args::TargetArgs;
use super::error::CommandError;
use crate::model::TargetSpec;

impl TargetArgs {
    /// Whether any target is named.
    pub(super) fn is_named(&self) -> bool {
        self.target.is_some() || self.staged || self.worktree || self.base.is_some()
    }

    /// The specification.
    pub(super) fn spec(&self) -> Result<TargetSpec, CommandError> {
        if self.staged {
            return Ok(TargetSpec::Staged);
        }
        if self.worktree {
            return Ok(TargetSpec::Worktree);
        }
        if let Some(base) = &self.base {
            return Ok(TargetSpec::Base(base.clone()));
        }
        self.target.as_deref().map_or(Ok(TargetSpec::Auto), parse)
    }
}

fn parse(text: &str) -> Result<TargetSpec, CommandError> {
    if text.is_empty() {
        return Err(CommandError::usage("the target is empty")
            .hint("`git agents run HEAD` reviews the last commit"));
    }
    let range = |from: &str, to: &str, symmetric| {
        let or_head = |end: &str| {
            if end.is_empty() {
                "HEAD".to_owned()
            } else {
                end.to_owned()
            }
        };
        TargetSpec::Range {
            from: or_head(from),
            to: or_head(to),
            symmetric,
        }
    };
    if let Some((from, to)) = text.split_once("...") {
        return Ok(range(from, to, true));
    }
    if let Some((from, to)) = text.split_once("..") {
        return Ok(range(from, to, false));
    }
    Ok(TargetSpec::Commit(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_git_reads_them() {
        let range = |from: &str, to: &str, symmetric| TargetSpec::Range {
            from: from.into(),
            to: to.into(),
            symmetric,
        };
        let read = |text| parse(text).map_err(|failure| failure.to_text());
        assert_eq!(read("a..b"), Ok(range("a", "b", false)));
        assert_eq!(read("a...b"), Ok(range("a", "b", true)));
        assert_eq!(read("..b"), Ok(range("HEAD", "b", false)));
        assert_eq!(read("a.."), Ok(range("a", "HEAD", false)));
        assert_eq!(read("v1.2"), Ok(TargetSpec::Commit("v1.2".into())));
        assert!(read("").is_err());
    }
}
