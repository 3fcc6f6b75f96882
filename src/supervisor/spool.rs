//! The files of one job: its output, and the private directory it works in.

use std::ffi::{OsStr, OsString};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::state::Written;
use crate::sys::dirs;

/// File name of the spooled standard output.
const STDOUT: &str = "raw.out";
/// File name of the spooled standard error.
const STDERR: &str = "raw.err";
/// Stands in arguments and environment values for the private directory.
const DIR_MARK: &[u8] = b"{dir}";

/// Both output files, open.
#[derive(Debug)]
pub(super) struct OutputFiles {
    out: File,
    err: File,
}

impl OutputFiles {
    /// Path of standard output below a spool directory.
    pub(super) fn stdout_path(dir: &Path) -> PathBuf {
        dir.join(STDOUT)
    }

    /// Path of standard error below a spool directory.
    pub(super) fn stderr_path(dir: &Path) -> PathBuf {
        dir.join(STDERR)
    }

    /// Makes both anew.
    pub(super) fn create(dir: &Path) -> io::Result<Self> {
        Ok(Self {
            out: new_file(&Self::stdout_path(dir))?,
            err: new_file(&Self::stderr_path(dir))?,
        })
    }

    /// Handles for the child.
    pub(super) fn handles(&self) -> io::Result<(File, File)> {
        Ok((self.out.try_clone()?, self.err.try_clone()?))
    }

    /// Current sizes; a file that cannot be asked counts as empty.
    pub(super) fn written(&self) -> Written {
        let size = |file: &File| file.metadata().map_or(0, |m| m.len());
        Written {
            out: size(&self.out),
            err: size(&self.err),
        }
    }

    /// Cuts both to the cap.
    pub(super) fn cut(&self, cap: u64) {
        for file in [&self.out, &self.err] {
            if file.metadata().is_ok_and(|m| m.len() > cap) {
                // a file that cannot be cut is read up to the cap anyway
                let _ = file.set_len(cap);
            }
        }
    }
}

/// A new file, whatever stood there: a link is not followed, and an earlier attempt's output is
/// not truncated, for which some file systems wait on the disk. Appending, so that cutting it
/// under a living writer does not leave a hole.
fn new_file(path: &Path) -> io::Result<File> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    OpenOptions::new()
        .append(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

/// A fresh, private directory with an invocation's files; removed when dropped.
///
/// It lies in the system's temporary directory: below the repository's git directory an agent
/// would find the repository again, and below the home directory whatever is configured there.
#[derive(Debug)]
pub(super) struct PrivateDir {
    dir: TempDir,
}

impl PrivateDir {
    /// Makes it, 0700, and the files in it, 0600.
    pub(super) fn create(files: &[(String, Vec<u8>)]) -> io::Result<Self> {
        let private = std::fs::Permissions::from_mode(0o700);
        let dir = tempfile::Builder::new()
            .prefix("git-agents-")
            .permissions(private)
            .tempdir_in(dirs::temporary())?;
        for (name, bytes) in files {
            write_file(dir.path(), name, bytes)?;
        }
        Ok(Self { dir })
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// The text with every `{dir}` replaced by this directory.
    pub(super) fn fill_in(&self, text: &OsStr) -> OsString {
        let mut filled = Vec::new();
        let mut rest = text.as_bytes();
        while let Some(at) = rest.windows(DIR_MARK.len()).position(|w| w == DIR_MARK) {
            filled.extend_from_slice(&rest[..at]);
            filled.extend_from_slice(self.path().as_os_str().as_bytes());
            rest = &rest[at + DIR_MARK.len()..];
        }
        filled.extend_from_slice(rest);
        OsString::from_vec(filled)
    }
}

/// The name may lead into directories of its own, which are made.
fn write_file(dir: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let plain =
        |part: &str| !part.is_empty() && part != "." && part != ".." && !part.contains('\0');
    if !name.split('/').all(plain) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("`{name}` is not a plain file name"),
        ));
    }
    let path = dir.join(name);
    if let Some(parent) = path.parent().filter(|parent| *parent != dir) {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(parent)?;
    }
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?
        .write_all(bytes)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn every_mark_is_replaced_and_nothing_else() {
        let dir = PrivateDir::create(&[]).unwrap();
        let path = dir.path().to_str().unwrap();
        assert_eq!(
            dir.fill_in(OsStr::new("a{dir}/b{dir}")),
            OsString::from(format!("a{path}/b{path}"))
        );
        assert_eq!(dir.fill_in(OsStr::new("{di}r}")), OsString::from("{di}r}"));
        let bytes = OsStr::from_bytes(b"\xff{dir}");
        assert!(dir.fill_in(bytes).as_bytes().starts_with(b"\xff/"));
    }

    #[test]
    fn directory_and_files_are_private_and_go_away() {
        let dir = PrivateDir::create(&[("schema.json".into(), b"{}".to_vec())]).unwrap();
        let path = dir.path().to_owned();
        let mode = |p: &Path| p.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(
            (mode(&path), mode(&path.join("schema.json"))),
            (0o700, 0o600)
        );
        drop(dir);
        assert!(!path.exists());
    }

    #[test]
    fn a_file_cannot_be_put_elsewhere() {
        for name in ["../x", "/etc/x", "", "..", "a/../b", "a//b", "a/", "./a"] {
            assert!(
                PrivateDir::create(&[(name.into(), Vec::new())]).is_err(),
                "{name}"
            );
        }
    }

    #[test]
    fn a_file_may_lie_in_a_private_directory_of_its_own() {
        let dir = PrivateDir::create(&[
            ("a/b.json".into(), b"{}".to_vec()),
            ("a/c".into(), Vec::new()),
        ])
        .unwrap();
        let mode = |path: &str| {
            dir.path()
                .join(path)
                .metadata()
                .unwrap()
                .permissions()
                .mode()
                & 0o777
        };
        assert_eq!(
            (mode("a"), mode("a/b.json"), mode("a/c")),
            (0o700, 0o600, 0o600)
        );
    }

    #[test]
    fn a_link_in_place_of_a_spool_file_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("precious");
        std::fs::write(&target, "kept").unwrap();
        std::os::unix::fs::symlink(&target, OutputFiles::stdout_path(dir.path())).unwrap();
        let (mut out, _) = OutputFiles::create(dir.path()).unwrap().handles().unwrap();
        out.write_all(b"reply").unwrap();
        assert_eq!(
            std::fs::read(OutputFiles::stdout_path(dir.path())).unwrap(),
            b"reply"
        );
        assert_eq!(std::fs::read_to_string(target).unwrap(), "kept");
    }

    #[test]
    fn a_longer_earlier_attempt_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(OutputFiles::stdout_path(dir.path()), "earlier attempt").unwrap();
        let spool = OutputFiles::create(dir.path()).unwrap();
        assert_eq!(spool.written(), Written::default());
    }

    #[test]
    fn files_are_cut_to_the_cap() {
        let dir = tempfile::tempdir().unwrap();
        let spool = OutputFiles::create(dir.path()).unwrap();
        let (mut out, _) = spool.handles().unwrap();
        out.write_all(b"0123456789").unwrap();
        spool.cut(4);
        out.write_all(b"x").unwrap();
        assert_eq!(
            std::fs::read(OutputFiles::stdout_path(dir.path())).unwrap(),
            b"0123x"
        );
    }
}
