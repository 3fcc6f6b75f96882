//! Lock files, read as what they mean: which package moved where.
//!
//! Promises: a file that cannot be read, or not wholly, gives a summary with
//! `incomplete` set, never a panic and never silence; several versions of one
//! package are compared as sets; text and number of entries are capped; logins
//! in addresses are left out. A source is foreign when it is git, a local
//! archive, or an address of a host that the lock file did not use before and
//! that is not the ecosystem's registry.
//! Left to others: reading blobs, what a change of a dependency is worth saying.

mod compare;
mod go;
mod json;
mod lines;
mod package;
mod ruby;
mod toml_files;
mod yaml;
mod yarn;

#[cfg(test)]
mod tests;

use crate::model::{LockFileChange, RepoPath};
use package::{Package, Parsed};

/// The largest side that is read, bytes.
const LARGEST: usize = 64 * 1024 * 1024;

/// The dependency changes between two states of a lock file. `None` stands for
/// an absent file.
#[must_use]
pub(crate) fn summarize(path: &RepoPath, old: Option<&[u8]>, new: Option<&[u8]>) -> LockFileChange {
    let Some((ecosystem, parser)) = format_of(path) else {
        let why = "not a lock file that is known".to_owned();
        return LockFileChange {
            path: path.clone(),
            ecosystem: "unknown",
            changes: Vec::new(),
            incomplete: Some(why),
        };
    };
    let mut problems = Vec::new();
    let old_packages = read(parser, old, "before", &mut problems);
    let new_packages = read(parser, new, "after", &mut problems);
    let readable = problems.is_empty();
    let mut changes = if readable {
        compare::compare(&old_packages, &new_packages)
    } else {
        Vec::new()
    };
    if changes.len() > compare::MOST_CHANGES {
        problems.push(format!(
            "{} more changes left out",
            changes.len() - compare::MOST_CHANGES
        ));
        changes.truncate(compare::MOST_CHANGES);
    }
    let incomplete = (!problems.is_empty()).then(|| problems.join("; "));
    LockFileChange {
        path: path.clone(),
        ecosystem,
        changes,
        incomplete,
    }
}

type Parser = fn(&str) -> Parsed;

fn format_of(path: &RepoPath) -> Option<(&'static str, Parser)> {
    let found: (&'static str, Parser) = match path.file_name() {
        b"Cargo.lock" => ("Cargo", toml_files::cargo),
        b"poetry.lock" => ("Poetry", toml_files::poetry),
        b"uv.lock" => ("uv", toml_files::uv),
        b"pdm.lock" => ("PDM", toml_files::pdm),
        b"package-lock.json" | b"npm-shrinkwrap.json" => ("npm", json::npm),
        b"Pipfile.lock" => ("pip", json::pipfile),
        b"composer.lock" => ("Composer", json::composer),
        b"flake.lock" => ("Nix", json::flake),
        b"packages.lock.json" => ("NuGet", json::nuget),
        b"bun.lock" => ("Bun", json::bun),
        b"yarn.lock" => ("yarn", yarn::yarn),
        b"pnpm-lock.yaml" => ("pnpm", yaml::pnpm),
        b"pubspec.lock" => ("pub", yaml::pubspec),
        b"Podfile.lock" => ("CocoaPods", yaml::podfile),
        b"go.sum" => ("Go", go::go_sum),
        b"gradle.lockfile" | b"buildscript-gradle.lockfile" => ("Gradle", go::gradle),
        b"mix.lock" => ("Hex", go::mix),
        b"Gemfile.lock" | b"gems.locked" => ("Bundler", ruby::gemfile),
        _ => return None,
    };
    Some(found)
}

fn read(
    parser: Parser,
    bytes: Option<&[u8]>,
    side: &str,
    problems: &mut Vec<String>,
) -> Vec<Package> {
    let Some(bytes) = bytes else {
        return Vec::new();
    };
    if bytes.len() > LARGEST {
        problems.push(format!(
            "the file {side} is too large ({} bytes)",
            bytes.len()
        ));
        return Vec::new();
    }
    let text = String::from_utf8_lossy(bytes);
    if text.contains("\n<<<<<<< ") || text.starts_with("<<<<<<< ") {
        problems.push(format!("the file {side} holds conflict markers"));
        return Vec::new();
    }
    match parser(text.trim_start_matches('\u{feff}')) {
        Ok(packages) => packages,
        Err(why) => {
            problems.push(format!("the file {side} could not be read: {why}"));
            Vec::new()
        }
    }
}
