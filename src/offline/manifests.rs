//! Manifests: dependencies taken from git or an address, and manifests whose lock file stayed behind.

use super::location::{Fact, Location, added};
use super::paths::{folder, is_sample};
use crate::model::{Change, Context, FileChange, Line, LineKind, Proposal, RepoPath, Severity};

/// Added manifest lines that take a dependency from outside the registry.
pub(super) fn check(change: &Change) -> Vec<Proposal> {
    change
        .files
        .iter()
        .filter(|file| !is_sample(&file.path))
        .flat_map(in_file)
        .collect()
}

fn in_file(file: &FileChange) -> Vec<Proposal> {
    let Some(manifest) = Manifest::of(&file.path) else {
        return Vec::new();
    };
    let found = added(file).filter_map(|line| Some((line, manifest.source(&line.to_text())?)));
    found
        .map(|(line, source)| Location::line(&file.path, line).proposal(fact(source)))
        .collect()
}

/// How a line fetches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// Unencrypted, so anyone on the way can change it.
    PlainAddress,
    /// A git repository or an archive, by address.
    Elsewhere,
}

fn fact(source: Source) -> Fact {
    match source {
        Source::PlainAddress => Fact {
            title: "dependency is fetched over unencrypted http".to_owned(),
            severity: Severity::High,
            confidence: 75,
            category: "CWE-494",
            scenario: "Anyone on the network between the build and that host can hand it other code, which then runs."
                .to_owned(),
            advice: "Use https, and pin a checksum or revision.".to_owned(),
        },
        Source::Elsewhere => Fact {
            title: "dependency is taken from git or an address, not the registry".to_owned(),
            severity: Severity::Low,
            confidence: 75,
            category: "CWE-829",
            scenario:
                "Whoever can push to that place decides what the next install runs; a branch or tag can be moved."
                    .to_owned(),
            advice: "Prefer a registry release, or pin a full commit id.".to_owned(),
        },
    }
}

/// A kind of manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manifest {
    Cargo,
    Npm,
    Requirements,
    PyProject,
    Gemfile,
    GoMod,
    Composer,
    Pubspec,
}

impl Manifest {
    pub(super) fn of(path: &RepoPath) -> Option<Self> {
        let name = String::from_utf8_lossy(path.file_name()).into_owned();
        match name.as_str() {
            "Cargo.toml" => Some(Self::Cargo),
            "package.json" => Some(Self::Npm),
            "pyproject.toml" | "Pipfile" => Some(Self::PyProject),
            "Gemfile" => Some(Self::Gemfile),
            "go.mod" => Some(Self::GoMod),
            "composer.json" => Some(Self::Composer),
            "pubspec.yaml" => Some(Self::Pubspec),
            _ if name.starts_with("requirements") && name.ends_with(".txt") => {
                Some(Self::Requirements)
            }
            _ => None,
        }
    }

    /// The lock files that belong to it.
    fn locks(self) -> &'static [&'static str] {
        match self {
            Self::Cargo => &["Cargo.lock"],
            Self::Npm => &[
                "package-lock.json",
                "npm-shrinkwrap.json",
                "yarn.lock",
                "pnpm-lock.yaml",
                "bun.lock",
            ],
            Self::Requirements => &[],
            Self::PyProject => &["poetry.lock", "uv.lock", "pdm.lock", "Pipfile.lock"],
            Self::Gemfile => &["Gemfile.lock"],
            Self::GoMod => &["go.sum"],
            Self::Composer => &["composer.lock"],
            Self::Pubspec => &["pubspec.lock"],
        }
    }

    /// Where a line fetches a dependency from, if from outside the registry.
    pub(super) fn source(self, line: &str) -> Option<Source> {
        let line = line.trim();
        let plain = line.contains("http://")
            && !line.contains("http://localhost")
            && !line.contains("http://127.0.0.1");
        let elsewhere = match self {
            Self::Cargo => line.contains("git = \"") && line.contains('{'),
            Self::Npm => return npm_source(line),
            Self::Requirements => {
                let bare = line.split(" #").next().unwrap_or(line);
                let fetches =
                    bare.contains("git+") || bare.contains("@ http") || bare.starts_with("http");
                let index = bare.starts_with("--index-url")
                    || bare.starts_with("--extra-index-url")
                    || bare.starts_with("-i ");
                if plain && (fetches || index) && !bare.starts_with('#') {
                    return Some(Source::PlainAddress);
                }
                fetches && !bare.starts_with('#')
            }
            Self::PyProject => {
                line.contains("git = \"") && line.contains('{') || line.contains("@ git+")
            }
            Self::Gemfile => {
                line.starts_with("gem ")
                    && ["git:", ":git =>", "github:", ":github =>"]
                        .iter()
                        .any(|k| line.contains(k))
            }
            Self::GoMod | Self::Composer | Self::Pubspec => false,
        };
        let commented = line.starts_with('#') || line.starts_with("//");
        let source = if plain {
            Source::PlainAddress
        } else {
            Source::Elsewhere
        };
        (elsewhere && !commented).then_some(source)
    }

    /// Whether a line of it could be a dependency's.
    fn is_dependency_line(self, line: &str) -> bool {
        let line = line.trim();
        let versioned = line.bytes().any(|b| b.is_ascii_digit());
        match self {
            Self::Npm | Self::Composer => {
                let pair = line.trim_end_matches(',').split_once("\": \"");
                pair.is_some_and(|(key, value)| {
                    versioned && !is_project_key(key.trim_start_matches('"')) && is_range(value)
                })
            }
            Self::Cargo => {
                let project = [
                    "version",
                    "edition",
                    "rust-version",
                    "name",
                    "resolver",
                    "publish",
                ];
                let key = line.split(['=', '.']).next().unwrap_or("").trim();
                versioned
                    && line.contains('=')
                    && !project.contains(&key)
                    && (line.contains("= \"") || line.contains("version"))
                    && line.split_once('=').is_some_and(|(_, value)| {
                        is_range(
                            value
                                .trim()
                                .trim_start_matches("{ version = ")
                                .trim_start_matches('"'),
                        )
                    })
            }
            Self::GoMod => line.contains(" v") && versioned && !line.starts_with("//"),
            _ => false,
        }
    }
}

/// `1.2`, `^1`, `~> 1`, `>=1`.
fn is_range(value: &str) -> bool {
    let bare = value.trim_start_matches(['^', '~', '>', '=', '<', ' ', 'v']);
    let quoted = bare.split('"').next().unwrap_or(bare);
    let prose = quoted
        .split(' ')
        .skip(1)
        .any(|word| word.starts_with(|c: char| c.is_ascii_alphabetic()));
    bare.starts_with(|c: char| c.is_ascii_digit()) && !prose
}

fn is_project_key(key: &str) -> bool {
    matches!(
        key,
        "version"
            | "node"
            | "npm"
            | "pnpm"
            | "yarn"
            | "packageManager"
            | "name"
            | "php"
            | "license"
            | "description"
    )
}

/// `"name": "git+ssh://..."`, but not the project's own addresses.
fn npm_source(line: &str) -> Option<Source> {
    let (key, value) = line.trim_end_matches(',').split_once("\": \"")?;
    let key = key.trim_start_matches('"');
    if matches!(
        key,
        "url"
            | "homepage"
            | "repository"
            | "bugs"
            | "funding"
            | "author"
            | "registry"
            | "main"
            | "$schema"
    ) {
        return None;
    }
    let archive = value
        .trim_end_matches('"')
        .split('#')
        .next()
        .unwrap_or(value);
    let packed =
        archive.ends_with(".tgz") || archive.ends_with(".tar.gz") || archive.ends_with(".git");
    if value.starts_with("http://") && packed {
        return Some(Source::PlainAddress);
    }
    let git = ["git+", "git://", "github:", "gitlab:", "bitbucket:"]
        .iter()
        .any(|scheme| value.starts_with(scheme));
    (git || (value.starts_with("https://") && packed)).then_some(Source::Elsewhere)
}

/// Manifests whose dependencies changed while the lock file beside them, which
/// usually changes with them, did not.
pub(super) fn without_lock(change: &Change, context: &Context) -> Vec<Proposal> {
    change
        .files
        .iter()
        .filter_map(|file| left_behind(file, change, context))
        .collect()
}

fn left_behind(file: &FileChange, change: &Change, context: &Context) -> Option<Proposal> {
    let manifest = Manifest::of(&file.path)?;
    let is_lock = |path: &RepoPath| {
        manifest
            .locks()
            .iter()
            .any(|lock| path.file_name() == lock.as_bytes())
    };
    if change.lock_files.iter().any(|lock| is_lock(&lock.path))
        || change.skipped.iter().any(|s| is_lock(&s.path))
    {
        return None;
    }
    let beside = |path: &RepoPath| is_lock(path) && file.path.as_bytes().starts_with(folder(path));
    let companions = &context.history.missing_companions;
    let lock = companions
        .iter()
        .find(|pair| pair.touched == file.path && beside(&pair.missing))?;
    let line = changed_dependency(file, manifest)?;
    let fact = Fact {
        title: format!("dependencies changed, `{}` did not", lock.missing.to_text()),
        severity: Severity::Low,
        confidence: 75,
        category: "missing-companion",
        scenario: format!(
            "The manifest names other dependencies than the lock file records: a locked install fails, or installs the old ones. Both changed together in {} of {} earlier commits.",
            lock.together, lock.alone
        ),
        advice: "Run the package manager's lock command and commit its result.".to_owned(),
    };
    Some(Location::line(&file.path, line).proposal(fact))
}

fn changed_dependency(file: &FileChange, manifest: Manifest) -> Option<&Line> {
    let of_kind = |kind| {
        file.hunks
            .iter()
            .flat_map(|hunk| &hunk.lines)
            .filter(move |line| line.kind == kind)
    };
    // `Cargo.lock` does not record what is asked for: another requirement often leaves it as it is
    let had = |name: &str| of_kind(LineKind::Removed).any(|line| key_of(&line.to_text()) == name);
    let is_new = |line: &&Line| manifest != Manifest::Cargo || !had(key_of(&line.to_text()));
    of_kind(LineKind::Added)
        .filter(|line| manifest.is_dependency_line(&line.to_text()))
        .find(is_new)
}

/// `serde` of `serde = "1"`.
fn key_of(line: &str) -> &str {
    line.split('=').next().unwrap_or(line).trim()
}
