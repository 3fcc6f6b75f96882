//! Lock files, as facts that matter to a reviewer.

use super::location::{Fact, Location, added};
use super::manifests::Manifest;
use crate::model::{
    Change, DependencyChange, FileChange, LockFileChange, Proposal, Severity, VersionChange,
};
use crate::text::plural::count;

/// From here on a change of sources is a change of registry, not of packages.
const MANY: usize = 10;

/// Lines of manifests that are searched for names, and their length, bytes.
const LINES: usize = 2_000;
const LINE_BYTES: usize = 500;

/// Packages from outside the registry, and packages whose content changed under the same version.
pub(super) fn check(change: &Change) -> Vec<Proposal> {
    change
        .lock_files
        .iter()
        .flat_map(|lock| outside(lock).into_iter().chain(swapped(lock)))
        .collect()
}

fn outside(lock: &LockFileChange) -> Vec<Proposal> {
    let news: Vec<(&DependencyChange, &str)> =
        lock.changes.iter().filter_map(new_outside).collect();
    if news.len() > MANY {
        let (first, _) = news[0];
        let fact = Fact {
            title: format!("{} packages of {} come from outside the registry", news.len(), lock.ecosystem),
            severity: Severity::Medium,
            confidence: 75,
            category: "CWE-829",
            scenario: format!(
                "`{}` and {} others are fetched from git, an address or a file: nobody but its owner vouches for their content.",
                first.name,
                news.len() - 1
            ),
            advice: "Check that every one of these sources is meant, and pin them to revisions or checksums."
                .to_owned(),
        };
        return vec![spot(lock, first).proposal(fact)];
    }
    news.into_iter()
        .map(|(dependency, version)| {
            spot(lock, dependency).proposal(outside_fact(dependency, version))
        })
        .collect()
}

fn new_outside(dependency: &DependencyChange) -> Option<(&DependencyChange, &str)> {
    match &dependency.version {
        VersionChange::Added(version) if dependency.foreign_source => Some((dependency, version)),
        _ => None,
    }
}

fn outside_fact(dependency: &DependencyChange, version: &str) -> Fact {
    let source = dependency.source.as_deref().unwrap_or("an unnamed source");
    Fact {
        title: format!("new dependency `{}` comes from outside the registry", dependency.name),
        severity: Severity::Medium,
        confidence: 75,
        category: "CWE-829",
        scenario: format!(
            "`{}` {version} is fetched from {source}: whoever holds that place decides what runs here, without the registry's checks.",
            dependency.name
        ),
        advice: "Check who owns the source; prefer a registry release, or pin a full revision or checksum.".to_owned(),
    }
}

fn swapped(lock: &LockFileChange) -> Vec<Proposal> {
    let swaps: Vec<&DependencyChange> = lock
        .changes
        .iter()
        .filter(|d| matches!(d.version, VersionChange::SourceChanged(_)))
        .collect();
    let Some(first) = swaps.first() else {
        return Vec::new();
    };
    if swaps.len() > MANY {
        let fact = Fact {
            title: format!(
                "{} packages of {} have another source or checksum",
                swaps.len(),
                lock.ecosystem
            ),
            severity: Severity::Low,
            confidence: 50,
            category: "CWE-494",
            scenario: format!(
                "`{}` and {} others keep their versions and are fetched from elsewhere, as after a change of registry.",
                first.name,
                swaps.len() - 1
            ),
            advice: "Check that the new registry is the one the project means to use.".to_owned(),
        };
        return vec![spot(lock, first).proposal(fact)];
    }
    swaps
        .into_iter()
        .map(|dependency| spot(lock, dependency).proposal(swap_fact(dependency)))
        .collect()
}

fn swap_fact(dependency: &DependencyChange) -> Fact {
    let version = match &dependency.version {
        VersionChange::SourceChanged(version)
        | VersionChange::Added(version)
        | VersionChange::Removed(version) => version,
        VersionChange::Moved { to, .. } => to,
    };
    let source = dependency
        .source
        .as_deref()
        .map(|s| format!(" (now {s})"))
        .unwrap_or_default();
    Fact {
        title: format!("`{}` changed its source or checksum and kept its version", dependency.name),
        severity: if dependency.foreign_source { Severity::High } else { Severity::Medium },
        confidence: 75,
        category: "CWE-494",
        scenario: format!(
            "`{}` {version} is other content than before under the same version{source}: a replaced release, or a redirected download.",
            dependency.name
        ),
        advice: "Compare the two archives, or restore the recorded source and checksum and update to a new version."
            .to_owned(),
    }
}

/// Major versions passed, one note for each lock file. Only of what a manifest of this change asks
/// for: what comes along with others is none of the project's own calls, and its own packages,
/// which have paths, are no news to it.
pub(super) fn large_steps(change: &Change) -> Vec<Proposal> {
    let catalogue = |name: &[u8]| matches!(name, b"pnpm-workspace.yaml" | b"libs.versions.toml");
    let asks =
        |file: &&FileChange| Manifest::of(&file.path).is_some() || catalogue(file.path.file_name());
    let manifests = change.files.iter().filter(asks);
    let lines = manifests
        .flat_map(added)
        .filter(|line| line.text.len() <= LINE_BYTES)
        .take(LINES);
    let asked: Vec<String> = lines.map(|line| line.to_text()).collect();
    change
        .lock_files
        .iter()
        .filter_map(|lock| large_steps_of(lock, &asked))
        .collect()
}

fn is_asked_for(name: &str, lines: &[String]) -> bool {
    let part_of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '@');
    let local = |line: &str| {
        ["path =", "path=", "workspace:", "link:", "file:"]
            .iter()
            .any(|word| line.contains(word))
    };
    lines.iter().filter(|line| !local(line)).any(|line| {
        line.match_indices(name).any(|(at, _)| {
            !line[..at].ends_with(part_of_name)
                && !line[at + name.len()..].starts_with(part_of_name)
        })
    })
}

fn large_steps_of(lock: &LockFileChange, asked: &[String]) -> Option<Proposal> {
    let steps = lock
        .changes
        .iter()
        .filter_map(|dependency| large_step(lock, dependency));
    let steps: Vec<(&DependencyChange, String)> = steps
        .filter(|(dependency, _)| is_asked_for(&dependency.name, asked))
        .collect();
    let (first, _) = steps.first()?;
    let named: Vec<&str> = steps
        .iter()
        .take(5)
        .map(|(_, words)| words.as_str())
        .collect();
    let more = steps.len().saturating_sub(named.len());
    let rest = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    let fact = Fact {
        title: format!(
            "{} of {} passed a major version",
            count(steps.len(), "dependency"),
            lock.ecosystem
        ),
        severity: Severity::Low,
        confidence: 50,
        category: "major-bump",
        scenario: format!(
            "{}{rest}: interfaces that the project uses may be gone.",
            named.join(", ")
        ),
        advice: "Read the release notes of these versions and run the whole test suite.".to_owned(),
    };
    Some(spot(lock, first).proposal(fact))
}

fn large_step<'l>(
    lock: &LockFileChange,
    dependency: &'l DependencyChange,
) -> Option<(&'l DependencyChange, String)> {
    let VersionChange::Moved { from, to } = &dependency.version else {
        return None;
    };
    // a Go module of another major version has another path, and its `v0.x` means less than elsewhere
    (lock.ecosystem != "Go" && major(to)? > major(from)?)
        .then(|| (dependency, format!("`{}` {from} to {to}", dependency.name)))
}

/// The leading number; for `0.x` the second one counts, as in semantic versions.
fn major(version: &str) -> Option<(u32, u32)> {
    let bare = version.rsplit(':').next()?.trim_start_matches('v');
    let mut parts = bare.split(['.', '-', '+']);
    let first: u32 = parts.next()?.parse().ok()?;
    let second: u32 = parts.next()?.parse().ok()?;
    Some(if first == 0 { (0, second) } else { (first, 0) })
}

fn spot(lock: &LockFileChange, dependency: &DependencyChange) -> Location {
    Location::at(&lock.path, dependency.line.unwrap_or(0), &dependency.name)
}
