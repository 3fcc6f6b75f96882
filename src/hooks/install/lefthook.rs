//! Ours as a command of lefthook, where lefthook owns the hook.
//!
//! lefthook renames every foreign hook and does not run it, at each of its
//! installs. What it does keep is `lefthook-local.yml`, a file for one person
//! that is merged with the project's. Ours is written only if there is none,
//! and hidden through `.git/info/exclude`.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::error::HookError;
use super::event::Event;
use super::hook_files::{replace, write_script};
use super::include_block::read;
use super::managed_config::make_directory;
use super::manager;
use super::shim::{self, Theirs};
use super::survey::Survey;

const FILE: &str = "lefthook-local.yml";
const HEAD: &str = "# Starts git-agents where lefthook owns the hook.\n\
                    # git-agents shim 1\n\
                    # To undo: git agents hooks uninstall\n";
const EXCLUDE: &str = "# git-agents\n/lefthook-local.yml\n";
/// The same after a last line that had no end, and got one.
const EXCLUDE_JOINED: &str = "\n# git-agents, with the line feed above\n/lefthook-local.yml\n";
/// Ends the arguments in the shell text. They come from remote URLs, which
/// lefthook pastes in unquoted: in a quoted here-document they stay data.
const END: &str = "END-OF-GIT-AGENTS-ARGUMENTS-6f1d2c9b";

/// Whether the person has a file of this purpose that is not ours.
pub(super) fn taken(top: &Path) -> Option<PathBuf> {
    let names = [
        "lefthook-local.yml",
        "lefthook-local.yaml",
        "lefthook-local.toml",
        "lefthook-local.json",
    ];
    let dotted = names.iter().map(|name| format!(".{name}"));
    let mut paths = names
        .iter()
        .map(|name| (*name).to_owned())
        .chain(dotted)
        .map(|name| top.join(name));
    paths.find(|path| fs::symlink_metadata(path).is_ok() && !shim::is_ours(&manager::look(path)))
}

/// Writes our file, the shims it runs, and the exclude line.
pub(super) fn write(
    survey: &Survey,
    top: &Path,
    events: &[Event],
    binary: &Path,
) -> Result<(), HookError> {
    write_shims(survey, events, binary)?;
    let path = top.join(FILE);
    let text = content(&survey.places.shims, events);
    if manager::look(&path) != text {
        replace(&path, &text, 0o644)?;
    }
    add_exclude(&survey.common_dir)
}

/// Writes the shims that our commands run.
pub(super) fn write_shims(
    survey: &Survey,
    events: &[Event],
    binary: &Path,
) -> Result<(), HookError> {
    make_directory(&survey.places.shims)?;
    for event in events {
        write_script(
            &survey.places.shims.join(event.name()),
            &shim::render(*event, binary, &Theirs::Nothing),
        )?;
    }
    Ok(())
}

fn add_exclude(common_dir: &Path) -> Result<(), HookError> {
    edit_exclude(common_dir, |old| {
        let old = without_exclude(old);
        let joined = !old.is_empty() && !old.ends_with(b"\n");
        [
            old.as_slice(),
            (if joined { EXCLUDE_JOINED } else { EXCLUDE }).as_bytes(),
        ]
        .concat()
    })
}

/// Takes our file and the exclude line away.
pub(super) fn remove(common_dir: &Path, top: &Path) -> Result<(), HookError> {
    let path = top.join(FILE);
    if !shim::is_ours(&manager::look(&path)) {
        return Ok(());
    }
    fs::remove_file(&path).map_err(HookError::io("remove", &path))?;
    edit_exclude(common_dir, without_exclude)
}

/// Whether lefthook's local file, ours or the person's, runs our shim of this event.
pub(super) fn names(top: &Path, event: Event) -> bool {
    let text = manager::look(&top.join(FILE));
    manager::contains(&text, format!("/agents-hooks/hooks/{event}'").as_bytes())
}

/// The whole of our file, which is also what to add by hand to another one.
pub(super) fn content(shims: &Path, events: &[Event]) -> Vec<u8> {
    let mut text = HEAD.as_bytes().to_vec();
    for event in events {
        let path = shim::quoted(shims.join(event.name()).as_os_str().as_bytes());
        text.extend_from_slice(format!("{event}:\n  commands:\n    git-agents:\n").as_bytes());
        text.extend_from_slice(b"      use_stdin: true\n      run: |\n");
        for line in arguments(*event) {
            text.extend_from_slice(format!("        {line}\n").as_bytes());
        }
        let line = [
            b"        test ! -r ".as_slice(),
            &path,
            b" || . ",
            &path,
            b"\n",
        ]
        .concat();
        text.extend_from_slice(&line);
    }
    text
}

fn arguments(event: Event) -> Vec<String> {
    let count = match event {
        Event::PostCommit | Event::PostApplypatch => 0,
        Event::PostRewrite | Event::PostMerge => 1,
        Event::PostIndexChange | Event::PrePush => 2,
        Event::PostCheckout => 3,
    };
    if count == 0 {
        return Vec::new();
    }
    let names: Vec<String> = (1..=count).map(|n| format!("a{n}")).collect();
    let reads: Vec<String> = names
        .iter()
        .map(|name| format!("IFS= read -r {name}"))
        .collect();
    let mut lines = vec![format!("{{ {}; }} <<'{END}'", reads.join("; "))];
    lines.extend((1..=count).map(|n| format!("{{{n}}}")));
    lines.push(END.to_owned());
    let words: Vec<String> = names.iter().map(|name| format!("\"${name}\"")).collect();
    lines.push(format!("set -- {}", words.join(" ")));
    lines
}

fn edit_exclude(common_dir: &Path, edit: impl Fn(&[u8]) -> Vec<u8>) -> Result<(), HookError> {
    let path = common_dir.join("info/exclude");
    let old = read(&path)?;
    let new = edit(old.as_deref().unwrap_or_default());
    if Some(&new) == old.as_ref() || (old.is_none() && new.is_empty()) {
        return Ok(());
    }
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).map_err(HookError::io("make", directory))?;
    }
    replace(&path, &new, 0o644)
}

fn without_exclude(text: &[u8]) -> Vec<u8> {
    for ours in [EXCLUDE_JOINED, EXCLUDE] {
        if let Some(at) = text
            .windows(ours.len())
            .position(|window| window == ours.as_bytes())
        {
            return [&text[..at], &text[at + ours.len()..]].concat();
        }
    }
    text.to_vec()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn arguments_of_a_push_stay_data() {
        let text = String::from_utf8(content(
            Path::new("/r/.git/agents-hooks/hooks"),
            &[Event::PrePush],
        ))
        .unwrap();
        let end = END;
        let expected = format!(
            "pre-push:\n  commands:\n    git-agents:\n      use_stdin: true\n      run: |\n        \
             {{ IFS= read -r a1; IFS= read -r a2; }} <<'{end}'\n        {{1}}\n        {{2}}\n        {end}\n        \
             set -- \"$a1\" \"$a2\"\n        \
             test ! -r '/r/.git/agents-hooks/hooks/pre-push' || . '/r/.git/agents-hooks/hooks/pre-push'\n"
        );
        assert_eq!(text, format!("{HEAD}{expected}"));
        assert!(shim::is_ours(text.as_bytes()));
    }

    #[test]
    fn the_exclude_line_leaves_no_trace() {
        for text in ["", "a\n", "a", "# b\r\n"] {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("info/exclude");
            fs::create_dir(dir.path().join("info")).unwrap();
            fs::write(&path, text).unwrap();
            add_exclude(dir.path()).unwrap();
            add_exclude(dir.path()).unwrap();
            assert_eq!(
                fs::read_to_string(&path)
                    .unwrap()
                    .matches("/lefthook-local.yml")
                    .count(),
                1
            );
            edit_exclude(dir.path(), without_exclude).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }
}
