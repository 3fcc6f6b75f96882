//! A repository: where it is, who can read it, what its references say.

use std::path::{Path, PathBuf};

use super::command::GitCommand;
use super::discover::{self, Found};
use super::error::GitError;
use super::remote;
use crate::model::{ObjectId, Reader};

/// Bytes of a small answer of git: an id, a name, a URL list.
const ANSWER_BYTES: usize = 256 * 1024;

/// An open repository.
pub struct Repo {
    git_dir: PathBuf,
    common_dir: PathBuf,
    work_tree: Option<PathBuf>,
    index_file: Option<PathBuf>,
    libgit2: Option<git2::Repository>,
    reader: Reader,
    sha256: bool,
}

impl Repo {
    /// Finds the repository that `start` is in. At the current directory
    /// `GIT_DIR`, `GIT_WORK_TREE` and `GIT_INDEX_FILE` hold, as for git.
    pub fn discover(start: &Path) -> Result<Self, GitError> {
        discover::search(start).map(Self::from_found)
    }

    /// Opens exactly this git directory.
    pub fn open(git_dir: &Path, work_tree: Option<&Path>) -> Result<Self, GitError> {
        discover::open_at(git_dir, work_tree).map(Self::from_found)
    }

    /// The same repository, read by the git program from here on.
    #[cfg(test)]
    pub(crate) fn with_plumbing(mut self, why: &str) -> Self {
        self.libgit2 = None;
        self.reader = Reader::Plumbing {
            why: why.to_owned(),
        };
        self
    }

    /// A copy that the git program reads.
    pub(super) fn plumbing_copy(&self, reader: Reader) -> Self {
        Self {
            git_dir: self.git_dir.clone(),
            common_dir: self.common_dir.clone(),
            work_tree: self.work_tree.clone(),
            index_file: self.index_file.clone(),
            libgit2: None,
            reader,
            sha256: self.sha256,
        }
    }

    fn from_found(found: Found) -> Self {
        let (libgit2, why) = match found.libgit2 {
            Ok(repository) => match unread_feature(&found.common_dir) {
                None => (Some(repository), None),
                Some(why) => (None, Some(why)),
            },
            Err(why) => (None, Some(why)),
        };
        let reader = why.map_or(Reader::Libgit2, |why| Reader::Plumbing { why });
        Self {
            git_dir: found.git_dir,
            common_dir: found.common_dir,
            work_tree: found.work_tree,
            index_file: found.index_file,
            libgit2,
            reader,
            sha256: found.sha256,
        }
    }

    /// This work tree's git directory, absolute.
    #[must_use]
    pub fn git_dir(&self) -> &Path {
        &self.git_dir
    }

    /// The git directory that all work trees share, absolute.
    #[must_use]
    pub fn common_dir(&self) -> &Path {
        &self.common_dir
    }

    /// The work tree's top, absolute; none in a bare repository.
    #[must_use]
    pub fn work_tree(&self) -> Option<&Path> {
        self.work_tree.as_deref()
    }

    /// Another index file than the usual one, when the environment named it.
    pub(super) fn index_file(&self) -> Option<&Path> {
        self.index_file.as_deref()
    }

    /// libgit2's handle; none where the git program reads.
    pub(super) fn libgit2(&self) -> Option<&git2::Repository> {
        self.libgit2.as_ref()
    }

    /// Whether objects have sha256 names.
    pub(super) fn is_sha256(&self) -> bool {
        self.sha256
    }

    /// Who reads this repository, and why.
    #[must_use]
    pub fn reader(&self) -> Reader {
        self.reader.clone()
    }

    /// The commit that HEAD names; none before the first commit.
    pub fn head(&self) -> Result<Option<ObjectId>, GitError> {
        let Some(repository) = &self.libgit2 else {
            return self.verify("HEAD");
        };
        match repository.head().and_then(|h| h.peel_to_commit()) {
            Ok(commit) => Ok(Some(object_id(commit.id()))),
            Err(e)
                if matches!(
                    e.code(),
                    git2::ErrorCode::UnbornBranch | git2::ErrorCode::NotFound
                ) =>
            {
                Ok(None)
            }
            Err(e) => Err(GitError::libgit2("read HEAD")(e)),
        }
    }

    /// Short name of the current branch, born or not; none when HEAD is detached.
    #[must_use]
    pub fn branch(&self) -> Option<String> {
        let target = match &self.libgit2 {
            Some(repository) => {
                let head = repository.find_reference("HEAD").ok()?;
                head.symbolic_target_bytes()
                    .map(|b| String::from_utf8_lossy(b).into_owned())
            }
            None => self.ask(&["symbolic-ref", "-q", "HEAD"]),
        };
        let target = target?;
        Some(
            target
                .strip_prefix("refs/heads/")
                .unwrap_or(&target)
                .to_owned(),
        )
    }

    /// The commit that the current branch follows; none without a branch, without
    /// one to follow, or where that was never fetched.
    #[must_use]
    pub fn upstream(&self) -> Option<ObjectId> {
        let Some(repository) = &self.libgit2 else {
            return self.verify("@{upstream}").ok()?;
        };
        let head = repository.find_reference("HEAD").ok()?;
        let name = repository
            .branch_upstream_name(std::str::from_utf8(head.symbolic_target_bytes()?).ok()?)
            .ok()?;
        let commit = repository
            .find_reference(name.as_str().ok()?)
            .ok()?
            .peel_to_commit()
            .ok()?;
        Some(object_id(commit.id()))
    }

    /// The commit that a revision names, tags peeled. A revision that starts
    /// with `-` is refused: it could be taken for an option.
    pub fn resolve_commit(&self, revision: &str) -> Result<ObjectId, GitError> {
        let unknown = || GitError::UnknownRevision {
            revision: revision.to_owned(),
        };
        if revision.is_empty() || revision.starts_with('-') || revision.contains(['\0', '\n']) {
            return Err(unknown());
        }
        if let Some(repository) = &self.libgit2
            && let Ok(object) = repository.revparse_single(revision)
            && let Ok(commit) = object.peel_to_commit()
        {
            return Ok(object_id(commit.id()));
        }
        // git's grammar of revisions is larger than libgit2's
        self.verify(revision)?.ok_or_else(unknown)
    }

    fn verify(&self, revision: &str) -> Result<Option<ObjectId>, GitError> {
        let peeled = format!("{revision}^{{commit}}");
        let command = GitCommand::new(self).args(["rev-parse", "--verify", "--quiet", &peeled]);
        match command.output(ANSWER_BYTES) {
            Ok(bytes) => Ok(std::str::from_utf8(&bytes)
                .ok()
                .and_then(|t| ObjectId::parse(t.trim()))),
            Err(GitError::Failed { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The repository's name: the last part of the remote's URL, else of the directory.
    #[must_use]
    pub fn name(&self) -> String {
        let remote = self
            .raw_remote_url()
            .and_then(|url| remote::last_part(&url));
        remote.unwrap_or_else(|| {
            let place = self.work_tree.as_deref().unwrap_or(&self.git_dir);
            remote::last_part(&place.to_string_lossy()).unwrap_or_else(|| "repository".to_owned())
        })
    }

    /// URL of `origin`, else of the first remote, without credentials.
    #[must_use]
    pub fn remote_url(&self) -> Option<String> {
        self.raw_remote_url()
            .map(|url| remote::without_credentials(&url))
    }

    fn raw_remote_url(&self) -> Option<String> {
        let urls = self.config_matching("^remote\\..*\\.url$");
        let origin = urls.iter().find(|(key, _)| key == "remote.origin.url");
        origin.or_else(|| urls.first()).map(|(_, url)| url.clone())
    }

    /// The person as `Name <mail>`, from git's configuration.
    #[must_use]
    pub fn user(&self) -> Option<String> {
        let values = self.config_matching("^user\\.(name|email)$");
        let last = |key: &str| {
            values
                .iter()
                .rev()
                .find(|(k, _)| k == key)
                .map(|(_, v)| v.clone())
        };
        match (last("user.name"), last("user.email")) {
            (None, None) => None,
            (name, None) => name,
            (name, Some(mail)) => Some(
                format!("{} <{mail}>", name.unwrap_or_default())
                    .trim_start()
                    .to_owned(),
            ),
        }
    }

    /// The effective value of one key, given with section and name in lower case.
    #[must_use]
    pub fn config_value(&self, key: &str) -> Option<String> {
        let pattern = format!("^{}$", key.replace('.', "\\."));
        self.config_matching(&pattern).pop().map(|(_, value)| value)
    }

    /// Keys (section and name in lower case) and values of all levels, lowest level first.
    pub(super) fn config_matching(&self, pattern: &str) -> Vec<(String, String)> {
        match &self.libgit2 {
            Some(repository) => libgit2_config(repository, pattern).unwrap_or_default(),
            None => self.git_config(pattern),
        }
    }

    fn git_config(&self, pattern: &str) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let command = GitCommand::new(self).args(["config", "-z", "--get-regexp", pattern]);
        let Ok(bytes) = command.output(ANSWER_BYTES) else {
            return found;
        };
        for record in bytes.split(|b| *b == 0).filter(|r| !r.is_empty()) {
            let text = String::from_utf8_lossy(record);
            let (key, value) = text.split_once('\n').unwrap_or((&text, ""));
            found.push((key.to_owned(), value.to_owned()));
        }
        found
    }

    /// Whether a rebase or an `am` is going on, or a pick or revert of several
    /// commits has more than its current one left. The last one of a series
    /// counts as over, so that one review starts at its end.
    #[must_use]
    pub fn in_sequence(&self) -> bool {
        if self.git_dir.join("rebase-merge").is_dir() || self.git_dir.join("rebase-apply").is_dir()
        {
            return true;
        }
        let todo = std::fs::read(self.git_dir.join("sequencer/todo")).unwrap_or_default();
        let lines = todo.split(|b| *b == b'\n').map(<[u8]>::trim_ascii);
        lines
            .filter(|l| !l.is_empty() && !l.starts_with(b"#"))
            .count()
            > 1
    }

    /// A one-line answer of git; none if it failed or said nothing.
    fn ask(&self, args: &[&str]) -> Option<String> {
        let bytes = GitCommand::new(self).args(args).output(ANSWER_BYTES).ok()?;
        let text = String::from_utf8_lossy(&bytes).trim_end().to_owned();
        (!text.is_empty()).then_some(text)
    }
}

/// What libgit2 opens but ignores, so that it would read another history than git.
///
/// Replaced objects (`refs/replace`) are none of it: a push sends the objects themselves, so that
/// neither reader follows a replacement.
fn unread_feature(common_dir: &Path) -> Option<String> {
    let grafts = std::fs::read(common_dir.join("info/grafts")).unwrap_or_default();
    if !grafts.trim_ascii().is_empty() {
        return Some("grafts (info/grafts)".to_owned());
    }
    None
}

fn libgit2_config(
    repository: &git2::Repository,
    pattern: &str,
) -> Result<Vec<(String, String)>, git2::Error> {
    let config = repository.config()?.snapshot()?;
    let mut found = Vec::new();
    config.entries(Some(pattern))?.for_each(|entry| {
        let name = String::from_utf8_lossy(entry.name_bytes()).into_owned();
        found.push((
            name,
            String::from_utf8_lossy(entry.value_bytes()).into_owned(),
        ));
    })?;
    Ok(found)
}

/// libgit2's id as ours.
pub(super) fn object_id(oid: git2::Oid) -> ObjectId {
    ObjectId::parse(&oid.to_string()).expect("libgit2 writes ids as full hexadecimal")
}
