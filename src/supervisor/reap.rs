//! Ends what a supervisor that died has left running.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::group::Group;
use crate::sys::process::{StatField, boot_id, stat_field};

/// File name of the record, beside the output.
const RECORD: &str = "pgid";
/// No record is longer; anything beyond is not ours.
const RECORD_BYTES: u64 = 16 << 10;

/// What [`reap`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrphanOutcome {
    /// No record: the job never started, or it ended under a supervisor's eyes.
    Nothing,
    /// The group is gone, or its number belongs to somebody else now.
    Gone,
    /// The group still ran and was killed.
    Killed,
}

/// Kills the process group that a dead supervisor recorded in this spool directory, removes its
/// private directory and the record. Call it only while holding the run's lock.
///
/// Nothing is killed on suspicion: the boot and the leader's start time must be those recorded
/// or, where the leader is gone, a member must still work in the recorded private directory.
/// Systems without `/proc` cannot tell, and there nothing is killed.
pub fn reap(spool: &Path) -> OrphanOutcome {
    let path = spool.join(RECORD);
    let Some(record) = read(&path) else {
        return OrphanOutcome::Nothing;
    };
    let found = if is_still_ours(&record) {
        record.group.kill();
        OrphanOutcome::Killed
    } else {
        OrphanOutcome::Gone
    };
    remove_private_dir(&record.dir);
    let _ = fs::remove_file(path);
    found
}

/// Writes the record of a group that just started: it works in `cwd`, else in its private directory `dir`.
pub(super) fn record(spool: &Path, group: Group, dir: &Path, cwd: Option<&Path>) -> io::Result<()> {
    let start = stat_field(group.id(), StatField::Start).unwrap_or(0);
    let mut text = format!(
        "{}\n{start}\n{}\n",
        group.id(),
        boot_id().unwrap_or_default()
    )
    .into_bytes();
    text.extend_from_slice(dir.as_os_str().as_bytes());
    if let Some(cwd) = cwd {
        text.push(0);
        text.extend_from_slice(cwd.as_os_str().as_bytes());
    }
    let path = spool.join(RECORD);
    let _ = fs::remove_file(&path);
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?
        .write_all(&text)
}

/// Removes the record of a group that ended.
pub(super) fn forget(spool: &Path) {
    let _ = fs::remove_file(spool.join(RECORD));
}

#[derive(Debug, PartialEq, Eq)]
struct Record {
    group: Group,
    start: u64,
    boot: String,
    dir: PathBuf,
    /// Where it works, if not there.
    cwd: Option<PathBuf>,
}

fn read(path: &Path) -> Option<Record> {
    let mut bytes = Vec::new();
    let file = fs::File::open(path).ok()?;
    file.take(RECORD_BYTES).read_to_end(&mut bytes).ok()?;
    parse(&bytes)
}

fn parse(bytes: &[u8]) -> Option<Record> {
    let mut parts = bytes.splitn(4, |b| *b == b'\n');
    let mut text = || std::str::from_utf8(parts.next()?).ok();
    let group = Group::of_leader(text()?.parse().ok()?)?;
    let start = text()?.parse().ok()?;
    let boot = text()?.to_owned();
    let mut paths = parts
        .next()?
        .split(|b| *b == 0)
        .map(|path| PathBuf::from(OsStr::from_bytes(path)));
    let (dir, cwd) = (paths.next()?, paths.next());
    dir.is_absolute().then_some(Record {
        group,
        start,
        boot,
        dir,
        cwd,
    })
}

fn is_still_ours(record: &Record) -> bool {
    let same_boot = boot_id().is_some_and(|boot| boot == record.boot);
    if !same_boot || !record.group.has_members() {
        return false;
    }
    match stat_field(record.group.id(), StatField::Start) {
        Some(start) => start == record.start,
        None => member_works_in(
            record.group.id(),
            record.cwd.as_deref().unwrap_or(&record.dir),
        ),
    }
}

/// Whether a process of this group has its working directory there (removed or not).
fn member_works_in(group: u32, dir: &Path) -> bool {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let mut processes = entries.filter_map(|e| e.file_name().to_str()?.parse::<u32>().ok());
    processes.any(|process| {
        let in_group = stat_field(process, StatField::Group) == Some(u64::from(group));
        let cwd = fs::read_link(format!("/proc/{process}/cwd"));
        in_group
            && cwd.is_ok_and(|cwd| {
                cwd.as_os_str()
                    .as_bytes()
                    .starts_with(dir.as_os_str().as_bytes())
            })
    })
}

/// Only a directory that looks like one of ours goes.
fn remove_private_dir(dir: &Path) {
    let ours = dir
        .file_name()
        .is_some_and(|name| name.as_bytes().starts_with(b"git-agents-"));
    if ours && dir.symlink_metadata().is_ok_and(|m| m.is_dir()) {
        let _ = fs::remove_dir_all(dir);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn records_round_trip_and_damaged_ones_are_nothing() {
        let spool = tempfile::tempdir().unwrap();
        let group = Group::of_leader(4_000_000).unwrap();
        for cwd in [None, Some(Path::new("/tmp/git-agents-snapshot-y"))] {
            record(spool.path(), group, Path::new("/tmp/git-agents-x"), cwd).unwrap();
            let back = read(&spool.path().join(RECORD)).unwrap();
            assert_eq!(
                (back.group, back.dir),
                (group, PathBuf::from("/tmp/git-agents-x"))
            );
            assert_eq!(back.cwd.as_deref(), cwd);
        }
        for text in ["", "1\n2\n3\n/x", "x", "77\n5\nboot\nrelative", "77\n5"] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
        forget(spool.path());
        assert_eq!(reap(spool.path()), OrphanOutcome::Nothing);
    }

    #[test]
    fn a_number_that_now_belongs_to_another_process_is_left_alone() {
        let spool = tempfile::tempdir().unwrap();
        let own = rustix::process::getpid().as_raw_nonzero().get();
        let text = format!(
            "{own}\n1\n{}\n/tmp/git-agents-none",
            boot_id().unwrap_or_default()
        );
        fs::write(spool.path().join(RECORD), text).unwrap();
        assert_eq!(reap(spool.path()), OrphanOutcome::Gone);
        assert!(!spool.path().join(RECORD).exists());
    }

    #[test]
    fn only_a_directory_of_ours_is_removed() {
        let parent = tempfile::tempdir().unwrap();
        for (name, stays) in [("git-agents-1", false), ("precious", true)] {
            let dir = parent.path().join(name);
            fs::create_dir(&dir).unwrap();
            remove_private_dir(&dir);
            assert_eq!(dir.exists(), stays, "{name}");
        }
    }
}
