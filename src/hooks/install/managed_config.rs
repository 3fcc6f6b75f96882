//! What is kept under our own directory: shims, and the configuration that an
//! include brings in.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::error::HookError;
use super::event::Event;
use super::hook_files::{replace, write_script};
use super::include_block::config_value;
use super::manager;
use super::shim::{self, Theirs};
use super::survey::Places;

/// Hooks that are passed on whether or not the other directory has them now.
/// Those that cost much (reference-transaction), or change what git does by
/// being there (push-to-checkout, proc-receive), are passed on only if it has them.
const PASSED_ON: [&str; 13] = [
    "applypatch-msg",
    "pre-applypatch",
    "pre-commit",
    "pre-merge-commit",
    "prepare-commit-msg",
    "commit-msg",
    "pre-rebase",
    "pre-auto-gc",
    "sendemail-validate",
    "pre-receive",
    "update",
    "post-receive",
    "post-update",
];

/// First line of every configuration file of ours.
const HEAD: &str = "# git-agents hooks 1";
/// Reports as notes: written by us, and printed by `git log` and `git show`.
const NOTES: &str = "[agents]\n\tnotes = true\n[notes]\n\tdisplayRef = refs/notes/agents\n";
/// Says that the configuration which includes us did not exist before.
const MADE: &str = "# the including file was made by git-agents";

/// Writes a shim for each event, and the configuration that names them.
pub(super) fn write_config_hooks(
    places: &Places,
    binary: &Path,
    made: bool,
) -> Result<(), HookError> {
    make_directory(&places.shims)?;
    let mut text = format!("{HEAD}\n").into_bytes();
    if made {
        text.extend_from_slice(format!("{MADE}\n").as_bytes());
    }
    let mut stale = listed(&places.shims)?;
    for event in Event::ALL {
        let path = places.shims.join(event.name());
        write_script(&path, &shim::render(event, binary, &Theirs::Nothing))?;
        text.extend_from_slice(&config_hook(event, &path));
        stale.retain(|name| name != event.name());
    }
    remove_ours(&places.shims, &stale)?;
    replace_if_changed(&places.included, &text)
}

/// One event as git ≥ 2.54 reads it. `command` stands first: an event without
/// one is fatal. A shim that is gone is passed over; one that is there is read
/// by the shell that git starts anyway, with the hook's arguments.
fn config_hook(event: Event, path: &Path) -> Vec<u8> {
    let path = shim::quoted(path.as_os_str().as_bytes());
    let command = [b"test ! -r ".as_slice(), &path, b" || . ", &path].concat();
    let head = format!("[hook \"agents-{event}\"]\n\tcommand = ");
    let tail = format!("\n\tevent = {event}\n");
    [head.as_bytes(), &config_value(&command), tail.as_bytes()].concat()
}

/// Writes a hook directory that stands in for `original` (as `core.hooksPath`
/// would have it), and the configuration that puts it there.
pub(super) fn write_dispatcher(
    places: &Places,
    binary: &Path,
    original: &Path,
    resolved: &Path,
) -> Result<(), HookError> {
    make_directory(&places.shims)?;
    let directory = original.as_os_str().as_bytes();
    let mut names: Vec<String> = PASSED_ON.iter().map(|name| (*name).to_owned()).collect();
    names.extend(
        listed(resolved)?
            .into_iter()
            .filter(|name| executable_hook(&resolved.join(name))),
    );
    names.retain(|name| Event::parse(name).is_none());
    names.sort();
    names.dedup();
    let mut stale = listed(&places.shims)?;
    for event in Event::ALL {
        let script = shim::render(event, binary, &Theirs::In(directory.to_vec()));
        write_unless_foreign(&places.shims.join(event.name()), &script)?;
        stale.retain(|name| name != event.name());
    }
    for name in &names {
        write_unless_foreign(
            &places.shims.join(name),
            &shim::render_forward(name, directory),
        )?;
        stale.retain(|other| other != name);
    }
    remove_ours(&places.shims, &stale)?;
    let mut text = format!("{HEAD}\n[core]\n\thooksPath = ").into_bytes();
    text.extend_from_slice(&config_value(places.shims.as_os_str().as_bytes()));
    text.push(b'\n');
    replace_if_changed(&places.included, &text)
}

/// Takes shims and configuration away; returns hooks of others that were put
/// among ours and had to stay.
pub(super) fn remove(places: &Places) -> Result<Vec<PathBuf>, HookError> {
    remove_file(&places.included)?;
    remove_file(&places.included.with_extension("made"))?;
    let names = listed(&places.shims)?;
    remove_ours(&places.shims, &names)?;
    let left = listed(&places.shims)?
        .iter()
        .map(|name| places.shims.join(name))
        .collect();
    // each fails, as it should, where anything is left
    let own = ["hooks", "agents-hooks", "git-agents"];
    let ours = |directory: &&Path| own.iter().any(|name| directory.ends_with(name));
    for directory in places.shims.ancestors().take(3).take_while(ours) {
        let _ = fs::remove_dir(directory);
    }
    Ok(left)
}

/// Remembers that the repository had no `hooks` directory.
pub(super) fn note_made_hooks(places: &Places) -> Result<(), HookError> {
    let path = places.included.with_extension("made");
    make_directory(&places.shims)?;
    replace(&path, b"", 0o644)
}

/// Whether the repository had no `hooks` directory.
pub(super) fn made_hooks(places: &Places) -> bool {
    places.included.with_extension("made").exists()
}

/// What an installed configuration file of ours does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Included {
    /// Names hooks, for git ≥ 2.54.
    Hooks,
    /// Sets `core.hooksPath`.
    Directory,
}

/// What `path` holds; none if it is not there, not ours, or sets notes alone.
pub(super) fn read(path: &Path) -> Option<Included> {
    let text = manager::look(path);
    if !text.starts_with(HEAD.as_bytes()) {
        return None;
    }
    if manager::contains(&text, b"\n[core]\n") {
        return Some(Included::Directory);
    }
    manager::contains(&text, b"\n[hook ").then_some(Included::Hooks)
}

/// Whether notes are set.
pub(super) fn has_notes(places: &Places) -> bool {
    let text = manager::look(&places.included);
    text.starts_with(HEAD.as_bytes()) && manager::contains(&text, NOTES.as_bytes())
}

/// Sets notes, next to whatever else is set.
pub(super) fn add_notes(places: &Places) -> Result<(), HookError> {
    if has_notes(places) {
        return Ok(());
    }
    make_directory(&places.shims)?;
    let mut text = manager::look(&places.included);
    if !text.starts_with(HEAD.as_bytes()) {
        text = format!("{HEAD}\n").into_bytes();
    }
    text.extend_from_slice(NOTES.as_bytes());
    replace(&places.included, &text, 0o644)
}

/// Whether the file that includes `path` was made by us.
pub(super) fn made_includer(path: &Path) -> bool {
    manager::contains(&manager::look(path), MADE.as_bytes())
}

fn write_unless_foreign(path: &Path, script: &[u8]) -> Result<(), HookError> {
    // another tool took this directory for the repository's own
    let foreign = fs::symlink_metadata(path).is_ok() && !shim::is_ours(&manager::look(path));
    if foreign {
        Ok(())
    } else {
        write_script(path, script)
    }
}

fn executable_hook(path: &Path) -> bool {
    let sample = path.extension().is_some_and(|end| end == "sample");
    !sample && path.is_file() && rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok()
}

fn remove_ours(directory: &Path, names: &[String]) -> Result<(), HookError> {
    for path in names.iter().map(|name| directory.join(name)) {
        if shim::is_ours(&manager::look(&path)) {
            remove_file(&path)?;
        }
    }
    Ok(())
}

fn replace_if_changed(path: &Path, text: &[u8]) -> Result<(), HookError> {
    if manager::look(path) == text {
        Ok(())
    } else {
        replace(path, text, 0o644)
    }
}

fn remove_file(path: &Path) -> Result<(), HookError> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(HookError::io("remove", path)(e)),
        _ => Ok(()),
    }
}

/// Makes our directory and the shims' directory in it, as open to others as
/// what they stand in.
pub(super) fn make_directory(shims: &Path) -> Result<(), HookError> {
    let ours = shims.parent().unwrap_or(shims);
    let above = ours.parent().unwrap_or(ours);
    fs::create_dir_all(above).map_err(HookError::io("make", above))?;
    let mode = fs::metadata(above)
        .map_err(HookError::io("look at", above))?
        .permissions()
        .mode();
    for directory in [ours, shims] {
        match fs::create_dir(directory) {
            Ok(()) => {
                let mode = fs::Permissions::from_mode(mode & 0o777 | 0o700);
                fs::set_permissions(directory, mode).map_err(HookError::io("make", directory))?;
            }
            Err(e) if e.kind() == ErrorKind::AlreadyExists => {
                let about =
                    fs::symlink_metadata(directory).map_err(HookError::io("look at", directory))?;
                if !about.is_dir() {
                    let refused = std::io::Error::new(ErrorKind::NotADirectory, "is no directory");
                    return Err(HookError::io("use", directory)(refused));
                }
            }
            Err(e) => return Err(HookError::io("make", directory)(e)),
        }
    }
    Ok(())
}

/// Names in a directory; none if there is no directory.
fn listed(directory: &Path) -> Result<Vec<String>, HookError> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        Err(e) => return Err(HookError::io("list", directory)(e)),
    };
    Ok(entries
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect())
}
