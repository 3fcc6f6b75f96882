//! Reads what a snapshot holds, within its caps.

use std::collections::BTreeMap;

use super::mentions::needles;
use super::selection::{Near, Surroundings};
use super::{BYTES, FILE_BYTES, FILES, excluded};
use crate::git::{Content, GitError, Repo, Side};
use crate::model::digest::FieldDigest;
use crate::model::{Change, FileStatus, LeftOut, RepoPath, SnapshotNote, TargetKind};
use aho_corasick::AhoCorasick;

/// Files read in one batch.
const BATCH: usize = 256;
/// Files of a large tree that are looked into for names of the change, and their bytes.
const SEARCHED: (usize, u64) = (20_000, 64 << 20);
/// Bytes at the start of a file in which a NUL says that it is no text, as git looks.
const BINARY_PROBE: usize = 8_000;
/// Longest target of a link, bytes.
const LINK_BYTES: u64 = 4 << 10;
/// Mode of a symbolic link, its type bits.
const LINK: u32 = 0o120_000;
/// Mode of a regular file, its type bits.
const REGULAR: u32 = 0o100_000;

/// Where a snapshot is taken from.
pub(crate) struct Source<'a> {
    /// The repository.
    pub repo: &'a Repo,
    /// The change under review, secrets masked.
    pub change: &'a Change,
    /// Whether the path filters of the person or the project exclude a path.
    pub is_excluded: &'a dyn Fn(&RepoPath) -> bool,
}

/// One file of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotFile {
    /// Where.
    pub path: RepoPath,
    /// The masked text.
    pub text: Vec<u8>,
}

/// A snapshot in memory: at most [`BYTES`] and [`FILES`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gathered {
    /// Its files, by path.
    pub files: Vec<SnapshotFile>,
    /// Links to files in it, with their targets as the tree has them.
    pub links: Vec<(RepoPath, Vec<u8>)>,
    /// What to tell of it.
    pub note: SnapshotNote,
    /// SHA-256 over paths and texts, hexadecimal: the same content has the same digest.
    pub digest: String,
}

/// Masks the secrets in all of these texts together, and says in how many it did.
pub(crate) type Mask<'a, E> = dyn FnMut(&mut [&mut Vec<u8>]) -> Result<usize, E> + 'a;

/// Reads the neighbourhood of the change; if `mask` fails there is no snapshot.
///
/// # Errors
/// The tree cannot be read, or the masker failed.
pub(crate) fn gather<E: From<GitError>>(
    source: &Source<'_>,
    mask: &mut Mask<'_, E>,
) -> Result<Gathered, E> {
    let mut collector = Collector::new(source)?;
    let whole = collector.take_whole()?;
    if !whole {
        collector.take_near()?;
    }
    let mut gathered = collector.finish();
    let mut texts: Vec<&mut Vec<u8>> = gathered
        .files
        .iter_mut()
        .map(|file| &mut file.text)
        .collect();
    gathered.note.masked = mask(&mut texts)?;
    gathered.digest = digest(&gathered.files, &gathered.links);
    Ok(gathered)
}

/// Where the text of a file is.
#[derive(Clone)]
enum Text {
    Tree(Side),
    Change(Vec<u8>),
}

struct Collector<'a> {
    source: &'a Source<'a>,
    /// What may be taken, by path.
    open: BTreeMap<RepoPath, Text>,
    links: Vec<(RepoPath, Text)>,
    left_out: BTreeMap<LeftOut, usize>,
    of: usize,
    taken: Vec<SnapshotFile>,
    bytes: u64,
}

impl<'a> Collector<'a> {
    fn new(source: &'a Source<'a>) -> Result<Self, GitError> {
        let mut collector = Self {
            source,
            open: BTreeMap::new(),
            links: Vec::new(),
            left_out: BTreeMap::new(),
            of: 0,
            taken: Vec::new(),
            bytes: 0,
        };
        let (tree, not_reviewed) = reviewed_tree(source)?;
        collector.of = tree.len() + not_reviewed;
        collector.leave_out(LeftOut::NotReviewed, not_reviewed);
        for (path, (mode, text)) in tree {
            match collector.unfit(&path, mode) {
                Some(why) => collector.leave_out(why, 1),
                None if mode & 0o170_000 == LINK => collector.links.push((path, text)),
                None => {
                    collector.open.insert(path, text);
                }
            }
        }
        Ok(collector)
    }

    fn unfit(&self, path: &RepoPath, mode: u32) -> Option<LeftOut> {
        if !matches!(mode & 0o170_000, REGULAR | LINK) {
            return Some(LeftOut::NoFile);
        }
        excluded::by_name(path)
            .or_else(|| (self.source.is_excluded)(path).then_some(LeftOut::Filtered))
    }

    fn leave_out(&mut self, why: LeftOut, count: usize) {
        if count > 0 {
            *self.left_out.entry(why).or_default() += count;
        }
    }

    /// Takes everything if it fits.
    fn take_whole(&mut self) -> Result<bool, GitError> {
        if self.open.len() > FILES {
            return Ok(false);
        }
        let paths: Vec<RepoPath> = self.open.keys().cloned().collect();
        let sizes = self.sizes(&paths)?;
        let fitting = sizes
            .iter()
            .flatten()
            .filter(|size| **size <= FILE_BYTES)
            .sum::<u64>();
        if fitting > BYTES {
            return Ok(false);
        }
        paths.chunks(BATCH).try_for_each(|batch| self.take(batch))?;
        Ok(true)
    }

    fn take_near(&mut self) -> Result<(), GitError> {
        let surroundings = Surroundings::of(self.source.change);
        let mut ranked: Vec<_> = self
            .open
            .keys()
            .map(|path| (surroundings.rank(path), path.clone()))
            .collect();
        ranked.sort();
        let at = |near: Near| ranked.partition_point(|((rank, _), _)| *rank < near);
        let (search, far) = (at(Near::SameLanguage), at(Near::Far));
        let near: Vec<RepoPath> = ranked[..search]
            .iter()
            .map(|(_, path)| path.clone())
            .collect();
        near.chunks(BATCH).try_for_each(|batch| self.take(batch))?;
        let alike: Vec<RepoPath> = ranked[search..far]
            .iter()
            .take(SEARCHED.0)
            .map(|(_, p)| p.clone())
            .collect();
        self.take_mentioning(&alike)
    }

    /// Of these, the files whose text mentions the change.
    fn take_mentioning(&mut self, paths: &[RepoPath]) -> Result<(), GitError> {
        let Ok(finder) = AhoCorasick::new(needles(self.source.change)) else {
            return Ok(());
        };
        let mut searched = 0;
        for batch in paths.chunks(BATCH) {
            if self.is_full() || searched > SEARCHED.1 || finder.patterns_len() == 0 {
                break;
            }
            for (path, text) in batch.iter().zip(self.texts(batch)?) {
                let Some(text) = text else { continue };
                searched += text.len() as u64;
                if finder.is_match(&text) {
                    self.keep(path, text);
                }
            }
        }
        Ok(())
    }

    fn is_full(&self) -> bool {
        self.taken.len() >= FILES || self.bytes >= BYTES
    }

    /// Takes these files as far as there is room.
    fn take(&mut self, batch: &[RepoPath]) -> Result<(), GitError> {
        if self.is_full() {
            return Ok(());
        }
        let sizes = self.sizes(batch)?;
        for ((path, size), text) in batch.iter().zip(sizes).zip(self.texts(batch)?) {
            match (size, text) {
                (Some(size), _) if size > FILE_BYTES => self.leave_out(LeftOut::TooLarge, 1),
                (Some(_), Some(text)) => self.keep(path, text),
                (None, _) | (_, None) => self.leave_out(LeftOut::Unreadable, 1),
            }
        }
        Ok(())
    }

    fn keep(&mut self, path: &RepoPath, text: Vec<u8>) {
        if text[..text.len().min(BINARY_PROBE)].contains(&0) {
            self.leave_out(LeftOut::Binary, 1);
        } else if self.taken.len() < FILES && self.bytes + text.len() as u64 <= BYTES {
            self.bytes += text.len() as u64;
            self.taken.push(SnapshotFile {
                path: path.clone(),
                text,
            });
        }
    }

    fn sizes(&self, paths: &[RepoPath]) -> Result<Vec<Option<u64>>, GitError> {
        let contents: Vec<Content> = paths.iter().filter_map(|path| self.content(path)).collect();
        let mut sizes = self.source.repo.sizes(&contents)?.into_iter();
        let of = |path: &RepoPath| match self.open.get(path) {
            Some(Text::Change(text)) => Some(text.len() as u64),
            Some(Text::Tree(_)) => sizes.next().flatten(),
            None => None,
        };
        Ok(paths.iter().map(of).collect())
    }

    /// Texts of at most [`FILE_BYTES`].
    fn texts(&self, paths: &[RepoPath]) -> Result<Vec<Option<Vec<u8>>>, GitError> {
        let contents: Vec<Content> = paths.iter().filter_map(|path| self.content(path)).collect();
        let mut texts = self
            .source
            .repo
            .contents(&contents, FILE_BYTES)?
            .into_iter();
        let of = |path: &RepoPath| match self.open.get(path) {
            Some(Text::Change(text)) => {
                Some(text.clone()).filter(|text| text.len() as u64 <= FILE_BYTES)
            }
            Some(Text::Tree(_)) => texts.next().flatten(),
            None => None,
        };
        Ok(paths.iter().map(of).collect())
    }

    fn content(&self, path: &RepoPath) -> Option<Content> {
        match self.open.get(path)? {
            Text::Tree(side) => Some(side.content.clone()),
            Text::Change(_) => None,
        }
    }

    /// Not yet masked, so without a digest.
    fn finish(mut self) -> Gathered {
        self.taken.sort_by(|a, b| a.path.cmp(&b.path));
        let links = self.resolved_links();
        let left_out = self.left_out.into_iter().collect();
        let note = SnapshotNote {
            files: self.taken.len() + links.len(),
            of: self.of,
            masked: 0,
            left_out,
        };
        Gathered {
            files: self.taken,
            links,
            note,
            digest: String::new(),
        }
    }

    /// Links whose target is, word for word, a file of the snapshot: no other link can lead elsewhere
    /// by way of it.
    fn resolved_links(&mut self) -> Vec<(RepoPath, Vec<u8>)> {
        let links: Vec<_> = std::mem::take(&mut self.links)
            .into_iter()
            .take(FILES)
            .collect();
        let mut kept = Vec::new();
        for (path, text) in links {
            let target = match text {
                Text::Change(bytes) => Some(bytes),
                Text::Tree(side) => {
                    let read = self
                        .source
                        .repo
                        .contents(std::slice::from_ref(&side.content), LINK_BYTES);
                    read.ok().and_then(|mut read| read.pop()).flatten()
                }
            };
            let inside = target
                .as_ref()
                .and_then(|target| lead(&path, target))
                .is_some_and(|leads| {
                    self.taken
                        .binary_search_by(|file| file.path.as_bytes().cmp(leads.as_slice()))
                        .is_ok()
                });
            match target.filter(|_| inside && self.taken.len() + kept.len() < FILES) {
                Some(target) => kept.push((path, target)),
                None => self.leave_out(LeftOut::Link, 1),
            }
        }
        kept
    }
}

/// Where a link leads by its words, below the top; none for anything but `../`s and then plain names.
fn lead(link: &RepoPath, target: &[u8]) -> Option<Vec<u8>> {
    let mut parts: Vec<&[u8]> = link.as_bytes().split(|b| *b == b'/').collect();
    parts.pop();
    let mut names = false;
    for part in target.split(|b| *b == b'/') {
        match part {
            b".." if !names => {
                parts.pop()?;
            }
            b".." | b"" | b"." => return None,
            name => {
                names = true;
                parts.push(name);
            }
        }
    }
    Some(parts.join(&b'/'))
}

/// Mode and text of each path of what is reviewed, and how many changed paths are not.
type Tree = BTreeMap<RepoPath, (u32, Text)>;

fn reviewed_tree(source: &Source<'_>) -> Result<(Tree, usize), GitError> {
    let Source { repo, change, .. } = source;
    let committed = matches!(change.target.kind, TargetKind::Commit | TargetKind::Range);
    let commit = if committed {
        change.target.head.as_ref()
    } else {
        change.target.base.as_ref()
    };
    let entries = commit
        .map(|commit| repo.compare(None, commit))
        .transpose()?
        .unwrap_or_default();
    let sides = entries
        .into_iter()
        .filter_map(|entry| Some((entry.path, entry.new?)));
    let mut tree: Tree = sides
        .map(|(path, side)| (path, (side.mode, Text::Tree(side))))
        .collect();
    let mut not_reviewed = 0;
    for file in &change.files {
        if file.status == FileStatus::Deleted {
            tree.remove(&file.path);
            continue;
        }
        if file.status == FileStatus::Renamed
            && let Some(old) = &file.old_path
        {
            tree.remove(old);
        }
        match &file.new_text {
            Some(text) => {
                tree.insert(
                    file.path.clone(),
                    (file.new_mode, Text::Change(text.clone())),
                );
            }
            // the tree has what is reviewed
            None if committed => {}
            None => not_reviewed += usize::from(tree.remove(&file.path).is_some()),
        }
    }
    for skipped in change.skipped.iter().filter(|_| !committed) {
        not_reviewed += usize::from(tree.remove(&skipped.path).is_some());
    }
    Ok((tree, not_reviewed))
}

fn digest(files: &[SnapshotFile], links: &[(RepoPath, Vec<u8>)]) -> String {
    let mut digest = FieldDigest::default();
    for file in files {
        digest.field(file.path.as_bytes());
        digest.field(&file.text);
    }
    digest.field("links");
    for (path, target) in links {
        digest.field(path.as_bytes());
        digest.field(target);
    }
    digest.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_where_its_words_say_or_nowhere() {
        let lead = |link: &str, target: &str| lead(&RepoPath::from(link), target.as_bytes());
        assert_eq!(lead("a/b/l", "../c/f"), Some(b"a/c/f".to_vec()));
        assert_eq!(lead("l", "f"), Some(b"f".to_vec()));
        for target in ["../f", "/etc/passwd", "x/../../f", "./f", "", "d/"] {
            assert_eq!(lead("l", target), None, "{target}");
        }
    }
}
