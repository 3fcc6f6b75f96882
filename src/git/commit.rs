//! A commit object, read from its raw bytes: the same for both readers, and
//! with the parents that it names, even where a shallow clone ends.

use encoding_rs::{Encoding, UTF_8};

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
    let header = &raw[..split];
    let encoding = encoding_of(header);
    let (mut tree, mut parents, mut author, mut time) = (None, Vec::new(), String::new(), 0);
    for line in header.split(|b| *b == b'\n') {
        let value = |key: &[u8]| line.strip_prefix(key).map(|value| text(value, encoding));
        if let Some(id) = value(b"tree ") {
            tree = tree.or_else(|| ObjectId::parse(&id));
        } else if let Some(id) = value(b"parent ") {
            parents.extend(ObjectId::parse(&id));
        } else if let Some(line) = value(b"author ") {
            (author, time) = signature(&line);
        }
    }
    let message = text(message, encoding);
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

/// The encoding of a commit's texts, as its header names it; UTF-8 without one, and for a name that
/// nobody knows.
fn encoding_of(header: &[u8]) -> &'static Encoding {
    let named = header
        .split(|byte| *byte == b'\n')
        .find_map(|line| line.strip_prefix(b"encoding "));
    named
        .and_then(|label| Encoding::for_label(label.trim_ascii()))
        .unwrap_or(UTF_8)
}

/// A text of a commit. A header may be wrong: what is UTF-8 all the same is read as that.
fn text(bytes: &[u8], encoding: &'static Encoding) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding.decode_without_bom_handling(bytes).0.into_owned(),
    }
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
    fn a_commit_is_read_in_the_encoding_of_its_header() {
        let id = ObjectId::parse(&"1".repeat(40)).unwrap();
        let commit = |encoding: &str, text: &[u8]| {
            let tree = "a".repeat(40);
            let mut raw = format!("tree {tree}\nauthor ").into_bytes();
            raw.extend_from_slice(text);
            raw.extend_from_slice(format!(" <a@b> 17 +0100\n{encoding}\n").as_bytes());
            raw.extend_from_slice(text);
            parse(&id, &raw).unwrap().info
        };
        let latin = commit("encoding ISO-8859-1\n", b"Gr\xfc\xdfe");
        assert_eq!(
            (latin.message.as_str(), latin.author.as_str()),
            ("Grüße", "Grüße")
        );
        assert_eq!(
            commit("encoding SJIS\n", b"\x83\x65\x83\x58").message,
            "テス"
        );
        assert_eq!(
            commit("encoding ISO-8859-1\n", "Grüße".as_bytes()).message,
            "Grüße"
        );
        assert_eq!(commit("encoding nonsense\n", b"a\xff").message, "a\u{fffd}");
        assert_eq!(commit("", b"a\xff").message, "a\u{fffd}");
    }

    #[test]
    fn garbage_is_no_commit() {
        let id = ObjectId::parse(&"1".repeat(40)).unwrap();
        assert_eq!(parse(&id, b""), None);
        assert_eq!(parse(&id, b"\n\n\n"), None);
        assert_eq!(parse(&id, b"tree xyz\n"), None);
    }
}
