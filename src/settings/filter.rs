//! On which branches and for which paths reviews start by themselves
//! (`agents.auto.branches`, `agents.auto.paths`). What a person asks for by
//! name is reviewed whatever these say.
//!
//! Globs are git's: `*` and `?` stop at a slash, `**` does not, and a pattern
//! that ends in a slash stands for everything below it, as in
//! `includeIf.onbranch`. A path pattern without a slash fits at any depth, as
//! in `.gitignore`. A pattern behind `!` takes out again; with nothing but
//! such ones, all that they leave fits.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::model::Settings;

/// Why nothing starts by itself on this branch, if nothing does; no branch:
/// HEAD is detached.
#[must_use]
pub(crate) fn off_branch(settings: &Settings, branch: Option<&str>) -> Option<String> {
    let what = branch.map_or_else(
        || "a detached HEAD".to_owned(),
        |name| format!("branch `{name}`"),
    );
    let fits =
        |patterns: &[String]| Filter::of(patterns, Kind::Branch).fits(branch.map(str::as_bytes));
    outside(
        &what,
        "branches",
        [&settings.auto_branches, &settings.policy.branches],
        fits,
    )
}

/// Why a change of these paths starts nothing by itself, if it does not. A
/// change of no path at all is not held back.
#[must_use]
pub(crate) fn off_paths(settings: &Settings, paths: &[&[u8]]) -> Option<String> {
    let fits = |patterns: &[String]| {
        let filter = Filter::of(patterns, Kind::Path);
        paths.is_empty() || paths.iter().any(|path| filter.fits(Some(path)))
    };
    outside(
        "every changed file",
        "paths",
        [&settings.auto_paths, &settings.policy.paths],
        fits,
    )
}

/// Whether the pattern, behind its `!`, can be matched.
pub(super) fn is_pattern(text: &str) -> bool {
    let bare = text.strip_prefix('!').unwrap_or(text);
    bare.chars().any(|c| c != '/') && text.len() <= 1000 && GlobBuilder::new(bare).build().is_ok()
}

/// Both the person's patterns and the repository's have to fit.
fn outside(
    what: &str,
    key: &str,
    [own, policy]: [&[String]; 2],
    fits: impl Fn(&[String]) -> bool,
) -> Option<String> {
    if !fits(own) {
        return Some(format!("{what} is outside `agents.auto.{key}`"));
    }
    (!fits(policy)).then(|| format!("{what} is outside `{key}` in .gitagents.toml"))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Branch,
    Path,
}

struct Filter {
    /// None: everything.
    wanted: Option<GlobSet>,
    unwanted: GlobSet,
}

impl Filter {
    fn of(patterns: &[String], kind: Kind) -> Self {
        let (unwanted, wanted): (Vec<&str>, Vec<&str>) = patterns
            .iter()
            .map(String::as_str)
            .partition(|pattern| pattern.starts_with('!'));
        let bare = unwanted.iter().map(|pattern| &pattern[1..]);
        Self {
            wanted: (!wanted.is_empty()).then(|| set(wanted.into_iter(), kind)),
            unwanted: set(bare, kind),
        }
    }

    /// Nothing at all fits only where everything does.
    fn fits(&self, name: Option<&[u8]>) -> bool {
        let Some(name) = name.map(|name| Path::new(OsStr::from_bytes(name))) else {
            return self.wanted.is_none();
        };
        self.wanted.as_ref().is_none_or(|set| set.is_match(name)) && !self.unwanted.is_match(name)
    }
}

/// Patterns were checked when they were read; one that cannot be built fits nothing.
fn set<'a>(patterns: impl Iterator<Item = &'a str>, kind: Kind) -> GlobSet {
    let mut builder = GlobSetBuilder::new();
    for text in patterns.flat_map(|pattern| spelled_out(pattern, kind)) {
        if let Ok(glob) = GlobBuilder::new(&text).literal_separator(true).build() {
            builder.add(glob);
        }
    }
    builder.build().unwrap_or_else(|_| GlobSet::empty())
}

fn spelled_out(pattern: &str, kind: Kind) -> Vec<String> {
    let bare = pattern.trim_matches('/');
    match kind {
        Kind::Branch if pattern.ends_with('/') => vec![format!("{bare}/**")],
        Kind::Branch => vec![bare.to_owned()],
        Kind::Path => {
            let anchored = pattern.trim_end_matches('/').contains('/');
            let bare = if anchored {
                bare.to_owned()
            } else {
                format!("**/{bare}")
            };
            // a directory stands for everything in it
            vec![format!("{bare}/**"), bare]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    fn branch(own: &str, name: &str) -> bool {
        let settings = Settings {
            auto_branches: patterns(own),
            ..Settings::default()
        };
        off_branch(&settings, Some(name)).is_none()
    }

    fn path(own: &str, names: &[&str]) -> bool {
        let settings = Settings {
            auto_paths: patterns(own),
            ..Settings::default()
        };
        off_paths(
            &settings,
            &names.iter().map(|name| name.as_bytes()).collect::<Vec<_>>(),
        )
        .is_none()
    }

    #[test]
    fn branches_fit_as_in_git() {
        assert!(branch("", "anything"));
        assert!(branch("main release/*", "release/1"));
        assert!(!branch("main release/*", "release/1/x") && !branch("main", "mainline"));
        assert!(branch("release/", "release/1/x") && branch("**", "a/b") && !branch("*", "a/b"));
        assert!(!branch("!wip/**", "wip/a/b") && branch("!wip/**", "main"));
        assert!(
            !branch("team/** !team/old", "team/old") && branch("team/** !team/old", "team/new")
        );
        assert!(branch("feature-[0-9]", "feature-7"));
    }

    #[test]
    fn without_a_branch_only_what_excludes_fits() {
        let with = |own: &str| Settings {
            auto_branches: patterns(own),
            ..Settings::default()
        };
        assert_eq!(off_branch(&with("!wip"), None), None);
        let why = off_branch(&with("main"), None);
        assert_eq!(
            why.as_deref(),
            Some("a detached HEAD is outside `agents.auto.branches`")
        );
    }

    #[test]
    fn one_path_is_enough() {
        assert!(path("src/", &["README.md", "src/a/b.rs"]));
        assert!(!path("/src/", &["README.md", "lib/src/a.rs"]));
        assert!(path("*.rs", &["deep/down/a.rs"]) && !path("/*.rs", &["deep/a.rs"]));
        assert!(!path("!docs/** !*.md", &["docs/a.txt", "README.md"]));
        assert!(path("!docs", &["docs/a.txt", "a.txt"]) && path("src", &[]));
    }

    #[test]
    fn the_repository_narrows_what_the_person_wants() {
        let mut settings = Settings {
            auto_branches: patterns("main topic"),
            ..Settings::default()
        };
        settings.policy.branches = patterns("main other");
        assert_eq!(off_branch(&settings, Some("main")), None);
        let why = off_branch(&settings, Some("topic"));
        assert_eq!(
            why.as_deref(),
            Some("branch `topic` is outside `branches` in .gitagents.toml")
        );
        assert!(
            off_branch(&settings, Some("other"))
                .is_some_and(|why| why.contains("agents.auto.branches"))
        );
    }

    #[test]
    fn what_cannot_be_matched_is_no_pattern() {
        for bad in ["", "!", "/", "!/", "a[", "!a["] {
            assert!(!is_pattern(bad), "{bad}");
        }
        assert!(is_pattern("!a/**") && is_pattern("release/"));
    }
}
