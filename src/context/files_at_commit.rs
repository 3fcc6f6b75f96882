//! Files at one commit, by name, in one call of git.

use std::time::Duration;

use crate::git::{GitCommand, GitError, Repo};
use crate::model::{ObjectId, RepoPath};

/// Bytes of one answer; more is refused as a whole.
const MAX_BYTES: usize = 8 << 20;

/// A prepared call that can go to another thread.
pub(super) struct Blobs {
    command: GitCommand,
    check: GitCommand,
    commit: String,
}

impl Blobs {
    pub(super) fn new(repo: &Repo, commit: &ObjectId, deadline: Duration) -> Self {
        let command = |mode: &str| {
            GitCommand::new(repo)
                .args(["cat-file", mode])
                .deadline(deadline)
        };
        Self {
            command: command("--batch"),
            check: command("--batch-check"),
            commit: commit.as_str().to_owned(),
        }
    }

    /// Those of the files that exist: index of the name, content.
    pub(super) fn read(self, names: &[RepoPath]) -> Result<Vec<(usize, Vec<u8>)>, GitError> {
        let asked = asked(names);
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        let output = self
            .command
            .input(request(&self.commit, names, &asked))
            .output(MAX_BYTES)?;
        Ok(parse(&output)
            .into_iter()
            .zip(asked)
            .filter_map(|(blob, i)| Some((i, blob?)))
            .collect())
    }

    /// Which of the files exist.
    pub(super) fn exist(self, names: &[RepoPath]) -> Result<Vec<bool>, GitError> {
        let asked = asked(names);
        let mut found = vec![false; names.len()];
        if asked.is_empty() {
            return Ok(found);
        }
        let output = self
            .check
            .input(request(&self.commit, names, &asked))
            .output(MAX_BYTES)?;
        for (line, i) in output.split(|b| *b == b'\n').zip(asked) {
            found[i] = line.windows(6).any(|w| w == b" blob ") && !line.ends_with(b" missing");
        }
        Ok(found)
    }
}

/// A name with a line feed cannot be asked for in this protocol.
fn asked(names: &[RepoPath]) -> Vec<usize> {
    (0..names.len())
        .filter(|i| !names[*i].as_bytes().contains(&b'\n'))
        .collect()
}

fn request(commit: &str, names: &[RepoPath], asked: &[usize]) -> Vec<u8> {
    let mut input = Vec::new();
    for i in asked {
        input.extend_from_slice(commit.as_bytes());
        input.push(b':');
        input.extend_from_slice(names[*i].as_bytes());
        input.push(b'\n');
    }
    input
}

/// Answers in order: `<id> <type> <size>`, the content and a line feed, or one line that
/// ends in ` missing`. A torn answer ends the list.
fn parse(mut rest: &[u8]) -> Vec<Option<Vec<u8>>> {
    let mut answers = Vec::new();
    while let Some(end) = rest.iter().position(|b| *b == b'\n') {
        let (head, tail) = rest.split_at(end);
        let (head, tail) = (String::from_utf8_lossy(head), &tail[1..]);
        let words: Vec<&str> = head.split(' ').collect();
        rest = match words.as_slice() {
            [id, kind, size] if ObjectId::parse(id).is_some() => {
                let Some(size) = size.parse::<usize>().ok().filter(|s| *s <= tail.len()) else {
                    break;
                };
                answers.push((*kind == "blob").then(|| tail[..size].to_vec()));
                tail.get(size + 1..).unwrap_or_default()
            }
            _ => {
                answers.push(None);
                tail
            }
        };
    }
    answers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_apart() {
        let id = "a".repeat(40);
        let text =
            format!("{id} blob 4\na\nb\n\nHEAD:x y missing\n{id} tree 1\nx\n{id} blob 9\ntorn");
        assert_eq!(
            parse(text.as_bytes()),
            [Some(b"a\nb\n".to_vec()), None, None]
        );
    }

    proptest::proptest! {
        #[test]
        fn any_answer_is_survived(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            parse(&bytes);
        }
    }
}
