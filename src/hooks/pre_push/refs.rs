//! What git tells pre-push: one line a ref, on standard input.
//!
//! Promises: nothing is dropped in silence. A line is `<local ref> <local id> <remote ref> <remote
//! id>`; the local ref is what the person typed and may hold blanks, and neither ref need be UTF-8,
//! so that bytes are read and fields are taken from the right. Source: `githooks(5)`, pre-push.

use crate::model::ObjectId;

/// A ref to be pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PushedRef {
    /// What is pushed, as it was typed.
    pub(crate) local: Vec<u8>,
    /// The object that is pushed.
    pub(crate) id: ObjectId,
    /// The ref at the remote.
    pub(crate) target: Vec<u8>,
    /// What the remote has there, by its own word; none for a new ref.
    pub(crate) remote: Option<ObjectId>,
}

/// All refs of one push.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PushedRefs {
    /// Those that bring something.
    pub(crate) refs: Vec<PushedRef>,
    /// Lines that could not be understood.
    pub(crate) unreadable: Vec<Vec<u8>>,
}

impl PushedRefs {
    /// Reads git's lines. A deletion brings nothing and is left out.
    #[must_use]
    pub(crate) fn parse(input: &[u8]) -> Self {
        let mut found = Self::default();
        for line in input.split(|byte| *byte == b'\n') {
            if line.is_empty() {
                continue;
            }
            match parse_line(line) {
                Some(Line::Pushed(pushed)) => found.refs.push(pushed),
                Some(Line::Deleted) => {}
                None => found.unreadable.push(line.to_vec()),
            }
        }
        found
    }

    /// Whether there is nothing to decide about.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.refs.is_empty() && self.unreadable.is_empty()
    }
}

enum Line {
    Pushed(PushedRef),
    Deleted,
}

fn parse_line(line: &[u8]) -> Option<Line> {
    let mut fields = line.rsplitn(4, |byte| *byte == b' ');
    let (remote, target, id, local) = (
        fields.next()?,
        fields.next()?,
        fields.next()?,
        fields.next()?,
    );
    let id = ObjectId::parse(std::str::from_utf8(id).ok()?)?;
    let remote = ObjectId::parse(std::str::from_utf8(remote).ok()?)?;
    if target.is_empty() {
        return None;
    }
    if id.is_zero() {
        return Some(Line::Deleted);
    }
    Some(Line::Pushed(PushedRef {
        local: local.to_vec(),
        id,
        target: target.to_vec(),
        remote: Some(remote).filter(|id| !id.is_zero()),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "1111111111111111111111111111111111111111";
    const ZERO: &str = "0000000000000000000000000000000000000000";

    fn pushed(local: &[u8], target: &[u8], remote: Option<&str>) -> PushedRef {
        PushedRef {
            local: local.to_vec(),
            id: ObjectId::parse(A).expect("a literal id"),
            target: target.to_vec(),
            remote: remote.map(|id| ObjectId::parse(id).expect("a literal id")),
        }
    }

    #[test]
    fn a_new_branch_a_deletion_and_noise_are_told_apart() {
        let input = format!(
            "refs/heads/x {A} refs/heads/x {ZERO}\n(delete) {ZERO} refs/heads/y {A}\n\
             HEAD {A} refs/heads/z {A}\nnoise\n"
        );
        let found = PushedRefs::parse(input.as_bytes());
        let new = pushed(b"refs/heads/x", b"refs/heads/x", None);
        let known = pushed(b"HEAD", b"refs/heads/z", Some(A));
        assert_eq!(found.refs, [new, known]);
        assert_eq!(found.unreadable, [b"noise".to_vec()]);
    }

    #[test]
    fn a_source_with_blanks_is_read_from_the_right() {
        let input = format!(":/fix the look {A} refs/heads/x {ZERO}\n");
        let found = PushedRefs::parse(input.as_bytes());
        assert_eq!(
            found.refs,
            [pushed(b":/fix the look", b"refs/heads/x", None)]
        );
    }

    #[test]
    fn one_name_that_is_not_utf_8_costs_no_other_ref() {
        let mut input = format!("refs/heads/main {A} refs/heads/main {ZERO}\n").into_bytes();
        input.extend_from_slice(b"refs/heads/caf\xe9 ");
        input.extend_from_slice(format!("{A} ").as_bytes());
        input.extend_from_slice(b"refs/heads/caf\xe9 ");
        input.extend_from_slice(format!("{ZERO}\n").as_bytes());
        let found = PushedRefs::parse(&input);
        let latin = b"refs/heads/caf\xe9";
        let main = b"refs/heads/main";
        assert_eq!(
            found.refs,
            [pushed(main, main, None), pushed(latin, latin, None)]
        );
        assert!(found.unreadable.is_empty());
    }

    #[test]
    fn sha256_ids_are_read_and_broken_ones_are_told() {
        let (id, zero) = ("a".repeat(64), "0".repeat(64));
        let input = format!("refs/heads/x {id} refs/heads/x {zero}\nHEAD abc refs/heads/y {zero}");
        let found = PushedRefs::parse(input.as_bytes());
        assert_eq!((found.refs.len(), found.unreadable.len()), (1, 1));
        assert_eq!(found.refs[0].remote, None);
    }
}
