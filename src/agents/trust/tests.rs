#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::os::unix::fs::{PermissionsExt, symlink};

use proptest::prelude::*;

use super::*;
use crate::agents::definition::parse_definition;

struct Sandbox {
    dir: tempfile::TempDir,
}

impl Sandbox {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        for name in ["state", "repo/.git", "other/.git"] {
            fs::create_dir_all(dir.path().join(name)).unwrap();
        }
        Self { dir }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.dir.path().canonicalize().unwrap().join(path)
    }

    fn trust(&self, repository: &str) -> Trust {
        let top = self.at(repository);
        Trust::load(Some(&self.at("state")), &top.join(".git"), Some(&top))
    }
}

fn definition(path: PathBuf, tools: &str) -> AgentDefinition {
    let text = format!("---\nname: x\ndescription: y\ntools: {tools}\n---\nbody\n");
    parse_definition(text.as_bytes(), DefinitionSource::Repository(path)).unwrap()
}

#[test]
fn a_file_is_trusted_by_repository_path_and_content() {
    let place = Sandbox::new();
    let path = place.at("repo/.claude/agents/x.md");
    let mut trust = place.trust("repo");
    let mut at_once = place.trust("repo");
    assert_eq!(trust.standing(&path, "aa"), TrustStatus::New);
    trust.add(&path, "aa", Permission::Run, 7).unwrap();
    at_once
        .add(&place.at("repo/y.md"), "bb", Permission::Run, 8)
        .unwrap();

    let read = place.trust("repo");
    assert_eq!(
        read.grants().count(),
        2,
        "two commands at once lose nothing"
    );
    assert_eq!(read.standing(&path, "aa"), TrustStatus::Trusted);
    assert_eq!(read.standing(&path, "ab"), TrustStatus::Changed);
    assert_eq!(
        read.standing(&place.at("repo/z.md"), "aa"),
        TrustStatus::New,
        "another file with the same words"
    );
    assert_eq!(
        place
            .trust("other")
            .standing(&place.at("other/.claude/agents/x.md"), "aa"),
        TrustStatus::New
    );

    let grant = read
        .grants()
        .find(|grant| grant.sha256 == "aa")
        .unwrap()
        .clone();
    assert_eq!(
        (grant.path.as_path(), grant.since),
        (Path::new(".claude/agents/x.md"), 7)
    );
    let mut again = place.trust("repo");
    assert!(again.remove(&grant).unwrap() && !again.remove(&grant).unwrap());
    assert_eq!(place.trust("repo").standing(&path, "aa"), TrustStatus::New);
}

#[test]
fn a_tool_is_approved_for_these_very_bytes_only() {
    let place = Sandbox::new();
    let path = place.at("repo/x.md");
    let asked = definition(path.clone(), "Read, Bash");
    let mut trust = place.trust("repo");
    trust
        .add(&path, &asked.digest, Permission::Tool("Bash".into()), 0)
        .unwrap();
    trust
        .add(&path, &asked.digest, Permission::Tool("Write".into()), 0)
        .unwrap();
    let trust = place.trust("repo");
    assert_eq!(
        trust.approved_tools(&asked),
        ["Bash"],
        "never more than it asks for"
    );
    assert_eq!(
        trust.standing(&path, &asked.digest),
        TrustStatus::New,
        "a tool is no leave to run"
    );
    assert_eq!(
        trust.approved_tools(&definition(path, "Read, Bash, Edit")),
        [""; 0]
    );
    assert_eq!(
        trust.approved_tools(&definition(place.at("repo/y.md"), "Read, Bash")),
        [""; 0]
    );
}

#[test]
fn files_are_private() {
    let place = Sandbox::new();
    let mut trust = place.trust("repo");
    trust
        .add(&place.at("repo/x.md"), "aa", Permission::Run, 0)
        .unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let dir = place.at("state/trust");
    assert_eq!(mode(&dir), 0o700);
    for entry in fs::read_dir(&dir).unwrap() {
        assert_eq!(mode(&entry.unwrap().path()), 0o600);
    }
}

#[test]
fn an_entry_speaks_for_its_own_name_only() {
    let place = Sandbox::new();
    let mut trust = place.trust("repo");
    let grant = trust
        .add(&place.at("repo/x.md"), "aa", Permission::Run, 0)
        .unwrap();
    let other = Grant {
        sha256: "bb".into(),
        ..grant.clone()
    };
    let file = |grant: &Grant| place.at("state/trust").join(format!("{}.json", grant.id()));
    fs::copy(file(&grant), file(&other)).unwrap();
    fs::write(place.at("state/trust/junk.json"), "{").unwrap();
    let read = place.trust("repo");
    assert_eq!(read.grants().collect::<Vec<_>>(), [&grant]);
    let newer = String::from_utf8(fs::read(file(&grant)).unwrap())
        .unwrap()
        .replace(":1,", ":2,");
    fs::write(file(&grant), newer).unwrap();
    assert_eq!(place.trust("repo").grants().count(), 0);
}

#[test]
fn a_place_that_a_repository_or_others_can_write_trusts_nothing() {
    let place = Sandbox::new();
    let top = place.at("repo");
    let in_tree = |state: PathBuf| Trust::load(Some(&state), &top.join(".git"), Some(&top));
    for state in [top.join("state"), top.join(".git/state"), top.clone()] {
        let mut trust = in_tree(state.clone());
        assert!(
            trust.problem().unwrap().contains("inside this repository"),
            "{state:?}"
        );
        assert!(matches!(
            trust.add(&top.join("x"), "aa", Permission::Run, 0),
            Err(TrustError::NoPlace(_))
        ));
        assert!(!state.join("trust").exists());
    }
    symlink(&top, place.at("linked")).unwrap();
    assert!(in_tree(place.at("linked/state")).problem().is_some());

    let mut trust = place.trust("repo");
    trust.add(&top.join("x"), "aa", Permission::Run, 0).unwrap();
    fs::set_permissions(place.at("state/trust"), fs::Permissions::from_mode(0o777)).unwrap();
    let open = place.trust("repo");
    assert!(
        open.problem()
            .unwrap()
            .ends_with("may be written by others")
    );
    assert_eq!(open.standing(&top.join("x"), "aa"), TrustStatus::New);
    fs::remove_dir_all(place.at("state/trust")).unwrap();
    symlink(place.at("other"), place.at("state/trust")).unwrap();
    assert!(
        place
            .trust("repo")
            .problem()
            .unwrap()
            .contains("symbolic link")
    );
    assert!(Trust::load(None, &top, None).problem().is_some());
}

proptest! {
    #[test]
    fn any_grant_is_read_as_it_was_written(
        path in proptest::collection::vec(1u8.., 0..40), sha256 in "[0-9a-f]{64}", tool in proptest::option::of(any::<String>()),
        since in any::<i64>(),
    ) {
        use std::os::unix::ffi::OsStringExt;
        let path = PathBuf::from(std::ffi::OsString::from_vec(path));
        let permission = tool.map_or(Permission::Run, Permission::Tool);
        let grant = Grant { repository: "/r".into(), path, sha256, permission, since };
        prop_assert_eq!(record::decode(&record::encode(&grant)), Some(grant));
    }

    #[test]
    fn no_bytes_make_a_grant_panic(bytes in any::<Vec<u8>>()) {
        let _ = record::decode(&bytes);
    }
}
