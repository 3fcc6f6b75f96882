//! The same reading through the git program, for repositories that libgit2
//! cannot read. Only object-to-object plumbing, whose output has a fixed form.

use std::ops::ControlFlow;

use super::command::GitCommand;
use super::diff_entry::{Entry, Side};
use super::error::GitError;
use super::objects::until;
use super::repo::Repo;
use crate::model::{ObjectId, RepoPath};

/// Bytes of a list of paths, or of a batch of objects, that is taken whole.
const LIST_BYTES: usize = 512 * 1024 * 1024;
/// Bytes of a one-line answer.
const ANSWER_BYTES: usize = 64 * 1024;

/// The empty tree's name, known to git without being stored.
pub(super) fn empty_tree(repo: &Repo) -> &'static str {
    if repo.is_sha256() {
        "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321"
    } else {
        "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
    }
}

pub(super) fn compare(
    repo: &Repo,
    base: Option<&ObjectId>,
    head: &ObjectId,
) -> Result<Vec<Entry>, GitError> {
    let base = base.map_or_else(|| empty_tree(repo), ObjectId::as_str);
    let args = [
        "diff-tree",
        "-r",
        "-z",
        "--raw",
        "--no-renames",
        "--ignore-submodules=none",
        base,
        head.as_str(),
    ];
    let raw = raw_lines(GitCommand::new(repo).args(args))?;
    Ok(raw.into_iter().map(RawLine::into_entry).collect())
}

/// One record of `--raw` output.
pub(super) struct RawLine {
    pub(super) path: RepoPath,
    pub(super) old: (u32, Option<ObjectId>),
    pub(super) new: (u32, Option<ObjectId>),
    pub(super) status: u8,
}

impl RawLine {
    /// Both sides as objects.
    pub(super) fn into_entry(self) -> Entry {
        let side = |(mode, id): (u32, Option<ObjectId>)| {
            Some(Side::object(mode, id?)).filter(|_| mode != 0)
        };
        Entry {
            path: self.path,
            old: side(self.old),
            new: side(self.new),
        }
    }
}

/// Parses `:mode mode id id status` NUL path NUL, sorted by path.
pub(super) fn raw_lines(command: GitCommand) -> Result<Vec<RawLine>, GitError> {
    let mut found = Vec::new();
    let mut header: Option<Vec<u8>> = None;
    command.records(0, |record| {
        match header.take() {
            None => header = Some(record.to_vec()),
            Some(line) => found.extend(raw_line(&line, record)),
        }
        ControlFlow::Continue(())
    })?;
    found.sort_by(|a: &RawLine, b| a.path.cmp(&b.path));
    Ok(found)
}

fn raw_line(header: &[u8], path: &[u8]) -> Option<RawLine> {
    let text = std::str::from_utf8(header).ok()?.strip_prefix(':')?;
    let words: Vec<&str> = text.split(' ').collect();
    let [old_mode, new_mode, old_id, new_id, status] = words.as_slice() else {
        return None;
    };
    let mode = |text: &str| u32::from_str_radix(text, 8).ok();
    let id = |text: &str| ObjectId::parse(text).filter(|id| !id.is_zero());
    Some(RawLine {
        path: RepoPath::new(path),
        old: (mode(old_mode)?, id(old_id)),
        new: (mode(new_mode)?, id(new_id)),
        status: *status.as_bytes().first()?,
    })
}

pub(super) fn sides_at(
    repo: &Repo,
    commit: &ObjectId,
    paths: &[RepoPath],
) -> Result<Vec<Option<Side>>, GitError> {
    let mut found: Vec<Option<Side>> = vec![None; paths.len()];
    for (chunk, slots) in paths.chunks(500).zip(found.chunks_mut(500)) {
        use std::os::unix::ffi::OsStrExt;
        let named = chunk.iter().filter(|p| !p.as_bytes().is_empty());
        let names = named.map(|p| std::ffi::OsStr::from_bytes(p.as_bytes()));
        let command = GitCommand::new(repo)
            .args(["ls-tree", "-z", "--full-tree", commit.as_str(), "--"])
            .args(names);
        command.records(0, |record| {
            if let Some((side, path)) = tree_line(record) {
                for (slot, _) in slots
                    .iter_mut()
                    .zip(chunk)
                    .filter(|(_, p)| p.as_bytes() == path)
                {
                    *slot = Some(side.clone());
                }
            }
            ControlFlow::Continue(())
        })?;
    }
    Ok(found)
}

/// Parses `mode kind id` TAB path; none for a directory.
fn tree_line(record: &[u8]) -> Option<(Side, &[u8])> {
    let tab = record.iter().position(|b| *b == b'\t')?;
    let text = std::str::from_utf8(&record[..tab]).ok()?;
    let mut words = text.split(' ').filter(|w| !w.is_empty());
    let (mode, kind, id) = (words.next()?, words.next()?, words.next()?);
    let mode = u32::from_str_radix(mode, 8)
        .ok()
        .filter(|_| kind != "tree")?;
    Some((Side::object(mode, ObjectId::parse(id)?), &record[tab + 1..]))
}

pub(super) fn list_paths(
    repo: &Repo,
    commit: &ObjectId,
    max: usize,
) -> Result<Vec<RepoPath>, GitError> {
    let mut found = Vec::new();
    if max == 0 {
        return Ok(found);
    }
    let command =
        GitCommand::new(repo).args(["ls-tree", "-r", "-z", "--full-tree", commit.as_str()]);
    command.records(0, |record| {
        if let Some((side, path)) = tree_line(record).filter(|(side, _)| side.is_readable()) {
            let _ = side;
            found.push(RepoPath::new(path));
        }
        until(found.len() >= max)
    })?;
    Ok(found)
}

fn batch_input(ids: &[ObjectId]) -> Vec<u8> {
    ids.iter()
        .flat_map(|id| [id.as_str().as_bytes(), b"\n"].concat())
        .collect()
}

pub(super) fn sizes(repo: &Repo, ids: &[ObjectId]) -> Result<Vec<Option<u64>>, GitError> {
    let mut found = Vec::with_capacity(ids.len());
    if ids.is_empty() {
        return Ok(found);
    }
    let command = GitCommand::new(repo)
        .args(["cat-file", "--batch-check"])
        .input(batch_input(ids));
    command.lines(|line| {
        found.push(
            header(line)
                .filter(|(kind, _)| kind == "blob")
                .map(|(_, size)| size),
        );
        until(found.len() == ids.len())
    })?;
    found.resize(ids.len(), None);
    Ok(found)
}

/// Kind and size in `id kind size`; none for `id missing`.
fn header(line: &[u8]) -> Option<(String, u64)> {
    let mut words = std::str::from_utf8(line).ok()?.split(' ').skip(1);
    let (kind, size) = (words.next()?, words.next()?);
    Some((kind.to_owned(), size.parse().ok()?))
}

/// Objects of any kind, in order; none for those that are not here. Ask for
/// their sizes first.
pub(super) fn objects(repo: &Repo, ids: &[ObjectId]) -> Result<Vec<Option<Vec<u8>>>, GitError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let output = GitCommand::new(repo)
        .args(["cat-file", "--batch"])
        .input(batch_input(ids))
        .output(LIST_BYTES)?;
    let mut rest = output.as_slice();
    let mut found = Vec::with_capacity(ids.len());
    for _ in ids {
        let end = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
        let size = header(&rest[..end]).and_then(|(_, size)| usize::try_from(size).ok());
        rest = rest.get(end + 1..).unwrap_or_default();
        let bytes = size.and_then(|size| rest.get(..size));
        found.push(bytes.map(<[u8]>::to_vec));
        if let Some(bytes) = bytes {
            rest = rest.get(bytes.len() + 1..).unwrap_or_default();
        }
    }
    Ok(found)
}

pub(super) fn merge_base(
    repo: &Repo,
    one: &ObjectId,
    two: &ObjectId,
) -> Result<Option<ObjectId>, GitError> {
    let command = GitCommand::new(repo).args(["merge-base", one.as_str(), two.as_str()]);
    match command.output(ANSWER_BYTES) {
        Ok(bytes) => Ok(std::str::from_utf8(&bytes)
            .ok()
            .and_then(|t| ObjectId::parse(t.trim()))),
        // status 1 without a word: unrelated histories
        Err(GitError::Failed { detail, .. }) if detail.starts_with("git ended with") => Ok(None),
        Err(error) => Err(error),
    }
}

pub(super) fn walk(
    repo: &Repo,
    from: Option<&ObjectId>,
    to: &ObjectId,
) -> Result<Vec<ObjectId>, GitError> {
    let mut command = GitCommand::new(repo).args(["rev-list", to.as_str()]);
    if let Some(from) = from {
        command = command.args([format!("^{from}")]);
    }
    let output = command.output(LIST_BYTES)?;
    let lines = output.split(|b| *b == b'\n');
    Ok(lines
        .filter_map(|l| std::str::from_utf8(l).ok().and_then(ObjectId::parse))
        .collect())
}
