//! Our own notes reference: reports as `git log` and `git show` print them.
//!
//! Promises: it stays one commit without a past, so that `git log --all` shows
//! one line of it however many reports there are; it is written by compare and
//! swap, so that of two supervisors at once neither loses the other's notes. A
//! push does not carry it, but for `git push --mirror`.

use std::ops::ControlFlow;

use super::command::GitCommand;
use super::error::GitError;
use super::plumbing::empty_tree;
use super::repo::Repo;
use crate::model::ObjectId;

/// Where the notes are.
pub(crate) const NOTES_REF: &str = "refs/notes/agents";

/// Bytes of an answer that is one object id.
const ID_BYTES: usize = 4 << 10;
/// Attempts against others that write at the same time.
const TRIES: usize = 20;

impl Repo {
    /// Adds a note to each of these commits, in place of an older one of ours;
    /// takes those away whose commit `keeps` does not want.
    ///
    /// # Errors
    /// What git says; nothing was changed then.
    pub fn write_notes(
        &self,
        notes: &[(ObjectId, String)],
        keeps: &dyn Fn(&ObjectId) -> bool,
    ) -> Result<(), GitError> {
        let mut blobs = Vec::new();
        for (commit, text) in notes {
            blobs.push((commit.clone(), self.put("blob", text.clone().into_bytes())?));
        }
        let mut tried = 1;
        loop {
            match self.swap_notes(&blobs, keeps) {
                Err(GitError::Failed { .. }) if tried < TRIES => tried += 1,
                done => return done,
            }
        }
    }

    /// Removes the reference with all notes.
    ///
    /// # Errors
    /// What git says.
    pub fn remove_notes(&self) -> Result<(), GitError> {
        let remove = GitCommand::new(self).args(["update-ref", "-d", NOTES_REF]);
        remove.output(ID_BYTES).map(drop)
    }

    fn swap_notes(
        &self,
        blobs: &[(ObjectId, ObjectId)],
        keeps: &dyn Fn(&ObjectId) -> bool,
    ) -> Result<(), GitError> {
        let old = self.notes_tip()?;
        let mut entries = match &old {
            Some(tip) => self.notes_at(tip)?,
            None => Vec::new(),
        };
        entries.retain(|(commit, _)| keeps(commit) && blobs.iter().all(|(new, _)| new != commit));
        entries.extend(blobs.iter().cloned());
        entries.sort();
        let lines: String = entries
            .iter()
            .map(|(commit, blob)| format!("100644 blob {blob}\t{commit}\0"))
            .collect();
        let tree = self.id_of(
            GitCommand::new(self)
                .args(["mktree", "-z"])
                .input(lines.into_bytes()),
        )?;
        let who = format!(
            "git-agents <git-agents@localhost> {} +0000",
            crate::sys::clock::now()
        );
        let commit =
            format!("tree {tree}\nauthor {who}\ncommitter {who}\n\nReports of git agents\n");
        let new = self.put("commit", commit.into_bytes())?;
        let before = old.map_or_else(|| "0".repeat(empty_tree(self).len()), |id| id.to_string());
        let swap = [
            "update-ref",
            "-m",
            "git agents",
            NOTES_REF,
            new.as_str(),
            &before,
        ];
        GitCommand::new(self).args(swap).output(ID_BYTES).map(drop)
    }

    fn notes_tip(&self) -> Result<Option<ObjectId>, GitError> {
        let args = ["for-each-ref", "--format=%(objectname)", NOTES_REF];
        let output = GitCommand::new(self).args(args).output(ID_BYTES)?;
        Ok(ObjectId::parse(String::from_utf8_lossy(&output).trim()))
    }

    /// Commit and note of every entry; others, which are not ours, fall away.
    fn notes_at(&self, tip: &ObjectId) -> Result<Vec<(ObjectId, ObjectId)>, GitError> {
        let mut found = Vec::new();
        GitCommand::new(self)
            .args(["ls-tree", "-z", tip.as_str()])
            .records(0, |record| {
                let text = String::from_utf8_lossy(record);
                let pair = text.split_once('\t').and_then(|(about, name)| {
                    Some((
                        ObjectId::parse(name)?,
                        ObjectId::parse(about.strip_prefix("100644 blob ")?)?,
                    ))
                });
                found.extend(pair);
                ControlFlow::Continue(())
            })?;
        Ok(found)
    }

    fn put(&self, kind: &str, content: Vec<u8>) -> Result<ObjectId, GitError> {
        self.id_of(
            GitCommand::new(self)
                .args(["hash-object", "-w", "-t", kind, "--stdin"])
                .input(content),
        )
    }

    fn id_of(&self, command: GitCommand) -> Result<ObjectId, GitError> {
        let output = command.output(ID_BYTES)?;
        let text = String::from_utf8_lossy(&output).into_owned();
        let unread = || GitError::Failed {
            attempt: "read an object id".to_owned(),
            detail: text.trim().to_owned(),
        };
        ObjectId::parse(text.trim()).ok_or_else(unread)
    }
}
