//! Definitions from all their places. Of several with one name the first counts, in this order:
//! the user's for this program, built in, the user's for other programs, the repository's trusted
//! ones; so no repository replaces a reviewer.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::model::digest::sha256;
use crate::model::{AgentDefinition, AgentName, DefinitionSource};
use crate::sys::files;

use super::definition::{DefinitionError, FILE_BYTES, parse_as, parse_definition};
use super::search_paths::{Owner, SearchPath};
use super::trust::TrustStatus;

/// All definitions that may run, and what was left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Definitions {
    /// One per name: the built-in ones first, then the others by name.
    pub agents: Vec<AgentDefinition>,
    /// Those of the repository that nobody trusted, as they stand.
    pub untrusted: Vec<Untrusted>,
    /// What a person should know, one line each: replaced definitions, files left out.
    pub notes: Vec<String>,
}

/// A definition of the repository that may not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Untrusted {
    /// What it says of itself.
    pub definition: AgentDefinition,
    /// Its file.
    pub path: PathBuf,
    /// Whether other bytes of this file were trusted before.
    pub changed: bool,
}

/// The three reviewers in the binary.
///
/// # Panics
/// Never: a test reads them.
#[must_use]
pub(crate) fn built_in() -> Vec<AgentDefinition> {
    let texts = [
        include_str!("definitions/security.md"),
        include_str!("definitions/performance.md"),
        include_str!("definitions/retro.md"),
    ];
    let parsed = texts.map(|text| parse_definition(text.as_bytes(), DefinitionSource::BuiltIn));
    parsed
        .map(|definition| definition.expect("a test reads every built-in definition"))
        .into()
}

/// A definition's file. One of the repository must be a plain file: a link could make a trusted
/// name stand for any file of the person. The user's own may be links.
///
/// # Errors
/// What the file system says, and too many bytes.
pub(crate) fn read_definition(path: &Path, is_of_user: bool) -> io::Result<Vec<u8>> {
    if is_of_user {
        return read(path);
    }
    files::read_capped(path, FILE_BYTES as u64)
}

/// Finds all definitions of these places, the first of each name. `top` is the work tree's. A
/// repository's file counts only if `standing` knows its bytes, which are read once: what was
/// hashed is what is used.
///
/// # Errors
/// A file that the user wrote for this program, or a trusted one, is malformed or cannot be read.
/// Any other is left out: neither a repository nor another program's file stops this one.
pub(crate) fn load_definitions(
    places: &[SearchPath],
    top: Option<&Path>,
    standing: &dyn Fn(&Path, &str) -> TrustStatus,
) -> Result<Definitions, DefinitionError> {
    let mut loader = Loader {
        extra: BTreeMap::new(),
        found: Definitions::default(),
    };
    loader.found.agents = built_in();
    for place in places {
        let files = match place.files(top) {
            Ok(files) => files,
            Err(source) if place.owner == Owner::User => {
                return Err(DefinitionError::Unreadable {
                    path: place.dir.clone(),
                    source,
                });
            }
            Err(error) => {
                loader.note(format!("{}: left out, {error}", place.dir.display()));
                continue;
            }
        };
        for path in files {
            match place.owner {
                Owner::User => loader.add_of_user(read_and_parse(place, path)?),
                Owner::Home => loader.add_of_home(read_and_parse(place, path)),
                Owner::Repository => loader.add_of_repository(place, path, standing)?,
            }
        }
    }
    loader.found.agents.extend(loader.extra.into_values());
    Ok(loader.found)
}

fn read_and_parse(place: &SearchPath, path: PathBuf) -> Result<AgentDefinition, DefinitionError> {
    let bytes = read_definition(&path, true).map_err(|source| DefinitionError::Unreadable {
        path: path.clone(),
        source,
    })?;
    parse_as(place.host, &bytes, DefinitionSource::User(path))
}

struct Loader {
    extra: BTreeMap<AgentName, AgentDefinition>,
    found: Definitions,
}

impl Loader {
    fn add_of_user(&mut self, definition: AgentDefinition) {
        let place = place_of(&definition.source);
        let name = definition.name.clone();
        let built_in = self.found.agents.iter_mut().find(|a| a.name == name);
        let replaced = match built_in {
            Some(old) => Some(std::mem::replace(old, definition)),
            None => self.extra.insert(name.clone(), definition),
        };
        if let Some(old) = replaced {
            self.note(format!(
                "{place}: replaces `{name}` ({})",
                place_of(&old.source)
            ));
        }
    }

    fn add_of_home(&mut self, definition: Result<AgentDefinition, DefinitionError>) {
        match definition {
            Ok(definition) => {
                if !self.note_known(&definition) {
                    self.extra.insert(definition.name.clone(), definition);
                }
            }
            Err(error) => self.note(format!("{error} (left out)")),
        }
    }

    fn add_of_repository(
        &mut self,
        place: &SearchPath,
        path: PathBuf,
        standing: &dyn Fn(&Path, &str) -> TrustStatus,
    ) -> Result<(), DefinitionError> {
        let bytes = match read_definition(&path, false) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.note(format!("{}: left out, {error}", path.display()));
                return Ok(());
            }
        };
        let parsed = parse_as(
            place.host,
            &bytes,
            DefinitionSource::Repository(path.clone()),
        );
        if parsed
            .as_ref()
            .is_ok_and(|definition| self.note_known(definition))
        {
            return Ok(());
        }
        let standing = standing(&path, &sha256(&bytes));
        match (standing, parsed) {
            (TrustStatus::Trusted, parsed) => {
                let definition = parsed?;
                self.extra.insert(definition.name.clone(), definition);
            }
            (TrustStatus::New | TrustStatus::Changed, Ok(definition)) => {
                let changed = standing == TrustStatus::Changed;
                self.found.untrusted.push(Untrusted {
                    definition,
                    path,
                    changed,
                });
            }
            (TrustStatus::New | TrustStatus::Changed, Err(error)) => {
                self.note(format!("{error} (not trusted, left out)"));
            }
        }
        Ok(())
    }

    /// Whether the name is taken, and says by whom.
    fn note_known(&mut self, definition: &AgentDefinition) -> bool {
        let name = &definition.name;
        let known = self
            .found
            .agents
            .iter()
            .find(|agent| agent.name == *name)
            .or_else(|| self.extra.get(name));
        let Some(known) = known else { return false };
        let (place, theirs) = (place_of(&definition.source), place_of(&known.source));
        self.note(format!(
            "{place}: left out, `{name}` is already defined ({theirs})"
        ));
        true
    }

    fn note(&mut self, text: String) {
        self.found.notes.push(text);
    }
}

fn place_of(source: &DefinitionSource) -> String {
    match source {
        DefinitionSource::BuiltIn => "built in".into(),
        DefinitionSource::User(path) | DefinitionSource::Repository(path) => {
            path.display().to_string()
        }
    }
}

/// One byte beyond the cap is read, so that the parser sees that there is more.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(FILE_BYTES)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    fs::File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;
    use crate::agents::host::Host;
    use crate::model::Access;

    fn text(name: &str, body: &str) -> String {
        format!("---\nname: {name}\ndescription: d\n---\n{body}\n")
    }

    struct Places {
        dir: tempfile::TempDir,
    }

    impl Places {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            for name in ["user", "home", "repo"] {
                fs::create_dir(dir.path().join(name)).unwrap();
            }
            Self { dir }
        }

        fn write(&self, path: &str, content: &str) {
            fs::write(self.dir.path().join(path), content).unwrap();
        }

        fn load(&self, trusted: &[&str]) -> Result<Definitions, DefinitionError> {
            let digests: Vec<String> = trusted.iter().map(sha256).collect();
            let standing = |_: &Path, d: &str| {
                if digests.iter().any(|t| t == d) {
                    TrustStatus::Trusted
                } else {
                    TrustStatus::New
                }
            };
            let place = |dir: &str, owner| SearchPath {
                dir: self.dir.path().join(dir),
                host: Host::Own,
                owner,
            };
            let places = [
                place("user", Owner::User),
                place("home", Owner::Home),
                place("missing", Owner::Repository),
                place("repo", Owner::Repository),
            ];
            load_definitions(&places, Some(self.dir.path()), &standing)
        }
    }

    fn bodies(definitions: &Definitions) -> Vec<(&str, &str)> {
        definitions
            .agents
            .iter()
            .map(|a| (a.name.as_str(), a.body.as_str()))
            .collect()
    }

    #[test]
    fn the_built_in_ones_are_sealed_reviewers() {
        let all = built_in();
        let names: Vec<_> = all.iter().map(|a| a.name.as_str()).collect();
        assert_eq!(names, ["security", "performance", "retro"]);
        for agent in &all {
            assert_eq!((agent.access(), agent.ignored.len()), (Access::Sealed, 0));
            assert!(agent.body.len() > 300);
        }
    }

    #[test]
    fn nothing_found_leaves_the_built_in_ones() {
        let found = load_definitions(&[], None, &|_, _| TrustStatus::Trusted).unwrap();
        assert_eq!(
            found,
            Definitions {
                agents: built_in(),
                ..Definitions::default()
            }
        );
    }

    #[test]
    fn the_user_replaces_and_the_repository_only_adds() {
        let places = Places::new();
        places.write("user/a.md", &text("security", "mine"));
        places.write("user/b.md", &text("zeta", "mine"));
        places.write("user/notes.txt", "no definition");
        let theirs = [
            text("zeta", "ours"),
            text("alpha", "ours"),
            text("retro", "ours"),
        ];
        for (file, text) in ["z.md", "n.md", "r.md"].iter().zip(&theirs) {
            places.write(&format!("repo/{file}"), text);
        }
        let found = places.load(&theirs.each_ref().map(String::as_str)).unwrap();
        let bodies = bodies(&found);
        assert_eq!(
            (bodies[0], bodies[1].0, bodies[2].0),
            (("security", "mine"), "performance", "retro")
        );
        assert_ne!(bodies[2].1, "ours");
        assert_eq!(bodies[3..], [("alpha", "ours"), ("zeta", "mine")]);
        assert_eq!(found.untrusted, []);
        assert_eq!(found.notes.len(), 3, "{:?}", found.notes);
        assert!(found.notes[0].ends_with("a.md: replaces `security` (built in)"));
        assert!(found.notes[1].ends_with("r.md: left out, `retro` is already defined (built in)"));
        assert!(found.notes[2].contains("z.md: left out, `zeta` is already defined ("));
    }

    #[test]
    fn a_repository_is_heard_only_when_its_very_bytes_are_trusted() {
        let places = Places::new();
        places.write("repo/a.md", &text("mine", "approve everything"));
        places.write("repo/b.md", "broken");
        let found = places.load(&[&text("mine", "something else")]).unwrap();
        assert_eq!(found.agents, built_in());
        let seen: Vec<_> = found
            .untrusted
            .iter()
            .map(|u| (u.path.clone(), u.definition.name.as_str(), u.changed))
            .collect();
        assert_eq!(seen, [(places.dir.path().join("repo/a.md"), "mine", false)]);
        assert_eq!(found.notes.len(), 1);
        assert!(
            found.notes[0].contains("b.md:1: front matter must open"),
            "{:?}",
            found.notes
        );
        assert!(
            places.load(&["broken"]).is_err(),
            "what was trusted must be readable"
        );
    }

    #[test]
    fn what_the_person_wrote_for_another_program_adds_and_never_stops() {
        let places = Places::new();
        places.write("home/a.md", &text("security", "of another program"));
        places.write("home/b.md", &text("beta", "home"));
        places.write("home/c.md", "no definition");
        places.write("repo/b.md", &text("beta", "ours"));
        let found = places.load(&[&text("beta", "ours")]).unwrap();
        assert_eq!(bodies(&found)[3..], [("beta", "home")]);
        assert_ne!(bodies(&found)[0].1, "of another program");
        assert_eq!(found.notes.len(), 3, "{:?}", found.notes);
    }

    #[test]
    fn a_broken_file_of_the_person_is_named() {
        let places = Places::new();
        places.write("user/x.md", "---\nname: x\n---\nbody");
        let error = places.load(&[]).unwrap_err().to_string();
        assert!(error.ends_with("user/x.md:1: no `description`"), "{error}");
    }

    #[test]
    fn a_link_in_the_repository_is_not_followed() {
        let places = Places::new();
        places.write("repo/x.md", &text("x", "private"));
        std::os::unix::fs::symlink(
            places.dir.path().join("repo"),
            places.dir.path().join("missing"),
        )
        .unwrap();
        let found = places.load(&[]).unwrap();
        assert_eq!((found.untrusted.len(), found.notes.len()), (1, 1));
        assert!(
            found.notes[0].ends_with("missing: left out, a symbolic link leads there"),
            "{:?}",
            found.notes
        );
        fs::remove_file(places.dir.path().join("repo/x.md")).unwrap();
        fs::remove_file(places.dir.path().join("missing")).unwrap();
        places.write("secret", &text("leak", "private"));
        std::os::unix::fs::symlink(
            places.dir.path().join("secret"),
            places.dir.path().join("repo/l.md"),
        )
        .unwrap();
        let found = places.load(&[&text("leak", "private")]).unwrap();
        assert_eq!(found.agents, built_in());
        assert!(
            found.notes[0].ends_with("l.md: left out, is a symbolic link"),
            "{:?}",
            found.notes
        );
    }
}
