//! Two states of a lock file become changes by package.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::package::{Origin, Package};
use crate::model::{DependencyChange, VersionChange};

/// The most changes that a summary lists.
pub(super) const MOST_CHANGES: usize = 2_000;

/// One version's entries, of which there may be several.
type Versions<'p> = BTreeMap<&'p str, Vec<&'p Package>>;

/// Every difference, by name.
pub(super) fn compare(old: &[Package], new: &[Package]) -> Vec<DependencyChange> {
    let (before, after) = (by_name(old), by_name(new));
    let familiar = familiar_hosts(old, new);
    let names: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
    let empty = Versions::new();
    let mut changes = Vec::new();
    for name in names {
        let (was, is) = (
            before.get(name).unwrap_or(&empty),
            after.get(name).unwrap_or(&empty),
        );
        changes_of(was, is, &mut |package, version| {
            changes.push(change(package, version, &familiar));
        });
    }
    changes
}

fn by_name(packages: &[Package]) -> HashMap<&str, Versions<'_>> {
    let mut names: HashMap<&str, Versions<'_>> = HashMap::new();
    for package in packages {
        names
            .entry(&package.name)
            .or_default()
            .entry(&package.version)
            .or_default()
            .push(package);
    }
    names
}

fn changes_of(
    was: &Versions<'_>,
    is: &Versions<'_>,
    emit: &mut impl FnMut(&Package, VersionChange),
) {
    let gone: Vec<&Package> = was
        .iter()
        .filter(|(v, _)| !is.contains_key(*v))
        .map(|(_, p)| p[0])
        .collect();
    let come: Vec<&Package> = is
        .iter()
        .filter(|(v, _)| !was.contains_key(*v))
        .map(|(_, p)| p[0])
        .collect();
    if let ([from], [to]) = (gone.as_slice(), come.as_slice()) {
        emit(
            to,
            VersionChange::Moved {
                from: from.version.clone(),
                to: to.version.clone(),
            },
        );
    } else {
        gone.iter()
            .for_each(|package| emit(package, VersionChange::Removed(package.version.clone())));
        come.iter()
            .for_each(|package| emit(package, VersionChange::Added(package.version.clone())));
    }
    for (version, entries) in is {
        if let Some(changed) = was
            .get(version)
            .and_then(|before| other_source(before, entries))
        {
            emit(changed, VersionChange::SourceChanged((*version).to_owned()));
        }
    }
}

/// The entry whose source or checksum was not there under the same version.
fn other_source<'p>(before: &[&Package], after: &[&'p Package]) -> Option<&'p Package> {
    after.iter().copied().find(|package| {
        let source_new = package.origin != Origin::Unsaid
            && before
                .iter()
                .all(|old| old.origin != package.origin && old.origin != Origin::Unsaid);
        let digest = package.digest.as_deref();
        let comparable =
            |old: &&&Package| old.digest.as_deref().map(algorithm) == digest.map(algorithm);
        let mut same_kind = before.iter().filter(comparable).peekable();
        let digest_new = digest.is_some()
            && same_kind.peek().is_some()
            && same_kind.all(|old| old.digest != package.digest);
        source_new || digest_new
    })
}

/// `sha512` of `sha512-...`; a bare checksum by its length.
fn algorithm(digest: &str) -> (&str, usize) {
    match digest.find(['-', ':']) {
        Some(at) => (&digest[..at], 0),
        None => ("", digest.len()),
    }
}

/// Hosts that the file used before; in a new file, the one that most entries name.
fn familiar_hosts(old: &[Package], new: &[Package]) -> BTreeSet<String> {
    if !old.is_empty() {
        return old
            .iter()
            .filter_map(|package| package.origin.host().map(str::to_owned))
            .collect();
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    new.iter()
        .filter_map(|package| package.origin.host())
        .for_each(|host| *counts.entry(host).or_default() += 1);
    counts
        .into_iter()
        .filter(|(_, count)| count * 2 > new.len())
        .map(|(host, _)| host.to_owned())
        .collect()
}

fn change(
    package: &Package,
    version: VersionChange,
    familiar: &BTreeSet<String>,
) -> DependencyChange {
    let removed = matches!(version, VersionChange::Removed(_));
    let foreign = match &package.origin {
        Origin::Unsaid | Origin::Registry => false,
        Origin::Address(_) => package
            .origin
            .host()
            .is_some_and(|host| !familiar.contains(host)),
        Origin::Foreign(_) => true,
    };
    DependencyChange {
        name: package.name.clone(),
        version,
        source: package.origin.text().map(str::to_owned),
        foreign_source: foreign,
        line: package.line.filter(|_| !removed),
    }
}
