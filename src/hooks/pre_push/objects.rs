//! What a push sends beside commits: messages of tags, and trees and blobs that a ref names.
//!
//! No review reads them, so they are searched for secrets here, and what is no commit is told as
//! not reviewed.

use crate::findings;
use crate::git::pushed::ObjectKind;
use crate::model::{Finding, ObjectId, PlaceWithoutFile, RepoPath};
use crate::offline;
use crate::review::{PipelineError, Workspace, error_chain};
use crate::secrets::{DetectorError, Masker};

use super::refs::PushedRef;
use super::unreviewed::Unreviewed;

/// Tags of tags that are followed.
const LONGEST_CHAIN: usize = 50;
/// Bytes of one object that is searched.
const OBJECT_BYTES: u64 = 64 << 20;
/// Files below one tree that are searched.
const TREE_FILES: usize = 10_000;
/// Bytes of all objects of a push that are searched.
const ALL_BYTES: u64 = 256 << 20;

/// What the refs of a push name, directly or through tags.
#[derive(Default)]
pub(super) struct PushedObjects {
    /// The commits, each once.
    pub(super) tips: Vec<ObjectId>,
    /// Secrets outside of commits.
    pub(super) findings: Vec<Finding>,
    /// What nobody reviews.
    pub(super) unreviewed: Vec<Unreviewed>,
}

/// A text that is to be searched, and how a report names it.
struct Text {
    path: RepoPath,
    bytes: Vec<u8>,
}

/// Follows every ref to what it names.
///
/// # Errors
/// When git cannot be run.
pub(super) fn collect(
    workspace: &Workspace,
    refs: &[PushedRef],
) -> Result<PushedObjects, PipelineError> {
    let mut collector = Collector {
        workspace,
        found: PushedObjects::default(),
        texts: Vec::new(),
        bytes_left: ALL_BYTES,
    };
    let ids: Vec<ObjectId> = refs.iter().map(|pushed| pushed.id.clone()).collect();
    let kinds = workspace.repo.object_kinds(&ids)?;
    for (pushed, kind) in refs.iter().zip(kinds) {
        collector.follow(&pushed.target, &pushed.id, kind)?;
    }
    let Collector {
        mut found, texts, ..
    } = collector;
    if texts.is_empty() {
        return Ok(found);
    }
    match search(workspace, &texts) {
        Ok(findings) => found.findings = findings,
        Err(error) => found
            .unreviewed
            .push(Unreviewed::SecretSearch(error_chain(&error))),
    }
    Ok(found)
}

struct Collector<'w> {
    workspace: &'w Workspace,
    found: PushedObjects,
    texts: Vec<Text>,
    bytes_left: u64,
}

impl Collector<'_> {
    /// Follows tags to the object that a ref stands for in the end.
    fn follow(
        &mut self,
        name: &[u8],
        id: &ObjectId,
        kind: Option<(ObjectKind, u64)>,
    ) -> Result<(), PipelineError> {
        let (mut id, mut kind) = (id.clone(), kind);
        for _ in 0..LONGEST_CHAIN {
            let Some((what, size)) = kind else {
                self.found.unreviewed.push(Unreviewed::Missing(id));
                return Ok(());
            };
            match what {
                ObjectKind::Commit => {
                    if !self.found.tips.contains(&id) {
                        self.found.tips.push(id);
                    }
                    return Ok(());
                }
                ObjectKind::Blob => {
                    self.not_a_commit(name, "blob");
                    let path = named(PlaceWithoutFile::Object, name);
                    return self.read(path, &id, size);
                }
                ObjectKind::Tree => {
                    self.not_a_commit(name, "tree");
                    return self.tree(name, &id);
                }
                ObjectKind::Tag => {
                    let path = named(PlaceWithoutFile::TagMessage, name);
                    let before = self.texts.len();
                    self.read(path, &id, size)?;
                    let target = self.texts.get(before).and_then(|tag| target_of(&tag.bytes));
                    let Some(target) = target else {
                        self.not_a_commit(name, "tag that cannot be read");
                        return Ok(());
                    };
                    let kinds = self
                        .workspace
                        .repo
                        .object_kinds(std::slice::from_ref(&target))?;
                    kind = kinds.into_iter().next().flatten();
                    id = target;
                }
            }
        }
        self.not_a_commit(name, "chain of tags that is too long");
        Ok(())
    }

    fn not_a_commit(&mut self, name: &[u8], kind: &'static str) {
        let name = name.to_vec();
        self.found
            .unreviewed
            .push(Unreviewed::Object { name, kind });
    }

    fn tree(&mut self, name: &[u8], id: &ObjectId) -> Result<(), PipelineError> {
        let mut files = self.workspace.repo.files_below(id, TREE_FILES)?;
        if files.len() > TREE_FILES {
            files.truncate(TREE_FILES);
            self.found
                .unreviewed
                .push(Unreviewed::TooLarge(name.to_vec()));
        }
        let ids: Vec<ObjectId> = files.iter().map(|(_, id)| id.clone()).collect();
        let kinds = self.workspace.repo.object_kinds(&ids)?;
        for ((path, id), kind) in files.into_iter().zip(kinds) {
            match kind {
                Some((_, size)) => self.read(path, &id, size)?,
                None => self.found.unreviewed.push(Unreviewed::Missing(id)),
            }
        }
        Ok(())
    }

    /// Keeps the object's text for the search, within the bounds of a push.
    fn read(&mut self, path: RepoPath, id: &ObjectId, size: u64) -> Result<(), PipelineError> {
        if size > OBJECT_BYTES || size > self.bytes_left {
            let name = path.as_bytes().to_vec();
            self.found.unreviewed.push(Unreviewed::TooLarge(name));
            return Ok(());
        }
        self.bytes_left -= size;
        match self.workspace.repo.object(id)? {
            Some(bytes) => self.texts.push(Text { path, bytes }),
            None => self.found.unreviewed.push(Unreviewed::Missing(id.clone())),
        }
        Ok(())
    }
}

/// The short name of a ref is what a person knows it by.
fn named(place: PlaceWithoutFile, name: &[u8]) -> RepoPath {
    let short = name
        .strip_prefix(b"refs/tags/")
        .or_else(|| name.strip_prefix(b"refs/heads/"))
        .unwrap_or(name);
    RepoPath::without_file(place, &String::from_utf8_lossy(short))
}

/// `object <id>` is the first line of a tag.
fn target_of(tag: &[u8]) -> Option<ObjectId> {
    let line = tag.split(|byte| *byte == b'\n').next()?;
    let id = line.strip_prefix(b"object ")?;
    ObjectId::parse(std::str::from_utf8(id).ok()?)
}

/// The secrets in these texts, as findings.
fn search(workspace: &Workspace, texts: &[Text]) -> Result<Vec<Finding>, DetectorError> {
    let detector = (workspace.detector)()?;
    let mut masker = Masker::new(&detector);
    for text in texts {
        masker.text_without_file(&text.path, &text.bytes)?;
    }
    let remote = workspace.repo.remote_url().unwrap_or_default();
    let proposals = offline::secrets_found(masker.hits());
    Ok(proposals
        .iter()
        .map(|proposal| findings::of_fact(&remote, proposal))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_names_its_object_in_its_first_line() {
        let id = "1111111111111111111111111111111111111111";
        let tag = format!("object {id}\ntype commit\ntag v1\n\nwords\n");
        assert_eq!(target_of(tag.as_bytes()), ObjectId::parse(id));
        assert_eq!(target_of(b"tree 1\n"), None);
    }
}
