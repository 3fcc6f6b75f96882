//! Questions about commits and paths that the gate, the hooks and the commands
//! ask: answered by the git program, the same for every kind of repository.

use std::ops::ControlFlow;

use super::command::GitCommand;
use super::error::GitError;
use super::repo::Repo;
use crate::model::ObjectId;
use crate::sys::path::without_dots;

/// Bytes of a commit message that are read.
const MESSAGE_BYTES: usize = 1 << 20;
/// Bytes of an answer that is one reference's name.
/// Bytes of a list of names.
const LIST_BYTES: usize = 1 << 20;
const NAME_BYTES: usize = 64 << 10;
/// Bytes of an answer that is one object id.
const ID_BYTES: usize = 4 << 10;

impl Repo {
    /// Whether `one` is `two` or comes before it.
    ///
    /// # Errors
    /// When git cannot be run.
    pub fn is_ancestor(&self, one: &ObjectId, two: &ObjectId) -> Result<bool, GitError> {
        Ok(self.merge_base(one, two)?.as_ref() == Some(one))
    }

    /// Whether HEAD or a branch holds the commit.
    ///
    /// # Errors
    /// When git cannot be run.
    pub fn is_on_a_branch(&self, id: &ObjectId) -> Result<bool, GitError> {
        if let Some(head) = self.head()?
            && self.is_ancestor(id, &head)?
        {
            return Ok(true);
        }
        let args = [
            "for-each-ref",
            "--count=1",
            "--format=%(refname)",
            "--contains",
            id.as_str(),
            "refs/heads",
        ];
        Ok(!GitCommand::new(self)
            .args(args)
            .output(NAME_BYTES)?
            .is_empty())
    }

    /// Short names of branches, tags and remote-tracking branches, at most so many; none where git
    /// cannot list them.
    pub fn short_ref_names(&self, most: usize) -> Vec<String> {
        let args = [
            "for-each-ref".to_owned(),
            format!("--count={most}"),
            "--format=%(refname:short)".to_owned(),
            "refs/heads".to_owned(),
            "refs/tags".to_owned(),
            "refs/remotes".to_owned(),
        ];
        let listed = GitCommand::new(self).args(args).output(LIST_BYTES);
        let text = listed.unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        text.lines().map(str::to_owned).collect()
    }

    /// Those of these ids, tags peeled, that are commits in this clone; each once.
    ///
    /// # Errors
    /// When git cannot be run.
    pub fn commits_among(&self, ids: &[ObjectId]) -> Result<Vec<ObjectId>, GitError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let input: String = ids.iter().map(|id| format!("{id}^{{commit}}\n")).collect();
        let command =
            GitCommand::new(self).args(["cat-file", "--batch-check=%(objectname) %(objecttype)"]);
        let mut found = Vec::new();
        command.input(input.into_bytes()).lines(|line| {
            let text = String::from_utf8_lossy(line);
            let id = text.strip_suffix(" commit").and_then(ObjectId::parse);
            found.extend(id.filter(|id| !found.contains(id)));
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }

    /// The version of the git program that is used here, whatever the current directory.
    ///
    /// # Errors
    /// When git cannot be run.
    pub fn git_version(&self) -> Result<(u32, u32, u32), GitError> {
        version_of(GitCommand::new(self))
    }

    /// Whether a remote of this name is configured.
    #[must_use]
    pub fn has_remote(&self, name: &str) -> bool {
        self.remote_urls().iter().any(|(remote, _)| remote == name)
    }

    /// The first configured remote with this URL.
    #[must_use]
    pub fn remote_with_url(&self, url: &str) -> Option<String> {
        self.remote_urls()
            .into_iter()
            .find(|(_, its)| its == url)
            .map(|(name, _)| name)
    }

    /// The message of a commit, lossy where not UTF-8.
    ///
    /// # Errors
    /// When there is no such commit, or its message is larger than 1 MiB.
    pub fn message(&self, id: &ObjectId) -> Result<String, GitError> {
        let args = ["log", "-1", "--format=%B", "--end-of-options", id.as_str()];
        let output = GitCommand::new(self).args(args).output(MESSAGE_BYTES)?;
        Ok(String::from_utf8_lossy(&output).trim_end().to_owned())
    }

    /// A path as a person types it, relative to the current directory, as the
    /// repository names it; none where it leads out of the work tree.
    #[must_use]
    pub fn path_from_here(&self, path: &str) -> Option<String> {
        let top = self.work_tree()?;
        let here = std::env::current_dir().ok()?;
        let inside = without_dots(&here.join(path))
            .strip_prefix(top)
            .ok()?
            .to_owned();
        Some(inside.to_string_lossy().into_owned())
    }

    /// Names and URLs of the configured remotes.
    fn remote_urls(&self) -> Vec<(String, String)> {
        let named = |(key, url): (String, String)| {
            let name = key.strip_prefix("remote.")?.rsplit_once('.')?.0.to_owned();
            Some((name, url))
        };
        self.config_matching("^remote\\..*\\.(url|pushurl)$")
            .into_iter()
            .filter_map(named)
            .collect()
    }

    /// Whether a branch of this remote, as far as is known here, holds the commit.
    ///
    /// # Errors
    /// When git cannot be run.
    pub fn is_on_remote(&self, remote: &str, id: &ObjectId) -> Result<bool, GitError> {
        let refs = format!("refs/remotes/{remote}/");
        let args = [
            "for-each-ref",
            "--count=1",
            "--format=%(refname)",
            "--contains",
            id.as_str(),
            &refs,
        ];
        Ok(!GitCommand::new(self)
            .args(args)
            .output(NAME_BYTES)?
            .is_empty())
    }
}

/// The version of the git program.
///
/// # Errors
/// When git cannot be run or says something else.
pub(crate) fn version() -> Result<(u32, u32, u32), GitError> {
    let here = std::env::current_dir().map_err(GitError::io("read the current directory"))?;
    version_of(GitCommand::searching(&here))
}

fn version_of(command: GitCommand) -> Result<(u32, u32, u32), GitError> {
    let output = command.args(["version"]).output(ID_BYTES)?;
    let text = String::from_utf8_lossy(&output).into_owned();
    let number = text.split_whitespace().nth(2).unwrap_or_default();
    let mut parts = number.split('.').map(|part| part.parse().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    Ok((next(), next(), next()))
}
