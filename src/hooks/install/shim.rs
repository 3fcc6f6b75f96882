//! The shims: the scripts in `hooks/`, with three lines filled in.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::event::Event;
use crate::store::MAY_REST;

/// How the second line of every file of ours begins, before its version.
const MARKER: &[u8] = b"# git-agents shim ";

/// What a shim runs besides us.
pub(super) enum Theirs {
    /// Nothing: git itself runs what else there is.
    Nothing,
    /// What was moved aside, in the shim's own directory.
    Beside {
        /// Its name.
        name: String,
        /// Whether the shim stands under the name that git looks for.
        may_rest: bool,
    },
    /// The hook of this name in a directory that the shim's directory stands in
    /// for; where that is gone, in the repository's own `hooks`.
    In(Vec<u8>),
}

/// The shim of `event` that starts `binary`.
pub(super) fn render(event: Event, binary: &Path, theirs: &Theirs) -> Vec<u8> {
    let occupies = !matches!(theirs, Theirs::Nothing);
    let rests =
        event == Event::PostIndexChange && matches!(theirs, Theirs::Beside { may_rest: true, .. });
    fill(event.template(), &|line| match line {
        "event=post-commit" | "event=post-index-change" => {
            Some(format!("event={event}").into_bytes())
        }
        "binary=git-agents" => {
            Some([b"binary=", quoted(binary.as_os_str().as_bytes()).as_slice()].concat())
        }
        "theirs=" => Some(theirs_line(theirs, event.name())),
        "lfs=" if occupies => Some(b"lfs=yes".to_vec()),
        "rests=" if rests => Some(MAY_REST.into()),
        _ => None,
    })
}

/// A shim that only runs the hook `name` of the directory it stands in for.
pub(super) fn render_forward(name: &str, directory: &[u8]) -> Vec<u8> {
    let theirs = Theirs::In(directory.to_vec());
    fill(include_str!("../../../hooks/forward"), &|line| {
        (line == "theirs=").then(|| theirs_line(&theirs, name))
    })
}

/// Whether a hook file is a shim of ours, of any version.
pub(super) fn is_ours(content: &[u8]) -> bool {
    content
        .split(|b| *b == b'\n')
        .nth(1)
        .is_some_and(|line| line.starts_with(MARKER))
}

/// The binary that a shim was written for.
pub(super) fn binary_of(content: &[u8]) -> Option<Vec<u8>> {
    let mut lines = content.split(|b| *b == b'\n');
    let value = lines.find_map(|line| line.strip_prefix(b"binary="))?;
    let inner = value.strip_prefix(b"'")?.strip_suffix(b"'")?;
    Some(replace_all(inner, b"'\\''", b"'"))
}

/// One word for a shell, whatever bytes it has.
pub(super) fn quoted(bytes: &[u8]) -> Vec<u8> {
    [b"'".as_slice(), &replace_all(bytes, b"'", b"'\\''"), b"'"].concat()
}

/// Fills in whole lines of the script's head; only the first of each, so that
/// nothing further down is taken for one.
fn fill(template: &str, line_for: &dyn Fn(&str) -> Option<Vec<u8>>) -> Vec<u8> {
    let mut script = Vec::new();
    let mut in_head = true;
    for line in template.lines() {
        in_head &= !line.is_empty();
        let filled = if in_head { line_for(line) } else { None };
        script.extend_from_slice(&filled.unwrap_or_else(|| line.as_bytes().to_vec()));
        script.push(b'\n');
    }
    script
}

fn theirs_line(theirs: &Theirs, name: &str) -> Vec<u8> {
    match theirs {
        Theirs::Nothing => b"theirs=".to_vec(),
        Theirs::Beside { name, .. } => format!("theirs=${{0%/*}}/{name}").into_bytes(),
        Theirs::In(directory) => {
            let directory = quoted(directory);
            let gone = format!(" ] || theirs=${{0%/*}}/../../hooks/{name}");
            let path = format!("/{name}\n[ -d ");
            [
                b"theirs=".as_slice(),
                &directory,
                path.as_bytes(),
                &directory,
                gone.as_bytes(),
            ]
            .concat()
        }
    }
}

fn replace_all(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut replaced = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix(from) {
            replaced.extend_from_slice(to);
            rest = after;
        } else {
            replaced.push(rest[0]);
            rest = &rest[1..];
        }
    }
    replaced
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shim_is_recognised_and_names_its_event_and_binary() {
        for event in Event::ALL {
            let script = render(
                event,
                Path::new("/opt/it's here/git-agents"),
                &Theirs::Beside {
                    name: "x.kept".into(),
                    may_rest: true,
                },
            );
            assert!(is_ours(&script), "{event}");
            assert_eq!(
                binary_of(&script),
                Some(b"/opt/it's here/git-agents".to_vec())
            );
            let text = String::from_utf8(script).expect("UTF-8");
            assert_eq!(
                text.lines()
                    .filter(|l| *l == format!("event={event}"))
                    .count(),
                1,
                "{event}"
            );
            assert!(text.contains("\ntheirs=${0%/*}/x.kept\n"), "{event}");
            assert!(!text.contains("binary=git-agents\ntheirs="), "{event}");
            assert_eq!(
                text.contains("\nrests=yes\n"),
                event == Event::PostIndexChange,
                "{event}"
            );
        }
        assert!(is_ours(&render_forward("pre-commit", b".husky/_")));
    }

    #[test]
    fn an_older_version_and_foreign_files_are_told_apart() {
        assert!(is_ours(b"#!/bin/sh\n# git-agents shim 0\nexec old\n"));
        assert!(!is_ours(b"#!/bin/sh\necho '# git-agents shim 1'\n"));
        assert!(!is_ours(b""));
    }

    #[test]
    fn only_a_shim_in_the_hooks_place_does_the_part_of_git_lfs() {
        let text = |theirs| {
            String::from_utf8(render(Event::PrePush, Path::new("/b"), &theirs)).expect("UTF-8")
        };
        assert!(text(Theirs::Nothing).contains("\nlfs=\n"));
        assert!(text(Theirs::In(b"/x".to_vec())).contains("\nlfs=yes\n"));
    }
}
