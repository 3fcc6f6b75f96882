//! What this user allowed to a repository's files, by content: the only way by which a file of a
//! repository comes to instruct an agent.
//!
//! Kept as `<the user's state directory>/trust/<id>.json` (0600 in a 0700 directory), one file an
//! entry, so that two commands at once lose nothing. An entry names the repository, the file, the
//! SHA-256 of its bytes and what is allowed; its name is the SHA-256 of all of these, so that an
//! entry speaks for nothing else.
//!
//! Promises: nothing in a repository can record, change or widen an entry: a state directory inside
//! the work tree or the git directory, or one that others may write, trusts nothing, and says why.
//! The caller hashes the very bytes that it uses, read once, so that a file that is exchanged at
//! any moment is either what was trusted or untrusted.
//!
//! A repository is known by the real path of its common git directory: worktrees share their
//! trust, a clone elsewhere asks again. Rejected: the remote's URL, which a repository that comes
//! as an archive chooses for itself; the content alone, which would let one repository's trusted
//! text run in every other one.

mod record;

use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::model::digest::FieldDigest;
use crate::model::{AgentDefinition, DefinitionSource};
use crate::sys::files::{self, Sync};
use crate::sys::path::real;
use crate::sys::program_search::is_inside;

/// Largest entry that is read, in bytes.
const ENTRY_BYTES: u64 = 64 << 10;
/// Most entries that are read.
const ENTRIES: usize = 10_000;

/// Why an entry could not be written or removed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TrustError {
    /// There is no place that only this user can write.
    #[error("{0}")]
    NoPlace(String),
    /// The file system says no.
    #[error("cannot {attempt} {}", path.display())]
    Io {
        /// What was tried.
        attempt: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
}

/// What is allowed to a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Permission {
    /// To instruct an agent.
    Run,
    /// To use this tool, as its definition names it, where nobody is there to be asked.
    Tool(String),
}

/// One thing that the user allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    /// The real path of the repository's common git directory.
    pub repository: PathBuf,
    /// The file, below the top of the work tree; absolute for a file of the user.
    pub path: PathBuf,
    /// SHA-256 of its bytes, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// What is allowed.
    pub permission: Permission,
    /// Seconds since the epoch.
    pub since: i64,
}

impl Grant {
    /// What it is filed under: SHA-256 of what it allows to whom, in hexadecimal.
    #[must_use]
    pub(crate) fn id(&self) -> String {
        let permission = match &self.permission {
            Permission::Run => "run".to_owned(),
            Permission::Tool(tool) => format!("tool {tool}"),
        };
        let repository = self.repository.as_os_str().as_bytes();
        let path = self.path.as_os_str().as_bytes();
        let mut digest = FieldDigest::default();
        for field in [
            b"trust 1",
            repository,
            path,
            self.sha256.as_bytes(),
            permission.as_bytes(),
        ] {
            digest.field(field);
        }
        digest.finish()
    }
}

/// How a file of a repository stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TrustStatus {
    /// These very bytes are trusted.
    Trusted,
    /// Other bytes at this path are: it changed since.
    Changed,
    /// It never was.
    New,
}

/// The user's grants, seen from one repository.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trust {
    dir: PathBuf,
    repository: PathBuf,
    /// The work tree's top, as it is named and as it really is.
    tops: Vec<PathBuf>,
    /// All repositories' entries, by id.
    grants: BTreeMap<String, Grant>,
    /// Why nothing is trusted, whatever stands on disk.
    problem: Option<String>,
}

impl Trust {
    /// Reads the entries below `state`, the user's own directory
    /// ([`crate::sys::dirs::user_state`]). An entry that cannot be read is not trusted.
    #[must_use]
    pub(crate) fn load(state: Option<&Path>, common_dir: &Path, work_tree: Option<&Path>) -> Self {
        let mut trust = Self {
            dir: state.map(|dir| dir.join("trust")).unwrap_or_default(),
            repository: real(common_dir),
            tops: work_tree
                .map(|top| vec![top.to_owned(), real(top)])
                .unwrap_or_default(),
            ..Self::default()
        };
        trust.problem = trust.find_problem(state);
        if trust.problem.is_none() {
            trust.grants = read_all(&trust.dir);
        }
        trust
    }

    /// Why nothing can be trusted here, as a sentence's part.
    #[must_use]
    pub(crate) fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    fn find_problem(&self, state: Option<&Path>) -> Option<String> {
        let Some(state) = state else {
            return Some("there is no home directory to keep trust in".to_owned());
        };
        let place = self.dir.display();
        let mut trees = self.tops.iter().chain([&self.repository]);
        if trees.any(|tree| is_inside(&real_below(state), tree)) {
            return Some(format!(
                "{place} lies inside this repository, which could then trust itself"
            ));
        }
        match files::check_private_dir(&self.dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => Some(format!("{place} {error}")),
            Ok(())
                if fs::symlink_metadata(&self.dir).is_ok_and(|about| about.mode() & 0o022 != 0) =>
            {
                Some(format!("{place} may be written by others"))
            }
            Ok(()) => None,
        }
    }

    /// How the file at `path` with these bytes' SHA-256 stands.
    #[must_use]
    pub(crate) fn standing(&self, path: &Path, sha256: &str) -> TrustStatus {
        let path = self.known_as(path);
        let here = |grant: &&Grant| grant.repository == self.repository && grant.path == path;
        let runs: Vec<&Grant> = self
            .grants
            .values()
            .filter(here)
            .filter(|grant| grant.permission == Permission::Run)
            .collect();
        match runs[..] {
            [] => TrustStatus::New,
            [..] if runs.iter().any(|grant| grant.sha256 == sha256) => TrustStatus::Trusted,
            [..] => TrustStatus::Changed,
        }
    }

    /// Tools beyond reading that the user allowed to this definition beforehand, among those it asks for.
    #[must_use]
    pub(crate) fn approved_tools(&self, definition: &AgentDefinition) -> Vec<String> {
        let (DefinitionSource::User(path) | DefinitionSource::Repository(path)) =
            &definition.source
        else {
            return Vec::new();
        };
        let allowed = self.tools_of(path, &definition.digest);
        definition
            .tools
            .iter()
            .filter(|tool| allowed.contains(tool))
            .cloned()
            .collect()
    }

    /// Tools allowed to the file at `path` with these bytes.
    #[must_use]
    pub(crate) fn tools_of(&self, path: &Path, sha256: &str) -> Vec<String> {
        let path = self.known_as(path);
        let here =
            |g: &&Grant| g.repository == self.repository && g.path == path && g.sha256 == sha256;
        let tools = self
            .grants
            .values()
            .filter(here)
            .filter_map(|grant| match &grant.permission {
                Permission::Run => None,
                Permission::Tool(tool) => Some(tool.clone()),
            });
        tools.collect()
    }

    /// Everything allowed, in every repository, in no order that means anything.
    pub(crate) fn grants(&self) -> impl Iterator<Item = &Grant> {
        self.grants.values()
    }

    /// Whether the grant is for this repository.
    #[must_use]
    pub(crate) fn is_here(&self, grant: &Grant) -> bool {
        grant.repository == self.repository
    }

    /// Allows something to a file of this repository, or to the user's own in this repository.
    ///
    /// # Errors
    /// There is no safe place for it, or it cannot be written.
    pub(crate) fn add(
        &mut self,
        path: &Path,
        sha256: &str,
        permission: Permission,
        now: i64,
    ) -> Result<Grant, TrustError> {
        if let Some(problem) = &self.problem {
            return Err(TrustError::NoPlace(problem.clone()));
        }
        files::private_dir_in_ours(&self.dir).map_err(|e| fault("make", &self.dir, e))?;
        let (repository, path, sha256) = (
            self.repository.clone(),
            self.known_as(path),
            sha256.to_owned(),
        );
        let grant = Grant {
            repository,
            path,
            sha256,
            permission,
            since: now,
        };
        let id = grant.id();
        let file = self.file(&id);
        files::replace(&file, &record::encode(&grant), Sync::Durable)
            .map_err(|e| fault("write", &file, e))?;
        self.grants.insert(id, grant.clone());
        Ok(grant)
    }

    /// Takes a grant back; whether it stood.
    ///
    /// # Errors
    /// It cannot be removed: it is then still allowed.
    pub(crate) fn remove(&mut self, grant: &Grant) -> Result<bool, TrustError> {
        let id = grant.id();
        let file = self.file(&id);
        match fs::remove_file(&file) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(fault("remove", &file, error)),
        }
        Ok(self.grants.remove(&id).is_some())
    }

    /// How a file is named in grants: below the top of the work tree where it is inside.
    #[must_use]
    pub(crate) fn known_as(&self, path: &Path) -> PathBuf {
        self.tops
            .iter()
            .find_map(|top| path.strip_prefix(top).ok())
            .unwrap_or(path)
            .to_owned()
    }

    fn file(&self, id: &str) -> PathBuf {
        self.dir.join(format!("{id}.json"))
    }
}

fn fault(attempt: &'static str, path: &Path, source: io::Error) -> TrustError {
    TrustError::Io {
        attempt,
        path: path.to_owned(),
        source,
    }
}

/// The real path of what may not exist yet.
fn real_below(path: &Path) -> PathBuf {
    match (path.canonicalize(), path.parent(), path.file_name()) {
        (Ok(path), ..) => path,
        (Err(_), Some(parent), Some(name)) => real_below(parent).join(name),
        (Err(_), ..) => path.to_owned(),
    }
}

fn read_all(dir: &Path) -> BTreeMap<String, Grant> {
    let entries = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .take(ENTRIES);
    let read = |entry: fs::DirEntry| {
        let bytes = files::read_capped(&entry.path(), ENTRY_BYTES).ok()?;
        let grant = record::decode(&bytes)?;
        let id = grant.id();
        (entry.file_name().to_str() == Some(&format!("{id}.json"))).then_some((id, grant))
    };
    entries.filter_map(read).collect()
}

#[cfg(test)]
mod tests;
