//! Repositories that libgit2 cannot read, and those nobody should.

use super::sandbox::{Sandbox, commit, file, names, patch};
use crate::diff::{CaptureLimits, CaptureRequest, capture};
use crate::git::{GitError, Repo};
use crate::model::{Change, Reader, RepoPath, TargetSpec};

fn read(repo: &Repo, spec: &TargetSpec) -> Change {
    capture(
        repo,
        &CaptureRequest {
            spec,
            limits: CaptureLimits::default(),
            exclude: &[],
        },
    )
    .unwrap()
    .change
}

fn why(reader: &Reader) -> &str {
    match reader {
        Reader::Libgit2 => "libgit2",
        Reader::Plumbing { why } => why,
    }
}

#[test]
fn formats_that_libgit2_does_not_know_are_read_by_git() {
    let formats: [(&[&str], &str); 2] = [
        (&["--object-format=sha256", "-b", "main"], "sha256"),
        (&["--ref-format=reftable", "-b", "main"], "refstorage"),
    ];
    for (init, reason) in formats {
        let sandbox = Sandbox::with(init);
        sandbox.write("untracked", "u\n");
        assert_eq!(
            names(&read(&sandbox.repo(), &TargetSpec::Auto)),
            ["added untracked"]
        );
        sandbox.write("a", "1\n");
        sandbox.commit("one");
        sandbox.write("a", "2\n");
        sandbox.git(&[
            "config",
            "remote.origin.url",
            "https://me:token@example.com/x/name.git",
        ]);
        sandbox.git(&["config", "user.name", "N"]);
        sandbox.git(&["config", "user.email", "n@example.com"]);
        let repo = sandbox.repo();
        assert!(why(&repo.reader()).contains(reason), "{:?}", repo.reader());
        let change = read(&repo, &TargetSpec::Auto);
        assert_eq!(patch(file(&change, "a")), "@@ -1 +1 @@\n-1\n+2\n");
        assert!(why(&change.reader).contains(reason));
        sandbox.commit("two");
        let change = read(&repo, &commit("HEAD"));
        assert_eq!(
            (names(&change), change.commit_count),
            (vec!["modified a".to_owned()], 1)
        );
        assert_eq!(
            names(&read(&repo, &commit("HEAD~1"))),
            ["added a", "added untracked"]
        );
        assert_eq!(repo.branch().as_deref(), Some("main"));
        assert_eq!(
            (repo.name(), repo.remote_url()),
            (
                "name".to_owned(),
                Some("https://example.com/x/name.git".to_owned())
            )
        );
        assert_eq!(repo.user().as_deref(), Some("N <n@example.com>"));
        let head = repo.head().unwrap().unwrap();
        assert_eq!(
            repo.read_blob(&head, &RepoPath::from("a"), 10)
                .unwrap()
                .as_deref(),
            Some(&b"2\n"[..])
        );
        assert_eq!(repo.list_paths(&head, 1).unwrap(), [RepoPath::from("a")]);
        assert_eq!(
            repo.work_tree(),
            Some(
                sandbox
                    .path("")
                    .components()
                    .collect::<std::path::PathBuf>()
                    .as_path()
            )
        );
        let opened = Repo::open(repo.git_dir(), None).unwrap();
        assert_eq!(opened.work_tree(), repo.work_tree());
        assert!(matches!(
            repo.resolve_commit("nope"),
            Err(GitError::UnknownRevision { .. })
        ));
    }
}

#[test]
fn an_unknown_extension_is_an_error_in_gits_words() {
    let sandbox = Sandbox::new();
    sandbox.git(&["config", "core.repositoryFormatVersion", "1"]);
    sandbox.git(&["config", "extensions.foobar", "1"]);
    let error = Repo::discover(&sandbox.path("")).err().unwrap();
    assert!(error.to_string().contains("foobar"), "{error}");
}

#[test]
fn replaced_objects_are_read_as_a_push_sends_them() {
    let sandbox = Sandbox::new();
    sandbox.write("a", "1\n");
    sandbox.commit("one");
    sandbox.write("a", "2\n");
    let two = sandbox.commit("two");
    sandbox.write("a", "3\n");
    let three = sandbox.commit("three");
    sandbox.git(&["replace", &two, &three]);
    let change = read(&sandbox.repo(), &commit(&two));
    assert_eq!(change.reader, Reader::Libgit2);
    assert_eq!(change.target.subject, "two");
    let git = sandbox.repo().with_plumbing("asked for");
    let change = read(&git, &commit(&two));
    assert_ne!(change.reader, Reader::Libgit2);
    assert_eq!(change.target.subject, "two");
}

#[test]
fn index_formats_that_libgit2_does_not_know() {
    let sandbox = Sandbox::new();
    sandbox.write("in/a", "1\n");
    sandbox.write("out/b", "1\n");
    sandbox.commit("one");
    sandbox.git(&["update-index", "--split-index"]);
    sandbox.write("in/a", "2\n");
    let change = read(&sandbox.repo(), &TargetSpec::Worktree);
    assert_eq!(names(&change), ["modified in/a"]);
    assert_ne!(change.reader, Reader::Libgit2);
    assert_eq!(
        read(&sandbox.repo(), &commit("HEAD")).reader,
        Reader::Libgit2
    );
    sandbox.git(&["update-index", "--no-split-index"]);
    sandbox.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "in"]);
    let change = read(&sandbox.repo(), &TargetSpec::Auto);
    assert_eq!(names(&change), ["modified in/a"]);
    assert_eq!(why(&change.reader), "sparse checkout");
}

#[test]
fn not_a_repository() {
    let place = tempfile::tempdir().unwrap();
    let error = Repo::discover(place.path()).err().unwrap();
    assert!(matches!(error, GitError::NotARepository { .. }), "{error}");
    assert!(matches!(
        Repo::open(place.path(), None).err().unwrap(),
        GitError::NotARepository { .. }
    ));
    let nowhere = place.path().join("no/such/place");
    assert!(matches!(
        Repo::discover(&nowhere).err().unwrap(),
        GitError::NotARepository { .. }
    ));
}

/// Only root can give a directory away; elsewhere there is nothing to test.
#[test]
fn another_owner_is_passed_on() {
    let sandbox = Sandbox::new();
    sandbox.commit("one");
    let places = [sandbox.path(""), sandbox.path(".git")];
    let other = Some(54_321);
    if places
        .iter()
        .any(|p| std::os::unix::fs::chown(p, other, other).is_err())
    {
        return;
    }
    for place in ["", ".git"] {
        let error = Repo::discover(&sandbox.path(place)).err().unwrap();
        assert!(
            matches!(error, GitError::DubiousOwnership { .. }),
            "{error}"
        );
    }
    let error = Repo::open(&sandbox.path(".git"), Some(&sandbox.path("")))
        .err()
        .unwrap();
    assert!(
        matches!(error, GitError::DubiousOwnership { .. }),
        "{error}"
    );
    std::fs::write(
        sandbox.path(".git/config"),
        "[core]\nrepositoryformatversion = 1\n[extensions]\nrefstorage = reftable\n",
    )
    .unwrap();
    let error = Repo::discover(&sandbox.path("")).err().unwrap();
    assert!(
        matches!(error, GitError::DubiousOwnership { .. }),
        "{error}"
    );
}

#[test]
fn blobs_are_read_without_following_links() {
    let sandbox = Sandbox::new();
    sandbox.write("dir/a", "text");
    std::os::unix::fs::symlink("dir/a", sandbox.path("link")).unwrap();
    sandbox.commit("one");
    for repo in [sandbox.repo(), sandbox.repo().with_plumbing("test")] {
        let head = repo.head().unwrap().unwrap();
        let blob = |path: &str, max: u64| repo.read_blob(&head, &RepoPath::from(path), max);
        assert_eq!(blob("dir/a", 4).unwrap().as_deref(), Some(&b"text"[..]));
        assert_eq!(blob("link", 10).unwrap(), None);
        assert_eq!(blob("dir", 10).unwrap(), None);
        assert_eq!(blob("dir/a/b", 10).unwrap(), None);
        assert_eq!(blob("", 10).unwrap(), None);
        assert!(matches!(
            blob("dir/a", 3),
            Err(GitError::TooLarge { bytes: 4, .. })
        ));
        assert_eq!(
            repo.list_paths(&head, 10).unwrap(),
            [RepoPath::from("dir/a"), RepoPath::from("link")]
        );
    }
}

#[test]
fn sequences_in_progress() {
    let sandbox = Sandbox::new();
    sandbox.commit("one");
    let repo = sandbox.repo();
    assert!(!repo.in_sequence());
    sandbox.write(".git/sequencer/todo", "pick 1 a\npick 2 b\n");
    assert!(repo.in_sequence());
    sandbox.write(".git/sequencer/todo", "pick 2 b\n# comment\n\n");
    assert!(!repo.in_sequence());
    std::fs::create_dir(sandbox.path(".git/rebase-merge")).unwrap();
    assert!(repo.in_sequence());
}
