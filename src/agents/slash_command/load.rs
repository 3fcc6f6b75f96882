//! Slash commands from all their places; of several with one name the first counts.

use std::fs;
use std::path::{Path, PathBuf};

use super::{SlashCommand, is_name, parse_command};
use crate::agents::definition::DefinitionError;
use crate::agents::host::Host;
use crate::agents::load::read_definition;
use crate::agents::search_paths::{Owner, SearchPath, is_plain, sort_out};
use crate::agents::trust::TrustStatus;
use crate::model::DefinitionSource;
use crate::model::digest::sha256;

/// Most files of one place that are looked at.
const FILES: usize = 200;
/// Directories below a place that are looked into.
const DEPTH: usize = 3;

/// All commands, and what was left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Commands {
    /// Those that may run, by name.
    pub ready: Vec<SlashCommand>,
    /// Those of the repository that nobody trusted.
    pub untrusted: Vec<UntrustedCommand>,
    /// What a person should know, one line each.
    pub notes: Vec<String>,
}

/// A command of the repository that may not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UntrustedCommand {
    /// What it says.
    pub command: SlashCommand,
    /// Its file.
    pub path: PathBuf,
    /// Whether other bytes of this file were trusted before.
    pub changed: bool,
}

/// Where commands are, the user's before the repository's.
#[must_use]
pub(crate) fn command_places(
    config: Option<&Path>,
    home: Option<&Path>,
    top: Option<&Path>,
) -> Vec<SearchPath> {
    let place = |dir: PathBuf, owner| SearchPath {
        dir,
        host: Host::Slash,
        owner,
    };
    let ours = config.map(|dir| place(dir.join("commands"), Owner::User));
    let claude = home.map(|home| place(home.join(".claude/commands"), Owner::Home));
    let inside = top.into_iter().flat_map(|top| {
        [".gitagents/commands", ".claude/commands"]
            .map(|dir| place(top.join(dir), Owner::Repository))
    });
    sort_out(ours.into_iter().chain(claude).chain(inside).collect(), top)
}

/// Finds all commands of these places. Nothing here fails: a file that cannot be used is noted.
#[must_use]
pub(crate) fn load_commands(
    places: &[SearchPath],
    top: Option<&Path>,
    standing: &dyn Fn(&Path, &str) -> TrustStatus,
) -> Commands {
    let mut found = Commands::default();
    for place in places {
        if place.owner == Owner::Repository && place.dir.is_dir() && !is_plain(&place.dir, top) {
            found.notes.push(format!(
                "{}: left out, a symbolic link leads there",
                place.dir.display()
            ));
            continue;
        }
        let mut files = Vec::new();
        walk(&place.dir, "", DEPTH, &mut files);
        files.sort();
        for (name, path) in files.into_iter().take(FILES) {
            add(&mut found, place, (&name, path), standing);
        }
    }
    found.ready.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

/// Links to directories are not followed: they could go round.
fn walk(dir: &Path, prefix: &str, depth: usize, files: &mut Vec<(String, PathBuf)>) {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    for entry in entries.take(FILES) {
        let (path, name) = (
            entry.path(),
            entry.file_name().to_string_lossy().into_owned(),
        );
        let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_dir && depth > 0 {
            walk(&path, &format!("{prefix}{name}:"), depth - 1, files);
        } else if let Some(stem) = name
            .strip_suffix(".md")
            .filter(|_| !is_dir && files.len() < FILES)
        {
            files.push((format!("{prefix}{stem}"), path));
        }
    }
}

fn add(
    found: &mut Commands,
    place: &SearchPath,
    (name, path): (&str, PathBuf),
    standing: &dyn Fn(&Path, &str) -> TrustStatus,
) {
    let mut note = |why: &str| {
        found
            .notes
            .push(format!("{}: left out, {why}", path.display()));
    };
    if !is_name(name) {
        return note("its name is none for a command");
    }
    if found.ready.iter().any(|known| known.name == name) {
        return note(&format!("the command `{name}` is already defined"));
    }
    let of_user = place.owner != Owner::Repository;
    let bytes = match read_definition(&path, of_user) {
        Ok(bytes) => bytes,
        Err(error) => return note(&error.to_string()),
    };
    let source = if of_user {
        DefinitionSource::User(path.clone())
    } else {
        DefinitionSource::Repository(path.clone())
    };
    match (
        parse_command(name, &bytes, source),
        of_user.then_some(TrustStatus::Trusted),
    ) {
        (Err(error), _) => found.notes.push(left_out(&error)),
        (Ok(command), ours) => match ours.unwrap_or_else(|| standing(&path, &sha256(&bytes))) {
            TrustStatus::Trusted => found.ready.push(command),
            other => {
                found.untrusted.push(UntrustedCommand {
                    command,
                    path,
                    changed: other == TrustStatus::Changed,
                });
            }
        },
    }
}

fn left_out(error: &DefinitionError) -> String {
    format!("{error} (left out)")
}
