//! Finds an agent's program before a run, and refuses one that the repository could have put there.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::sys::path::real;

/// What the search for a program found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Detection {
    /// Its absolute path.
    Found(PathBuf),
    /// There is none.
    Missing,
    /// There is one, and it is not used.
    Refused {
        /// The one.
        path: PathBuf,
        /// Why, as a fragment.
        why: String,
    },
}

/// Whether this name or path can be started.
#[must_use]
pub(crate) fn is_program(name: &str) -> bool {
    which::which(name).is_ok()
}

/// Looks for a program by name, or checks an absolute path. Empty and relative entries of `PATH`,
/// and whatever lies inside the work tree, directly or behind a link, are passed over.
#[must_use]
pub(crate) fn detect(program: &str, work_tree: Option<&Path>) -> Detection {
    detect_in(program, work_tree, &env::var_os("PATH").unwrap_or_default())
}

/// The same over a given `PATH`.
fn detect_in(program: &str, work_tree: Option<&Path>, path: &OsStr) -> Detection {
    if program.contains('/') {
        return check_path(Path::new(program), work_tree);
    }
    let Ok(cwd) = env::current_dir() else {
        return Detection::Missing;
    };
    let mut refused = None;
    for entry in env::split_paths(path) {
        let at = cwd.join(&entry);
        let Ok(found) = which::which_in(program, Some(&at), &cwd) else {
            continue;
        };
        let verdict = if entry.is_absolute() {
            judge(found, work_tree)
        } else {
            Detection::Refused {
                path: found,
                why: "found through a relative entry of PATH".into(),
            }
        };
        match verdict {
            Detection::Found(path) => return Detection::Found(path),
            Detection::Refused { .. } => refused = refused.or(Some(verdict)),
            Detection::Missing => {}
        }
    }
    refused.unwrap_or(Detection::Missing)
}

fn check_path(path: &Path, work_tree: Option<&Path>) -> Detection {
    if path.is_relative() {
        return Detection::Refused {
            path: path.to_owned(),
            why: "not an absolute path".into(),
        };
    }
    match which::which_in(path, None::<&OsStr>, "/") {
        Ok(found) => judge(found, work_tree),
        Err(_) => Detection::Missing,
    }
}

fn judge(path: PathBuf, work_tree: Option<&Path>) -> Detection {
    if work_tree.is_some_and(|tree| is_inside(&path, tree)) {
        return Detection::Refused {
            path,
            why: "inside the work tree under review".into(),
        };
    }
    Detection::Found(path)
}

/// As written, or with all links followed on both sides.
pub(crate) fn is_inside(path: &Path, tree: &Path) -> bool {
    path.starts_with(tree) || real(path).starts_with(real(tree))
        // the program may be a link out of the tree: the link itself is the repository's
        || path.parent().is_some_and(|parent| real(parent).starts_with(real(tree)))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    struct Tree {
        dir: tempfile::TempDir,
    }

    impl Tree {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            for sub in ["bin", "repo/bin"] {
                fs::create_dir_all(dir.path().join(sub)).unwrap();
            }
            Self { dir }
        }

        fn at(&self, path: &str) -> PathBuf {
            self.dir.path().canonicalize().unwrap().join(path)
        }

        fn program(&self, path: &str) -> PathBuf {
            fs::write(self.at(path), "#!/bin/sh\n").unwrap();
            fs::set_permissions(self.at(path), fs::Permissions::from_mode(0o755)).unwrap();
            self.at(path)
        }

        fn find(&self, program: &str, entries: &[PathBuf]) -> Detection {
            detect_in(
                program,
                Some(&self.at("repo")),
                &env::join_paths(entries).unwrap(),
            )
        }
    }

    fn refused(detection: Detection) -> String {
        match detection {
            Detection::Refused { why, .. } => why,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_first_that_is_not_the_repositorys_is_found() {
        let tree = Tree::new();
        let good = tree.program("bin/agent");
        tree.program("repo/bin/agent");
        let entries = [tree.at("repo/bin"), tree.at("missing"), tree.at("bin")];
        assert_eq!(tree.find("agent", &entries), Detection::Found(good));
        assert_eq!(tree.find("other", &entries), Detection::Missing);
    }

    #[test]
    fn nothing_of_the_work_tree_is_used_not_even_behind_links() {
        let tree = Tree::new();
        let bad = tree.program("repo/bin/agent");
        let inside = "inside the work tree under review";
        assert_eq!(refused(tree.find("agent", &[tree.at("repo/bin")])), inside);
        assert_eq!(refused(tree.find(bad.to_str().unwrap(), &[])), inside);
        symlink(tree.at("repo/bin"), tree.at("linked")).unwrap();
        assert_eq!(refused(tree.find("agent", &[tree.at("linked")])), inside);
        symlink(&bad, tree.at("bin/agent")).unwrap();
        assert_eq!(refused(tree.find("agent", &[tree.at("bin")])), inside);
        let outside = tree.program("real");
        symlink(outside, tree.at("repo/bin/out")).unwrap();
        assert_eq!(refused(tree.find("out", &[tree.at("repo/bin")])), inside);
    }

    #[test]
    fn relative_entries_of_the_path_are_refused() {
        let here = env::current_dir().unwrap();
        let program = env::current_exe().unwrap();
        let relative = program
            .parent()
            .unwrap()
            .strip_prefix(&here)
            .unwrap_or(Path::new("."));
        let name = program.file_name().unwrap().to_str().unwrap();
        let found = detect_in(name, None, relative.as_os_str());
        assert_eq!(refused(found), "found through a relative entry of PATH");
        assert_eq!(
            refused(detect_in("./agent", None, OsStr::new("/bin"))),
            "not an absolute path"
        );
        assert_eq!(
            detect_in("cargo-no-such", None, OsStr::new("")),
            Detection::Missing
        );
    }

    #[test]
    fn a_file_that_cannot_be_run_is_none() {
        let tree = Tree::new();
        fs::write(tree.at("bin/agent"), "text").unwrap();
        assert_eq!(tree.find("agent", &[tree.at("bin")]), Detection::Missing);
        assert_eq!(
            tree.find(tree.at("bin/agent").to_str().unwrap(), &[]),
            Detection::Missing
        );
    }
}
