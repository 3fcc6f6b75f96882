//! Three lines in a git configuration file that include a file of ours.
//!
//! Promises: adding and taking out again leaves every byte as it was, comments,
//! missing last line feed and foreign line ends included; the file is replaced
//! under git's own lock, with its permissions. `git config` is not used to
//! write: it adds our include to a section of the person's, and leaves traces.
//!
//! Why an include: one write makes all settings appear, and when the included
//! file is gone git goes on as if nothing had been set. Why a condition that
//! always holds: such a section is never shared with one of the person's.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use super::error::HookError;
use crate::sys::path::with_suffix;

const NOTE: &str = "# git-agents; to undo: git agents hooks uninstall";
/// The note where the file's last line had no end, and got one.
const NOTE_JOINED: &str =
    "# git-agents, with the line feed above; to undo: git agents hooks uninstall";
const HEADER: &str = "[includeIf \"gitdir:/\"]";
const KEY: &str = "\tpath = ";

/// The key of the included path, for `git config`.
pub(super) const INCLUDE_KEY: &str = "includeIf.gitdir:/.path";

/// The configuration with an include of `included` at its end.
pub(super) fn with_block(config: &[u8], included: &[u8]) -> Vec<u8> {
    let mut text = without_block(config);
    let joined = !text.is_empty() && !text.ends_with(b"\n");
    if joined {
        text.push(b'\n');
    }
    let note = if joined { NOTE_JOINED } else { NOTE };
    text.extend_from_slice(format!("{note}\n{HEADER}\n{KEY}").as_bytes());
    text.extend_from_slice(&config_value(included));
    text.push(b'\n');
    text
}

/// The configuration without our include; the same bytes if there is none.
pub(super) fn without_block(config: &[u8]) -> Vec<u8> {
    let Some((start, end)) = find_block(config) else {
        return config.to_vec();
    };
    let joined = config[start..].starts_with(NOTE_JOINED.as_bytes());
    let before = if joined {
        config[..start]
            .strip_suffix(b"\n")
            .unwrap_or(&config[..start])
    } else {
        &config[..start]
    };
    let after = &config[end..];
    // what came later needs the line feed that our block brought
    let feed: &[u8] = if joined && !after.is_empty() {
        b"\n"
    } else {
        b""
    };
    [before, feed, after].concat()
}

/// The value of our include as it is written; none if there is no include.
pub(super) fn block_path(config: &[u8]) -> Option<&[u8]> {
    let (start, end) = find_block(config)?;
    let key = config[start..end]
        .windows(KEY.len())
        .position(|window| window == KEY.as_bytes())?;
    Some(config[start + key + KEY.len()..end].trim_ascii_end())
}

/// Replaces a configuration file with `edit` of its bytes, under git's lock;
/// nothing is written if they stay the same. A missing file counts as empty,
/// and a file that becomes empty is removed when it was `ours` to begin with.
pub(super) fn rewrite(
    path: &Path,
    ours: bool,
    edit: impl Fn(&[u8]) -> Vec<u8>,
) -> Result<(), HookError> {
    let old = read(path)?;
    if edit(old.as_deref().unwrap_or_default()) == old.as_deref().unwrap_or_default() {
        return Ok(());
    }
    let lock = with_suffix(path, ".lock");
    let mut file = match OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o644)
        .open(&lock)
    {
        Ok(file) => file,
        Err(e) if e.kind() == ErrorKind::AlreadyExists => {
            return Err(HookError::FileLock {
                path: path.to_path_buf(),
                lock,
            });
        }
        Err(e) => return Err(HookError::io("write", &lock)(e)),
    };
    let written = read(path).and_then(|old| {
        // read again: it may have changed before the lock was ours
        let new = edit(old.as_deref().unwrap_or_default());
        if new.is_empty() && ours {
            fs::remove_file(path).map_err(HookError::io("remove", path))?;
            return fs::remove_file(&lock).map_err(HookError::io("remove", &lock));
        }
        if let Ok(about) = fs::metadata(path) {
            let mode = fs::Permissions::from_mode(about.permissions().mode());
            file.set_permissions(mode)
                .map_err(HookError::io("write", &lock))?;
        }
        file.write_all(&new)
            .and_then(|()| file.sync_all())
            .map_err(HookError::io("write", &lock))?;
        fs::rename(&lock, path).map_err(HookError::io("replace", path))
    });
    if written.is_err() {
        let _ = fs::remove_file(&lock);
    }
    written
}

/// The file's bytes; none if it does not exist.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, HookError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(HookError::io("read", path)(e)),
    }
}

/// A value as git's configuration syntax wants it.
pub(super) fn config_value(bytes: &[u8]) -> Vec<u8> {
    let mut value = vec![b'"'];
    for byte in bytes {
        match byte {
            b'"' | b'\\' => value.extend_from_slice(&[b'\\', *byte]),
            b'\n' => value.extend_from_slice(b"\\n"),
            b'\t' => value.extend_from_slice(b"\\t"),
            other => value.push(*other),
        }
    }
    value.push(b'"');
    value
}

/// Start and end of our three lines.
fn find_block(config: &[u8]) -> Option<(usize, usize)> {
    let mut start = 0;
    while start < config.len() {
        let rest = &config[start..];
        let head = [NOTE, NOTE_JOINED].iter().find_map(|note| {
            let head = format!("{note}\n{HEADER}\n{KEY}");
            rest.starts_with(head.as_bytes()).then_some(head.len())
        });
        if let Some(head) = head {
            let value = rest[head..]
                .iter()
                .position(|b| *b == b'\n')
                .map_or(rest.len(), |at| head + at + 1);
            return Some((start, start + value));
        }
        start += rest
            .iter()
            .position(|b| *b == b'\n')
            .map_or(rest.len(), |at| at + 1);
    }
    None
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_block_stands_at_the_end() {
        let text = with_block(b"[core]\n\tbare = false\n", b"/a b/hooks.config");
        let expected = "[core]\n\tbare = false\n# git-agents; to undo: git agents hooks uninstall\n\
                        [includeIf \"gitdir:/\"]\n\tpath = \"/a b/hooks.config\"\n";
        assert_eq!(String::from_utf8(text).unwrap(), expected);
    }

    #[test]
    fn what_others_add_later_stays() {
        let text = [
            with_block(b"[core] # no end", b"p"),
            b"[branch \"x\"]\n".to_vec(),
        ]
        .concat();
        assert_eq!(without_block(&text), b"[core] # no end\n[branch \"x\"]\n");
    }

    #[test]
    fn a_lock_that_stands_is_respected() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config");
        fs::write(&path, "[core]\n").unwrap();
        fs::write(dir.path().join("config.lock"), "").unwrap();
        assert!(matches!(
            rewrite(&path, false, |c| with_block(c, b"x")),
            Err(HookError::FileLock { .. })
        ));
        assert_eq!(fs::read(&path).unwrap(), b"[core]\n");
    }

    #[test]
    fn a_file_that_was_ours_goes_when_it_is_empty_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config");
        rewrite(&path, true, |c| with_block(c, b"x")).unwrap();
        assert_eq!(
            block_path(&fs::read(&path).unwrap()),
            Some(b"\"x\"".as_slice())
        );
        rewrite(&path, true, without_block).unwrap();
        assert!(!path.exists());
    }

    proptest! {
        #[test]
        fn adding_and_removing_is_exact(config in "[\\[\\]a-z\"=#\\\\\r\n\t ]{0,200}", path in "[ -~]{1,60}") {
            let once = with_block(config.as_bytes(), path.as_bytes());
            prop_assert_eq!(without_block(&once), config.as_bytes());
            prop_assert_eq!(with_block(&once, path.as_bytes()), once);
        }
    }
}
