//! Lessons written down before about the same files or modules.

use std::ops::ControlFlow;
use std::time::Duration;

use super::Touched;
use super::guidelines::cut;
use crate::git::{GitCommand, Repo};
use crate::model::{ObjectId, PastLesson, RepoPath};

/// Where lessons are kept.
const FOLDER: &str = "docs/solutions/";
/// Lesson files that are looked into.
const MAX_FILES: usize = 300;
/// Lessons that are passed on.
const MAX_LESSONS: usize = 3;
/// Bytes of one lesson.
const LESSON_BYTES: usize = 4000;
/// A whole path or a file name is enough; a mere tag is not.
const ENOUGH: usize = 2;

/// The call that lists lesson files at the base.
pub(super) fn listing(repo: &Repo, base: &ObjectId, deadline: Duration) -> GitCommand {
    GitCommand::new(repo)
        .args([
            "ls-tree",
            "-r",
            "-z",
            "--name-only",
            base.as_str(),
            "--",
            FOLDER,
        ])
        .deadline(deadline)
}

/// Paths of lesson files; none if there are none or git fails.
pub(super) fn names(listing: GitCommand) -> Vec<RepoPath> {
    let mut names = Vec::new();
    let listed = listing.records(0, |path| {
        if path.ends_with(b".md") {
            names.push(RepoPath::new(path));
        }
        if names.len() < MAX_FILES {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    });
    if listed.is_err() {
        names.clear();
    }
    names
}

/// The lessons that speak of touched files, the closest first.
pub(super) fn select(
    found: impl Iterator<Item = (RepoPath, Vec<u8>)>,
    touched: &Touched,
) -> Vec<PastLesson> {
    let mut scored = Vec::new();
    for (path, bytes) in found {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let score = score(&text, touched);
        if score >= ENOUGH && !touched.all.contains(&path) {
            scored.push((score, path, text));
        }
    }
    scored.sort_by(|a, b| (b.0, &a.1).cmp(&(a.0, &b.1)));
    let lesson = |(_, path, text): (usize, RepoPath, String)| {
        let title = title(&text).unwrap_or_else(|| path.to_text());
        PastLesson {
            path,
            title,
            text: cut(text.trim(), LESSON_BYTES),
        }
    };
    scored.into_iter().take(MAX_LESSONS).map(lesson).collect()
}

fn score(text: &str, touched: &Touched) -> usize {
    let lower = text.to_ascii_lowercase();
    let module = field(text, "module")
        .unwrap_or_default()
        .to_ascii_lowercase();
    let tags = field(text, "tags").unwrap_or_default().to_ascii_lowercase();
    let of_path = |path: &RepoPath| {
        let path = path.to_text().to_ascii_lowercase();
        let name = path.rsplit('/').next().unwrap_or(&path);
        let in_module = !module.is_empty() && path.split(['/', '.']).any(|part| part == module);
        let named = name.len() > 5 && mentions(&lower, name);
        3 * usize::from(mentions(&lower, &path))
            + 2 * usize::from(named)
            + 2 * usize::from(in_module)
    };
    let best = touched.reviewed.iter().map(of_path).max().unwrap_or(0);
    best + usize::from(touched.stems().iter().any(|stem| mentions(&tags, stem)))
}

/// Whether the words stand in the text with no letter, digit, `_` or `-` right beside them.
fn mentions(text: &str, words: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    text.match_indices(words).any(|(at, found)| {
        let (before, after) = (
            text[..at].chars().next_back(),
            text[at + found.len()..].chars().next(),
        );
        !before.is_some_and(part) && !after.is_some_and(part)
    })
}

/// A one-line field of the front matter, without quotes.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = text.lines();
    lines.next().filter(|l| l.trim_end() == "---")?;
    let front = lines.take_while(|l| l.trim_end() != "---").take(60);
    let mut values = front.filter_map(|l| l.strip_prefix(name)?.strip_prefix(':'));
    values.next().map(|v| v.trim().trim_matches(['"', '\'']))
}

fn title(text: &str) -> Option<String> {
    let heading = || text.lines().find_map(|l| l.strip_prefix("# "));
    let title = field(text, "title")
        .filter(|t| !t.is_empty())
        .or_else(heading)?;
    Some(title.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touched(paths: &[&str]) -> Touched {
        Touched {
            reviewed: paths.iter().map(|p| RepoPath::from(*p)).collect(),
            all: Default::default(),
        }
    }

    fn titles(texts: &[&str], touched: &Touched) -> Vec<String> {
        let found = texts
            .iter()
            .enumerate()
            .map(|(i, t)| (RepoPath::new(format!("{i}")), t.as_bytes().to_vec()));
        select(found, touched)
            .into_iter()
            .map(|l| l.title)
            .collect()
    }

    #[test]
    fn lessons_about_touched_files_and_modules_are_found_closest_first() {
        let texts = [
            "---\ntitle: \"Module\"\nmodule: pricing\n---\n",
            "# Path\nsee `src/pricing/cache.rs:88`",
            "---\ntitle: Tag only\ntags: [cache]\n---\n",
            "# Other\nsrc/pricing/cache.rst and subcache.rs",
        ];
        assert_eq!(
            titles(&texts, &touched(&["src/pricing/cache.rs"])),
            ["Path", "Module"]
        );
    }

    #[test]
    fn a_lesson_that_this_change_itself_touches_is_not_the_past() {
        let mut touched = touched(&["src/pricing.rs"]);
        touched.all.insert("0".into());
        assert!(titles(&["# T\nsrc/pricing.rs"], &touched).is_empty());
    }
}
