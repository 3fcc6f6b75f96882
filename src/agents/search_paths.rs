//! Where definitions are looked for, and whose they are there.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::host::{Host, IN_HOME, IN_REPOSITORY};
use crate::sys::program_search::is_inside;

/// Most files of one directory that are looked at.
const FILES: usize = 200;

/// One directory with definitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SearchPath {
    /// The directory.
    pub dir: PathBuf,
    /// Whose format its files have.
    pub host: Host,
    /// Whose they are.
    pub owner: Owner,
}

/// Whose a definition is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The user's, written for this program: it may replace a built-in one.
    User,
    /// The user's, written for another program.
    Home,
    /// The repository's: nothing of it runs before the user trusted it.
    Repository,
}

/// All places, in the order in which of several definitions with one name the first counts.
/// A directory of the user that lies inside the work tree is the repository's.
#[must_use]
pub(crate) fn places(
    config: Option<&Path>,
    home: Option<&Path>,
    top: Option<&Path>,
) -> Vec<SearchPath> {
    let ours = config.map(|dir| SearchPath {
        dir: dir.join("agents"),
        host: Host::Own,
        owner: Owner::User,
    });
    let home = home.into_iter().flat_map(|home| {
        IN_HOME.iter().map(|(dir, host)| SearchPath {
            dir: home.join(dir),
            host: *host,
            owner: Owner::Home,
        })
    });
    let inside = top.into_iter().flat_map(|top| {
        IN_REPOSITORY.iter().map(|(dir, host)| SearchPath {
            dir: top.join(dir),
            host: *host,
            owner: Owner::Repository,
        })
    });
    sort_out(ours.into_iter().chain(home).chain(inside).collect(), top)
}

/// Each directory once, and what lies inside the work tree as the repository's, behind the user's.
pub(super) fn sort_out(mut places: Vec<SearchPath>, top: Option<&Path>) -> Vec<SearchPath> {
    for place in &mut places {
        if top.is_some_and(|top| is_inside(&place.dir, top)) {
            place.owner = Owner::Repository;
        }
    }
    places.sort_by_key(|place| place.owner == Owner::Repository);
    let mut seen: Vec<PathBuf> = Vec::new();
    places.retain(|place| {
        let is_new = !seen.contains(&place.dir);
        seen.push(place.dir.clone());
        is_new
    });
    places
}

impl SearchPath {
    /// Its files in the order of their names, so that which of two wins does not depend on the
    /// disk; a directory that is missing holds none.
    ///
    /// # Errors
    /// The directory cannot be listed, or a link leads to one of the repository.
    pub(crate) fn files(&self, top: Option<&Path>) -> io::Result<Vec<PathBuf>> {
        let entries = match fs::read_dir(&self.dir) {
            Ok(entries) => entries,
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                return Ok(Vec::new());
            }
            Err(error) => return Err(error),
        };
        if self.owner == Owner::Repository && !is_plain(&self.dir, top) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "a symbolic link leads there",
            ));
        }
        let is_named = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            self.host
                .endings()
                .iter()
                .any(|ending| name.len() > ending.len() && name.ends_with(ending))
        };
        let mut files: Vec<PathBuf> = entries
            .flatten()
            .map(|entry| entry.path())
            .filter(is_named)
            .collect();
        files.sort();
        files.truncate(FILES);
        Ok(files)
    }
}

/// Whether no part of the path below the work tree's top is a link.
pub(super) fn is_plain(dir: &Path, top: Option<&Path>) -> bool {
    let Some(top) = top.filter(|top| dir.starts_with(top)) else {
        return true;
    };
    let parts = dir.ancestors().take_while(|part| *part != top);
    parts
        .into_iter()
        .all(|part| fs::symlink_metadata(part).is_ok_and(|about| about.is_dir()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_inside_the_work_tree_is_the_repositorys() {
        let places = places(
            Some(Path::new("/r/.config/git-agents")),
            Some(Path::new("/r")),
            Some(Path::new("/r")),
        );
        assert!(places.iter().all(|place| place.owner == Owner::Repository));
        let claude = places
            .iter()
            .filter(|place| place.dir == Path::new("/r/.claude/agents"));
        assert_eq!(claude.count(), 1);
    }

    #[test]
    fn the_user_comes_first() {
        let places = places(
            Some(Path::new("/c")),
            Some(Path::new("/h")),
            Some(Path::new("/r")),
        );
        assert_eq!(
            places[0],
            SearchPath {
                dir: "/c/agents".into(),
                host: Host::Own,
                owner: Owner::User
            }
        );
        let first = |owner| places.iter().position(|place| place.owner == owner);
        assert!(first(Owner::Home) < first(Owner::Repository));
        assert_eq!(places.len(), 1 + IN_HOME.len() + IN_REPOSITORY.len());
    }
}
