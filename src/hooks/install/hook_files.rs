//! Shims among the files of a hook directory, and the hooks that were there.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::error::HookError;
use super::event::Event;
use super::manager;
use super::shim::{self, Theirs};
use super::survey::{Occupant, occupant};
use crate::store::{kept, resting};

/// What became of one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Placed {
    /// Our shim stands; nothing was there.
    Alone,
    /// Our shim stands, and runs this file.
    Over(PathBuf),
    /// Ours is run by the hook manager that owns the hook.
    Under,
    /// Nothing was done: both are there, a foreign hook and one kept earlier.
    Twice(PathBuf),
}

/// Puts the shim of `event` into `directory`, keeping what is there.
pub(super) fn place(directory: &Path, event: Event, binary: &Path) -> Result<Placed, HookError> {
    match occupant(directory, event.name()) {
        Occupant::RunsLegacy => {
            place_as(directory, &format!("{event}.legacy"), event, binary)?;
            Ok(Placed::Under)
        }
        Occupant::Lefthook => Ok(Placed::Under),
        Occupant::Twice => Ok(Placed::Twice(kept(&directory.join(event.name())))),
        Occupant::Nothing | Occupant::Ours | Occupant::NeedsItsName | Occupant::Foreign => {
            place_as(directory, event.name(), event, binary)
        }
    }
}

fn place_as(
    directory: &Path,
    name: &str,
    event: Event,
    binary: &Path,
) -> Result<Placed, HookError> {
    let path = directory.join(name);
    let kept = kept_for(directory, name, event);
    let foreign = fs::symlink_metadata(&path).is_ok() && !shim::is_ours(&manager::look(&path));
    if foreign {
        if fs::symlink_metadata(&kept).is_ok() {
            return Ok(Placed::Twice(kept));
        }
        fs::rename(&path, &kept).map_err(HookError::io("keep", &path))?;
    }
    let over = fs::symlink_metadata(&kept).is_ok();
    let kept_name = kept
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let theirs = Theirs::Beside {
        name: kept_name,
        may_rest: name == event.name(),
    };
    write_script(&path, &shim::render(event, binary, &theirs))?;
    remove_resting(directory, event)?;
    Ok(if over {
        Placed::Over(kept)
    } else {
        Placed::Alone
    })
}

/// Removes a hook of ours that rests: another one stands, or none is to.
fn remove_resting(directory: &Path, event: Event) -> Result<(), HookError> {
    let path = resting(&directory.join(event.name()));
    if shim::is_ours(&manager::look(&path)) {
        fs::remove_file(&path).map_err(HookError::io("remove", &path))?;
    }
    Ok(())
}

/// Takes our shim of `event` out, wherever another tool has moved it, and puts
/// back what was there before; returns what had to stay.
pub(super) fn take_out(directory: &Path, event: Event) -> Result<Option<PathBuf>, HookError> {
    let mut stays = None;
    remove_resting(directory, event)?;
    for suffix in ["", ".legacy", ".old"] {
        let path = directory.join(format!("{event}{suffix}"));
        let kept = kept_for(directory, &format!("{event}{suffix}"), event);
        let stands = fs::symlink_metadata(&path).is_ok();
        let ours = stands && shim::is_ours(&manager::look(&path));
        if ours {
            fs::remove_file(&path).map_err(HookError::io("remove", &path))?;
        }
        if fs::symlink_metadata(&kept).is_err() {
            continue;
        }
        if ours || (!stands && suffix.is_empty()) {
            fs::rename(&kept, &path).map_err(HookError::io("put back", &path))?;
            stays = None;
        } else if stands && same_content(&kept, &path) {
            fs::remove_file(&kept).map_err(HookError::io("remove", &kept))?;
        } else {
            stays = Some(kept);
        }
    }
    Ok(stays)
}

/// Where the hook is kept that a shim called `name` stands for. A hook manager
/// that moved our shim left what it stands for where it was.
fn kept_for(directory: &Path, name: &str, event: Event) -> PathBuf {
    let beside = kept(&directory.join(name));
    let first = kept(&directory.join(event.name()));
    if fs::symlink_metadata(&beside).is_err() && fs::symlink_metadata(&first).is_ok() {
        first
    } else {
        beside
    }
}

fn same_content(a: &Path, b: &Path) -> bool {
    matches!((fs::read(a), fs::read(b)), (Ok(a), Ok(b)) if a == b)
}

/// Writes an executable script beside and renames it; leaves one that is the
/// same alone.
pub(super) fn write_script(path: &Path, content: &[u8]) -> Result<(), HookError> {
    let mode = 0o755;
    let same = manager::look(path) == content
        && fs::symlink_metadata(path)
            .is_ok_and(|a| a.is_file() && a.permissions().mode() & 0o111 != 0);
    if same {
        return Ok(());
    }
    replace(path, content, mode)
}

/// Writes a file beside and renames it.
pub(super) fn replace(path: &Path, content: &[u8], mode: u32) -> Result<(), HookError> {
    let directory = path.parent().unwrap_or(Path::new("/"));
    let mut beside = tempfile::Builder::new()
        .prefix(".new-")
        .tempfile_in(directory)
        .map_err(HookError::io("write", path))?;
    let permissions = fs::Permissions::from_mode(mode);
    beside
        .as_file()
        .set_permissions(permissions)
        .map_err(HookError::io("write", path))?;
    beside
        .write_all(content)
        .map_err(HookError::io("write", path))?;
    beside
        .persist(path)
        .map_err(|e| HookError::io("replace", path)(e.error))?;
    Ok(())
}
