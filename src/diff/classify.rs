//! Which files a reviewer need not or cannot read, and why.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::attributes::{Attributes, as_path};
use super::text_detection;
use crate::git::GitError;
use crate::model::{Language, RepoPath, SkipReason};

/// Lock files by name. `go.mod` is written by people and stays a text.
const LOCK_FILES: [&str; 22] = [
    "Cargo.lock",
    "Gemfile.lock",
    "Package.resolved",
    "Pipfile.lock",
    "Podfile.lock",
    "bun.lock",
    "composer.lock",
    "flake.lock",
    "go.sum",
    "gradle.lockfile",
    "mix.lock",
    "npm-shrinkwrap.json",
    "package-lock.json",
    "packages.lock.json",
    "pdm.lock",
    "pnpm-lock.yaml",
    "poetry.lock",
    "pubspec.lock",
    "uv.lock",
    "yarn.lock",
    "deno.lock",
    "Cartfile.resolved",
];

/// Extensions of formats that hold no text; used only where the content is not read.
const MEDIA: [&str; 40] = [
    "7z", "aac", "avi", "avif", "bin", "bmp", "bz2", "class", "dll", "dylib", "eot", "exe", "flac",
    "gif", "gz", "ico", "jar", "jpeg", "jpg", "mkv", "mov", "mp3", "mp4", "ogg", "otf", "pdf",
    "png", "psd", "so", "tar", "tgz", "tif", "tiff", "ttf", "wav", "webm", "webp", "woff", "woff2",
    "zip",
];

/// Importance to a reviewer; the lower ones are read first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    Source,
    Test,
    Config,
    Prose,
    Deleted,
}

/// The person's and the repository's path filters.
pub(super) fn filter(patterns: &[String]) -> Result<GlobSet, GitError> {
    let mut builder = GlobSetBuilder::new();
    for pattern in patterns {
        let invalid = |source| GitError::InvalidPattern {
            pattern: pattern.clone(),
            source,
        };
        let anchored = pattern.trim_end_matches('/').contains('/');
        let bare = pattern
            .strip_prefix('/')
            .unwrap_or(pattern)
            .trim_end_matches('/');
        let bare = if anchored {
            bare.to_owned()
        } else {
            format!("**/{bare}")
        };
        // a directory stands for everything in it
        for text in [bare.clone(), format!("{bare}/**")] {
            builder.add(
                GlobBuilder::new(&text)
                    .literal_separator(true)
                    .build()
                    .map_err(invalid)?,
            );
        }
    }
    builder.build().map_err(|source| GitError::InvalidPattern {
        pattern: patterns.join(" "),
        source,
    })
}

/// The reason known from the path, the base's attributes and the filters alone.
pub(super) fn by_path(
    path: &RepoPath,
    attributes: &Attributes,
    filter: &GlobSet,
) -> Option<SkipReason> {
    if filter.is_match(as_path(path.as_bytes())) {
        return Some(SkipReason::Filtered);
    }
    if is_lock_file(path) {
        return Some(SkipReason::LockFile);
    }
    if attributes.no_diff {
        return Some(SkipReason::Binary);
    }
    if attributes.generated == Some(true) {
        return Some(SkipReason::Generated);
    }
    if attributes
        .vendored
        .unwrap_or_else(|| is_vendored(path.as_bytes()))
    {
        return Some(SkipReason::Vendored);
    }
    let name = path.file_name();
    let minified: [&[u8]; 5] = [
        b".min.js",
        b".min.css",
        b".min.mjs",
        b".js.map",
        b".css.map",
    ];
    minified
        .iter()
        .any(|end| name.ends_with(end))
        .then_some(SkipReason::Minified)
}

/// The reason known from the texts. Where there is an old text, only it can
/// say that the file is generated: else a change could hide a file by signing it.
pub(super) fn by_text(
    attributes: &Attributes,
    old: Option<&[u8]>,
    new: Option<&[u8]>,
    line_bytes: usize,
) -> Option<SkipReason> {
    let texts = || old.into_iter().chain(new);
    if texts().any(text_detection::is_binary) {
        return Some(SkipReason::Binary);
    }
    let deciding = old.or(new).unwrap_or_default();
    if attributes
        .generated
        .unwrap_or_else(|| text_detection::is_signed_by_generator(deciding))
    {
        return Some(SkipReason::Generated);
    }
    texts()
        .any(|t| text_detection::is_minified(t, line_bytes))
        .then_some(SkipReason::Minified)
}

/// The reason for a file over the size that is read. Pictures, archives and
/// fonts are named for what they are: no size would make them reviewable.
pub(super) fn too_large(path: &RepoPath, bytes: u64) -> SkipReason {
    if is_media(path) {
        SkipReason::Binary
    } else {
        SkipReason::TooLarge { bytes }
    }
}

/// The reason for a file of which a partial clone lacks the content.
pub(super) fn missing(path: &RepoPath) -> SkipReason {
    if is_media(path) {
        SkipReason::Binary
    } else {
        SkipReason::Missing
    }
}

fn is_media(path: &RepoPath) -> bool {
    path.extension()
        .is_some_and(|e| MEDIA.contains(&e.as_str()))
}

fn is_lock_file(path: &RepoPath) -> bool {
    LOCK_FILES
        .iter()
        .any(|name| name.as_bytes() == path.file_name())
}

/// Directories of other people's code. `vendor` counts at the top, or where a
/// host name follows it: deeper it may be a word of the trade.
fn is_vendored(path: &[u8]) -> bool {
    let parts: Vec<&[u8]> = path.split(|b| *b == b'/').collect();
    let directories = &parts[..parts.len() - 1];
    directories.iter().enumerate().any(|(i, part)| match *part {
        b"node_modules" | b"third_party" | b"bower_components" => true,
        b"vendor" => {
            i == 0
                || directories
                    .get(i + 1)
                    .is_some_and(|next| next.contains(&b'.'))
        }
        _ => false,
    })
}

/// How soon a file is read under a budget.
pub(super) fn class(path: &RepoPath, deleted: bool) -> Class {
    if deleted {
        return Class::Deleted;
    }
    match Language::of_path(path) {
        Language::Prose => Class::Prose,
        Language::Config => Class::Config,
        _ if is_test(path) => Class::Test,
        Language::Other
            if path
                .extension()
                .is_some_and(|e| matches!(e.as_str(), "csv" | "svg" | "po" | "snap")) =>
        {
            Class::Prose
        }
        _ => Class::Source,
    }
}

fn is_test(path: &RepoPath) -> bool {
    let text = path.to_text().to_ascii_lowercase();
    let name = text.rsplit('/').next().unwrap_or(&text);
    let stem = name.split('.').next().unwrap_or(name);
    let directories = [
        "test",
        "tests",
        "__tests__",
        "spec",
        "specs",
        "testdata",
        "fixtures",
        "testing",
    ];
    text.split('/')
        .rev()
        .skip(1)
        .any(|part| directories.contains(&part))
        || name.contains(".test.")
        || name.contains(".spec.")
        || stem.starts_with("test_")
        || stem.ends_with("_test")
        || stem.ends_with("_spec")
        || stem == "tests"
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn reason(path: &str) -> Option<SkipReason> {
        let filter =
            filter(&["docs/".to_owned(), "*.snap".to_owned(), "a/b.c".to_owned()]).unwrap();
        by_path(&RepoPath::from(path), &Attributes::default(), &filter)
    }

    #[test]
    fn paths_tell_most_reasons() {
        let cases = [
            ("docs/x/y.rs", Some(SkipReason::Filtered)),
            ("x/docs/y.rs", Some(SkipReason::Filtered)),
            ("x/y.snap", Some(SkipReason::Filtered)),
            ("a/b.c", Some(SkipReason::Filtered)),
            ("x/a/b.c", None),
            ("x/Cargo.lock", Some(SkipReason::LockFile)),
            ("go.sum", Some(SkipReason::LockFile)),
            ("go.mod", None),
            ("vendor/x.go", Some(SkipReason::Vendored)),
            ("svc/vendor/github.com/x/y.go", Some(SkipReason::Vendored)),
            ("src/vendor/order.rs", None),
            ("vendor", None),
            ("web/node_modules/x/y.js", Some(SkipReason::Vendored)),
            ("x.min.js", Some(SkipReason::Minified)),
            ("dist/x.js", None),
        ];
        for (path, expected) in cases {
            assert_eq!(reason(path), expected, "{path}");
        }
    }

    #[test]
    fn a_change_cannot_sign_an_existing_file_away() {
        let (plain, signed) = (
            b"int a;\n".as_slice(),
            b"// @generated\nint a;\n".as_slice(),
        );
        let attributes = Attributes::default();
        assert_eq!(by_text(&attributes, Some(plain), Some(signed), 5_000), None);
        assert_eq!(
            by_text(&attributes, Some(signed), Some(plain), 5_000),
            Some(SkipReason::Generated)
        );
        assert_eq!(
            by_text(&attributes, None, Some(signed), 5_000),
            Some(SkipReason::Generated)
        );
        let handwritten = Attributes {
            generated: Some(false),
            ..Attributes::default()
        };
        assert_eq!(by_text(&handwritten, None, Some(signed), 5_000), None);
    }

    #[test]
    fn source_is_read_first() {
        let class = |path: &str| class(&RepoPath::from(path), false);
        assert_eq!(class("src/a.rs"), Class::Source);
        assert_eq!(class("Makefile"), Class::Source);
        assert_eq!(class("src/a_test.go"), Class::Test);
        assert_eq!(class("web/a.test.ts"), Class::Test);
        assert_eq!(class("ci.yml"), Class::Config);
        assert_eq!(class("README.md"), Class::Prose);
        assert!(Class::Source < Class::Test && Class::Config < Class::Prose);
    }

    #[test]
    fn a_bad_pattern_is_named() {
        let error = filter(&["a[".to_owned()]).unwrap_err();
        assert_eq!(error.to_string(), "invalid path pattern `a[`");
    }
}
