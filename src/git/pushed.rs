//! What a push sends beside commits, and what is known here of what a remote has.

use std::io::{Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;
use std::time::UNIX_EPOCH;

use super::command::GitCommand;
use super::error::GitError;
use super::plumbing;
use super::repo::Repo;
use crate::model::{ObjectId, RepoPath};

/// End of a reflog that is read for its newest entry, bytes: a message is one line.
const ENTRY_BYTES: u64 = 16 << 10;
/// Bytes of a listing of references.
const LIST_BYTES: usize = 64 << 20;

/// The kinds of objects that a ref can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ObjectKind {
    Commit,
    Tree,
    Blob,
    Tag,
}

/// A remote-tracking ref, with who moved it last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TrackingRef {
    /// Its whole name.
    pub(crate) name: Vec<u8>,
    pub(crate) id: ObjectId,
    pub(crate) moved: MovedBy,
}

/// Who moved a remote-tracking ref last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum MovedBy {
    /// A fetch, pull, clone or push: the remote had it at that time, seconds since the epoch.
    Transfer { at: i64, is_push: bool },
    /// Something else: nobody knows what the remote has.
    Other,
    /// There is no record, as after a clone.
    Unknown,
}

impl Repo {
    /// The kind and size of each object, in order; none for those that are not here.
    ///
    /// # Errors
    /// When git cannot be run.
    pub(crate) fn object_kinds(
        &self,
        ids: &[ObjectId],
    ) -> Result<Vec<Option<(ObjectKind, u64)>>, GitError> {
        let mut found = Vec::with_capacity(ids.len());
        if ids.is_empty() {
            return Ok(found);
        }
        let input: String = ids.iter().map(|id| format!("{id}\n")).collect();
        let command = GitCommand::new(self)
            .args(["cat-file", "--batch-check=%(objecttype) %(objectsize)"])
            .input(input.into_bytes());
        command.lines(|line| {
            found.push(kind_and_size(line));
            ControlFlow::Continue(())
        })?;
        found.resize(ids.len(), None);
        Ok(found)
    }

    /// The bytes of an object of any kind; none where it is not here. Look at its size first.
    ///
    /// # Errors
    /// When git cannot be run.
    pub(crate) fn object(&self, id: &ObjectId) -> Result<Option<Vec<u8>>, GitError> {
        let mut found = plumbing::objects(self, std::slice::from_ref(id))?;
        Ok(found.pop().flatten())
    }

    /// Every file below a tree, at most `max` of them and one more.
    ///
    /// # Errors
    /// When git cannot be run, or there is no such tree.
    pub(crate) fn files_below(
        &self,
        tree: &ObjectId,
        max: usize,
    ) -> Result<Vec<(RepoPath, ObjectId)>, GitError> {
        let mut found = Vec::new();
        let command = GitCommand::new(self).args(["ls-tree", "-r", "-z", tree.as_str()]);
        command.records(0, |record| {
            if let Some(file) = blob_of_listing(record) {
                found.push(file);
            }
            if found.len() > max {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })?;
        Ok(found)
    }

    /// All remote-tracking refs.
    ///
    /// # Errors
    /// When git cannot be run.
    pub(crate) fn tracking_refs(&self) -> Result<Vec<TrackingRef>, GitError> {
        let args = [
            "for-each-ref",
            "--format=%(objectname) %(refname)",
            "refs/remotes",
        ];
        let output = GitCommand::new(self).args(args).output(LIST_BYTES)?;
        // Without reflogs nothing tells who moved a ref.
        let keeps_reflogs = self
            .config_value("core.logAllRefUpdates")
            .is_none_or(|value| !["false", "no", "off", "0"].contains(&value.as_str()));
        let mut found = Vec::new();
        for line in output.split(|byte| *byte == b'\n') {
            let Some(blank) = line.iter().position(|byte| *byte == b' ') else {
                continue;
            };
            let (id, name) = (&line[..blank], &line[blank + 1..]);
            let Some(id) = std::str::from_utf8(id).ok().and_then(ObjectId::parse) else {
                continue;
            };
            let moved = if keeps_reflogs {
                self.moved_by(name, &id)
            } else {
                MovedBy::Unknown
            };
            let name = name.to_vec();
            found.push(TrackingRef { name, id, moved });
        }
        Ok(found)
    }

    /// Who gave the ref its value, by the newest entry of its reflog.
    fn moved_by(&self, name: &[u8], id: &ObjectId) -> MovedBy {
        let relative = std::ffi::OsStr::from_bytes(name);
        let log = self.common_dir().join("logs").join(relative);
        let Some((line, at)) = last_line(&log) else {
            // A clone writes packed refs without reflogs. A loose ref without one was written by
            // something that is not git.
            let is_loose = self.common_dir().join(relative).is_file();
            return if is_loose {
                MovedBy::Other
            } else {
                MovedBy::Unknown
            };
        };
        parse_reflog_line(&line, id, at)
    }
}

fn kind_and_size(line: &[u8]) -> Option<(ObjectKind, u64)> {
    let (kind, size) = std::str::from_utf8(line).ok()?.split_once(' ')?;
    let kind = match kind {
        "commit" => ObjectKind::Commit,
        "tree" => ObjectKind::Tree,
        "blob" => ObjectKind::Blob,
        "tag" => ObjectKind::Tag,
        _ => return None,
    };
    Some((kind, size.parse().ok()?))
}

/// `100644 blob <id>\t<path>`; submodules have no blob.
fn blob_of_listing(record: &[u8]) -> Option<(RepoPath, ObjectId)> {
    let tab = record.iter().position(|byte| *byte == b'\t')?;
    let (head, path) = (&record[..tab], &record[tab + 1..]);
    let mut words = std::str::from_utf8(head).ok()?.split(' ');
    let (_mode, kind, id) = (words.next()?, words.next()?, words.next()?);
    let id = ObjectId::parse(id).filter(|_| kind == "blob")?;
    Some((RepoPath::new(path.to_vec()), id))
}

/// The newest line of a log, and when it was written, seconds since the epoch. The time within the
/// line is the committer's, who may say what he likes.
fn last_line(path: &std::path::Path) -> Option<(Vec<u8>, i64)> {
    let mut file = std::fs::File::open(path).ok()?;
    let about = file.metadata().ok()?;
    let length = about.len();
    let at = about.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    let at = i64::try_from(at.as_secs()).ok()?;
    file.seek(SeekFrom::Start(length.saturating_sub(ENTRY_BYTES)))
        .ok()?;
    let mut end = Vec::new();
    file.take(ENTRY_BYTES).read_to_end(&mut end).ok()?;
    let last = end
        .split(|byte| *byte == b'\n')
        .rfind(|line| !line.is_empty())?;
    Some((last.to_vec(), at))
}

/// `<old> <new> <name> <mail> <seconds> <zone>\t<message>`
fn parse_reflog_line(line: &[u8], id: &ObjectId, at: i64) -> MovedBy {
    let text = String::from_utf8_lossy(line);
    let (head, message) = text.split_once('\t').unwrap_or((&text, ""));
    let new = head.split(' ').nth(1);
    let is_push = message == "update by push";
    let is_transfer = is_push
        || ["fetch", "pull", "clone", "remote: renamed"]
            .iter()
            .any(|word| message.starts_with(word));
    if new == Some(id.as_str()) && is_transfer {
        MovedBy::Transfer { at, is_push }
    } else {
        MovedBy::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "1111111111111111111111111111111111111111";
    const B: &str = "2222222222222222222222222222222222222222";

    #[test]
    fn a_reflog_tells_who_moved_a_ref() {
        let id = ObjectId::parse(B).expect("a literal id");
        let line = |message: &str| format!("{A} {B} A B <a@x> 1700000000 +0100\t{message}");
        let by = |message: &str| parse_reflog_line(line(message).as_bytes(), &id, 1_700_000_000);
        let transfer = |is_push| MovedBy::Transfer {
            at: 1_700_000_000,
            is_push,
        };
        assert_eq!(by("update by push"), transfer(true));
        assert_eq!(by("fetch origin main: fast-forward"), transfer(false));
        assert_eq!(by("clone: from https://example.org/x"), transfer(false));
        assert_eq!(by("pull --rebase: fast-forward"), transfer(false));
        assert_eq!(by(""), MovedBy::Other);
        assert_eq!(by("branch: Created from HEAD"), MovedBy::Other);
        let other = ObjectId::parse(A).expect("a literal id");
        let moved = parse_reflog_line(line("update by push").as_bytes(), &other, 1);
        assert_eq!(moved, MovedBy::Other, "the ref has another value by now");
    }
}
