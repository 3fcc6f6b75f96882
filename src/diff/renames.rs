//! Entries → candidates: which new file is an old one moved or copied.
//!
//! Our own, for both readers. Chosen over libgit2's detection, which took 4 to
//! 6 times as long as all of `git diff -M` on ranges with many renames: equal
//! contents pair for free, equal unique names next, and only what is left is
//! compared, while that stays within a fixed number of pairs and bytes.

use std::collections::{HashMap, HashSet};

use super::contents::Blobs;
use super::similarity::Fingerprint;
use crate::git::{Content, Entry, GitError, Side};
use crate::model::{FileStatus, RepoPath};

/// From this similarity on, in per cent, a file counts as moved; git's default.
const THRESHOLD: u64 = 50;
/// Pairs that are compared at most.
const PAIRS: usize = 60_000;
/// Bytes that are read at most to compare files.
const BYTES: u64 = 8 * 1024 * 1024;
/// A file over this is paired by equal content only, bytes.
const FILE_BYTES: u64 = 512 * 1024;
/// Files beyond which an edited file is not looked at as the source of an edited copy.
const COPY_SOURCES: usize = 100;

/// A file of the change before it is decided whether it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) path: RepoPath,
    pub(super) old_path: Option<RepoPath>,
    pub(super) status: FileStatus,
    pub(super) old: Option<Side>,
    pub(super) new: Option<Side>,
}

impl Candidate {
    /// Both sides that exist.
    pub(super) fn sides(&self) -> impl Iterator<Item = &Side> {
        self.old.iter().chain(&self.new)
    }

    /// Whether both sides hold the same object.
    pub(super) fn same_content(&self) -> bool {
        matches!((&self.old, &self.new), (Some(o), Some(n)) if o.content == n.content && o.kind() == n.kind())
    }

    fn of(entry: Entry) -> Option<Self> {
        let status = match (&entry.old, &entry.new) {
            (None, None) => return None,
            (None, Some(_)) => FileStatus::Added,
            (Some(_), None) => FileStatus::Deleted,
            (Some(old), Some(new)) if old.kind() != new.kind() => FileStatus::TypeChanged,
            (Some(old), Some(new)) if old.content == new.content => FileStatus::ModeChanged,
            (Some(_), Some(_)) => FileStatus::Modified,
        };
        Some(Self {
            path: entry.path,
            old_path: None,
            status,
            old: entry.old,
            new: entry.new,
        })
    }
}

/// The candidates, sorted by path. Sizes are known in `blobs` afterwards.
pub(super) fn pair(entries: Vec<Entry>, blobs: &mut Blobs<'_>) -> Result<Vec<Candidate>, GitError> {
    let mut candidates: Vec<Candidate> = entries.into_iter().filter_map(Candidate::of).collect();
    blobs.measure(candidates.iter().flat_map(Candidate::sides))?;
    let mut pairing = Pairing::new(&candidates, blobs);
    pairing.by_content();
    pairing.by_name(blobs)?;
    pairing.by_similarity(blobs)?;
    let (moved, consumed) = (pairing.moved, pairing.used);
    for (added, (source, status)) in &moved {
        let (path, side) = (
            candidates[*source].path.clone(),
            candidates[*source].old.clone(),
        );
        let candidate = &mut candidates[*added];
        candidate.status = *status;
        candidate.old_path = Some(path);
        // a copy is new code, whatever it was copied from
        if *status == FileStatus::Renamed {
            candidate.old = side;
        }
    }
    let mut index = 0..;
    candidates.retain(|_| index.next().is_none_or(|i| !consumed.contains(&i)));
    Ok(candidates)
}

struct Pairing<'c> {
    all: &'c [Candidate],
    /// Deleted and added files that may pair, by index, in path order.
    deleted: Vec<usize>,
    added: Vec<usize>,
    /// Added file → its source.
    moved: HashMap<usize, (usize, FileStatus)>,
    /// Deleted files that became another.
    used: HashSet<usize>,
}

impl<'c> Pairing<'c> {
    fn new(all: &'c [Candidate], blobs: &Blobs<'_>) -> Self {
        let of = |status: FileStatus| {
            let side = move |c: &'c Candidate| {
                if status == FileStatus::Added {
                    &c.new
                } else {
                    &c.old
                }
            };
            let fits = move |c: &Candidate, side: &Option<Side>| {
                c.status == status
                    && side
                        .as_ref()
                        .is_some_and(|s| s.is_readable() && blobs.size(s) != Some(0))
            };
            (0..all.len())
                .filter(move |i| fits(&all[*i], side(&all[*i])))
                .collect::<Vec<_>>()
        };
        let (deleted, added) = (of(FileStatus::Deleted), of(FileStatus::Added));
        Self {
            all,
            deleted,
            added,
            moved: HashMap::new(),
            used: HashSet::new(),
        }
    }

    /// The same object: the same name first, then any; then as a copy.
    fn by_content(&mut self) {
        let all = self.all;
        let mut sources: HashMap<(&Content, u32), Vec<usize>> = HashMap::new();
        let changed = (0..all.len()).filter(|i| all[*i].status == FileStatus::Modified);
        for index in self.deleted.iter().copied().chain(changed) {
            if let Some(old) = &all[index].old {
                sources
                    .entry((&old.content, old.kind()))
                    .or_default()
                    .push(index);
            }
        }
        let of = |added: usize| {
            let new = all[added].new.as_ref();
            new.and_then(|side| sources.get(&(&side.content, side.kind())))
                .map_or(&[][..], Vec::as_slice)
        };
        for same_name in [true, false] {
            for added in self.added.clone() {
                let name = all[added].path.file_name();
                let free =
                    |i: &&usize| all[**i].status == FileStatus::Deleted && !self.used.contains(i);
                let fits = |i: &&usize| !same_name || all[**i].path.file_name() == name;
                let source = of(added).iter().filter(free).find(fits).copied();
                if let Some(source) = source.filter(|_| !self.moved.contains_key(&added)) {
                    self.take(added, source);
                }
            }
        }
        for added in self.added.clone() {
            if let Some(source) = of(added)
                .first()
                .filter(|_| !self.moved.contains_key(&added))
            {
                self.moved.insert(added, (*source, FileStatus::Copied));
            }
        }
    }

    /// Names that occur once on each side, with contents that are alike.
    fn by_name(&mut self, blobs: &mut Blobs<'_>) -> Result<(), GitError> {
        let (sources, targets) = (
            self.by_unique_name(self.left_deleted()),
            self.by_unique_name(self.left_added()),
        );
        let mut pairs: Vec<(usize, usize)> = targets
            .into_iter()
            .filter_map(|(name, added)| Some((added, *sources.get(name)?)))
            .collect();
        pairs.sort_unstable();
        let mut budget = BYTES;
        pairs.retain(|(added, source)| {
            self.could_match(*added, *source, blobs) && {
                let cost = self.new_size(*added, blobs) + self.old_size(*source, blobs);
                let fits = cost <= budget;
                budget = budget.saturating_sub(cost);
                fits
            }
        });
        let files: HashSet<usize> = pairs.iter().flat_map(|(a, s)| [*a, *s]).collect();
        let prints = self.fingerprints(&files, blobs)?;
        for (added, source) in pairs {
            let (Some(one), Some(two)) = (prints.get(&source), prints.get(&added)) else {
                continue;
            };
            if one.similarity(two) >= THRESHOLD {
                self.take(added, source);
            }
        }
        Ok(())
    }

    /// Whatever is left, each with each, best match first.
    fn by_similarity(&mut self, blobs: &mut Blobs<'_>) -> Result<(), GitError> {
        let (mut sources, targets) = (self.left_deleted(), self.left_added());
        let changed = (0..self.all.len()).filter(|i| self.all[*i].status == FileStatus::Modified);
        let changed: Vec<usize> = changed.take(COPY_SOURCES + 1).collect();
        if changed.len() <= COPY_SOURCES && targets.len() <= COPY_SOURCES {
            sources.extend(changed);
        }
        if sources.len().saturating_mul(targets.len()) > PAIRS {
            return Ok(());
        }
        let every = targets
            .iter()
            .flat_map(|a| sources.iter().map(|s| (*a, *s)));
        let pairs: Vec<(usize, usize)> = every
            .filter(|(a, s)| self.could_match(*a, *s, blobs))
            .collect();
        let files: HashSet<usize> = pairs.iter().flat_map(|(a, s)| [*a, *s]).collect();
        let cost = |i: &usize| self.old_size(*i, blobs).max(self.new_size(*i, blobs));
        if files.iter().map(cost).sum::<u64>() > BYTES {
            return Ok(());
        }
        let prints = self.fingerprints(&files, blobs)?;
        let score = |(added, source): (usize, usize)| {
            let score = prints.get(&source)?.similarity(prints.get(&added)?);
            let same_name = self.all[added].path.file_name() == self.all[source].path.file_name();
            (score >= THRESHOLD).then_some((score, same_name, added, source))
        };
        let mut scored: Vec<_> = pairs.into_iter().filter_map(score).collect();
        scored.sort_by_key(|(score, same_name, added, source)| {
            (100 - *score, !same_name, *added, *source)
        });
        for (_, _, added, source) in scored {
            if self.moved.contains_key(&added) {
                continue;
            }
            if self.all[source].status == FileStatus::Deleted && !self.used.contains(&source) {
                self.take(added, source);
            } else {
                self.moved.insert(added, (source, FileStatus::Copied));
            }
        }
        Ok(())
    }

    fn take(&mut self, added: usize, source: usize) {
        self.moved.insert(added, (source, FileStatus::Renamed));
        self.used.insert(source);
    }

    fn left_deleted(&self) -> Vec<usize> {
        self.deleted
            .iter()
            .copied()
            .filter(|i| !self.used.contains(i))
            .collect()
    }

    fn left_added(&self) -> Vec<usize> {
        self.added
            .iter()
            .copied()
            .filter(|i| !self.moved.contains_key(i))
            .collect()
    }

    fn by_unique_name(&self, files: Vec<usize>) -> HashMap<&'c [u8], usize> {
        let mut seen: HashMap<&[u8], Option<usize>> = HashMap::new();
        for index in files {
            let name = self.all[index].path.file_name();
            seen.entry(name)
                .and_modify(|i| *i = None)
                .or_insert(Some(index));
        }
        seen.into_iter()
            .filter_map(|(name, index)| Some((name, index?)))
            .collect()
    }

    /// Regular files whose sizes alone do not rule out enough likeness.
    fn could_match(&self, added: usize, source: usize, blobs: &Blobs<'_>) -> bool {
        let is_file = |side: &Option<Side>| side.as_ref().is_some_and(|s| s.kind() == 0o100_000);
        let (one, two) = (self.new_size(added, blobs), self.old_size(source, blobs));
        let (small, large) = (one.min(two), one.max(two));
        is_file(&self.all[added].new)
            && is_file(&self.all[source].old)
            && small > 0
            && large <= FILE_BYTES
            && small * 100 >= large * THRESHOLD
    }

    fn new_size(&self, index: usize, blobs: &Blobs<'_>) -> u64 {
        self.all[index]
            .new
            .as_ref()
            .and_then(|s| blobs.size(s))
            .unwrap_or(0)
    }

    fn old_size(&self, index: usize, blobs: &Blobs<'_>) -> u64 {
        self.all[index]
            .old
            .as_ref()
            .and_then(|s| blobs.size(s))
            .unwrap_or(0)
    }

    /// The old side of sources, the new side of added files.
    fn fingerprints(
        &self,
        files: &HashSet<usize>,
        blobs: &mut Blobs<'_>,
    ) -> Result<HashMap<usize, Fingerprint>, GitError> {
        let side = |i: usize| {
            let candidate = &self.all[i];
            if candidate.status == FileStatus::Added {
                candidate.new.as_ref()
            } else {
                candidate.old.as_ref()
            }
        };
        blobs.load(files.iter().filter_map(|i| side(*i)), FILE_BYTES)?;
        let print = |i: &usize| Some((*i, Fingerprint::of(&blobs.bytes(side(*i)?)?)));
        Ok(files.iter().filter_map(print).collect())
    }
}
