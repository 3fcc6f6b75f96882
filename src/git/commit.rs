//! A commit object, read from its raw bytes: the same for both readers, and
//! with the parents that it names, even where a shallow clone ends.

use crate::model::{CommitInfo, ObjectId};

/// Bytes of a commit message that are kept.
const MESSAGE_BYTES: usize = 64 * 1024;

/// A commit and the tree it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its tree.
    pub tree: ObjectId,
    /// Its parents, as written in it.
    pub parents: Vec<ObjectId>,
    /// What the model keeps of it.
    pub info: CommitInfo,
}

/// Reads a raw commit; none when it has no tree line.
pub(super) fn parse(id: &ObjectId, raw: &[u8]) -> Option<Commit> {
    let split = raw
        .windows(2)
        .position(|w| w == b"\n\n")
        .unwrap_or(raw.len());
    let message = raw.get(split + 2..).unwrap_or_default();
    let message = &message[..message.len().min(MESSAGE_BYTES)];
    let (mut tree, mut parents, mut author, mut time) = (None, Vec::new(), String::new(), 0);
    for line in raw[..split].split(|b| *b == b'\n') {
        let value = |key: &[u8]| line.strip_prefix(key).map(String::from_utf8_lossy);
        if let Some(id) = value(b"tree ") {
            tree = tree.or_else(|| ObjectId::parse(&id));
        } else if let Some(id) = value(b"parent ") {
            parents.extend(ObjectId::parse(&id));
        } else if let Some(line) = value(b"author ") {
            (author, time) = signature(&line);
        }
    }
    let message = String::from_utf8_lossy(message).into_owned();
    let info = CommitInfo {
        id: id.clone(),
        parents: parents.len(),
        author,
        time,
        message,
    };
    Some(Commit {
        tree: tree?,
        parents,
        info,
    })
}

/// Name and seconds of `Name <mail> 1700000000 +0100`.
fn signature(line: &str) -> (String, i64) {
    let (name, rest) = line.split_once('<').unwrap_or((line, ""));
    let after = rest.rsplit_once('>').map_or("", |(_, after)| after);
    let time = after
        .split_whitespace()
        .next()
        .and_then(|t| t.parse().ok())
        .unwrap_or(0);
    (name.trim().to_owned(), time)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_commit_keeps_its_parents_and_its_whole_message() {
        let id = ObjectId::parse(&"1".repeat(40)).unwrap();
        let (tree, parent) = ("a".repeat(40), "b".repeat(40));
        let raw = format!(
            "tree {tree}\nparent {parent}\nauthor A <B> U <a@b> 17 +0100\ncommitter x <y> 18 +0000\n\nsubject\n\nbody\n"
        );
        let commit = parse(&id, raw.as_bytes()).unwrap();
        assert_eq!(commit.tree.as_str(), tree);
        assert_eq!(commit.parents[0].as_str(), parent);
        assert_eq!((commit.info.time, commit.info.author.as_str()), (17, "A"));
        assert_eq!(
            (commit.info.message.as_str(), commit.info.subject()),
            ("subject\n\nbody\n", "subject")
        );
    }

    #[test]
    fn garbage_is_no_commit() {
        let id = ObjectId::parse(&"1".repeat(40)).unwrap();
        assert_eq!(parse(&id, b""), None);
        assert_eq!(parse(&id, b"\n\n\n"), None);
        assert_eq!(parse(&id, b"tree xyz\n"), None);
    }
}
