#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::*;

fn dir() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o7777
}

fn pipe_at(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn replace_leaves_a_private_file_and_nothing_beside_it() {
    let dir = dir();
    let path = dir.path().join("a");
    fs::write(&path, "old").unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o666)).unwrap();
    replace(&path, b"new", Sync::Durable).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    assert_eq!(mode(&path), 0o600);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn replace_puts_a_file_where_a_link_stood_and_leaves_its_goal_alone() {
    let dir = dir();
    let (goal, link) = (dir.path().join("goal"), dir.path().join("link"));
    fs::write(&goal, "untouched").unwrap();
    symlink(&goal, &link).unwrap();
    replace(&link, b"ours", Sync::Lazy).unwrap();
    assert_eq!(fs::read(&goal).unwrap(), b"untouched");
    assert!(fs::symlink_metadata(&link).unwrap().is_file());
}

#[test]
fn a_failed_replace_keeps_the_old_content() {
    let dir = dir();
    let path = dir.path().join("a");
    fs::create_dir(&path).unwrap();
    assert!(replace(&path, b"new", Sync::Lazy).is_err());
    assert_eq!(
        fs::read_dir(dir.path()).unwrap().count(),
        1,
        "nothing unfinished stays"
    );
    assert!(replace(&dir.path().join("no/such"), b"", Sync::Lazy).is_err());
}

#[test]
fn of_several_creators_one_wins_with_its_whole_content() {
    let dir = dir();
    let path = dir.path().join("claim");
    let wins: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..12u8)
            .map(|n| {
                let path = &path;
                scope.spawn(move || match create_new(path, &[n; 4096]) {
                    Ok(()) => 1,
                    Err(e) => {
                        assert_eq!(e.kind(), io::ErrorKind::AlreadyExists);
                        let seen = fs::read(path).unwrap();
                        assert!(seen.len() == 4096 && seen.iter().all(|b| *b == seen[0]));
                        0
                    }
                })
            })
            .collect();
        threads.into_iter().map(|t| t.join().unwrap()).sum()
    });
    assert_eq!(wins, 1);
}

#[test]
fn reading_refuses_what_is_no_plain_file_and_what_is_too_large() {
    let dir = dir();
    let at = |name: &str| dir.path().join(name);
    fs::write(at("file"), "12345").unwrap();
    symlink(at("file"), at("link")).unwrap();
    pipe_at(&at("pipe"));
    assert_eq!(read_capped(&at("file"), 5).unwrap(), b"12345");
    assert_eq!(
        read_capped(&at("file"), 4).unwrap_err().kind(),
        io::ErrorKind::FileTooLarge
    );
    for name in ["link", "pipe", "."] {
        assert_eq!(
            read_capped(&at(name), 9).unwrap_err().kind(),
            io::ErrorKind::InvalidInput,
            "{name}"
        );
    }
    assert_eq!(
        read_capped(Path::new("/dev/zero"), 9).unwrap_err().kind(),
        io::ErrorKind::InvalidInput
    );
    assert_eq!(
        read_capped(&at("none"), 9).unwrap_err().kind(),
        io::ErrorKind::NotFound
    );
}

#[test]
fn the_end_of_a_long_file_is_read_and_all_of_a_short_one() {
    let dir = dir();
    let file = dir.path().join("file");
    fs::write(&file, "12345").unwrap();
    assert_eq!(read_tail(&file, 2).unwrap(), b"45");
    assert_eq!(read_tail(&file, 9).unwrap(), b"12345");
    symlink(&file, dir.path().join("link")).unwrap();
    assert_eq!(
        read_tail(&dir.path().join("link"), 9).unwrap_err().kind(),
        io::ErrorKind::InvalidInput
    );
}

#[test]
fn appending_closes_a_torn_line_and_refuses_links() {
    let dir = dir();
    let at = |name: &str| dir.path().join(name);
    append_line(&at("log"), b"one").unwrap();
    assert_eq!(mode(&at("log")), 0o600);
    let mut torn = OpenOptions::new().append(true).open(at("log")).unwrap();
    torn.write_all(b"to").unwrap();
    append_line(&at("log"), b"two").unwrap();
    assert_eq!(fs::read(at("log")).unwrap(), b"one\nto\ntwo\n");
    symlink(at("log"), at("link")).unwrap();
    pipe_at(&at("pipe"));
    fs::write(at("own"), "").unwrap();
    fs::hard_link(at("own"), at("second name")).unwrap();
    for name in ["link", "pipe", "second name"] {
        assert!(append_line(&at(name), b"x").is_err(), "{name}");
    }
}

#[test]
fn private_dirs_close_themselves_and_refuse_links_and_files() {
    let dir = dir();
    let at = |name: &str| dir.path().join(name);
    private_dir(&at("a")).unwrap();
    assert_eq!(mode(&at("a")), 0o700);
    fs::set_permissions(at("a"), Permissions::from_mode(0o755)).unwrap();
    private_dir(&at("a")).unwrap();
    assert_eq!(mode(&at("a")), 0o700);
    symlink(at("a"), at("link")).unwrap();
    fs::write(at("file"), "").unwrap();
    for name in ["link", "file"] {
        assert_eq!(
            private_dir(&at(name)).unwrap_err().kind(),
            io::ErrorKind::InvalidInput,
            "{name}"
        );
    }
    assert_eq!(
        private_dir(&at("no/such")).unwrap_err().kind(),
        io::ErrorKind::NotFound
    );
}

const VICTIM: &str = "GIT_AGENTS_TEST_REPLACE";

/// Not a test by itself: the process that [`a_killed_writer_leaves_old_or_new`] kills.
#[test]
fn writer_that_is_killed() {
    let Some(path) = std::env::var_os(VICTIM).map(PathBuf::from) else {
        return;
    };
    for round in 0u32.. {
        replace(&path, &whole(round), Sync::Lazy).unwrap();
    }
}

fn whole(round: u32) -> Vec<u8> {
    round.to_le_bytes().repeat(20_000)
}

#[test]
fn a_killed_writer_leaves_old_or_new() {
    let dir = dir();
    let path = dir.path().join("a");
    for _ in 0..12 {
        let mut writer = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "sys::files::tests::writer_that_is_killed",
                "--test-threads=1",
            ])
            .env(VICTIM, &path)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let before = fs::read(&path).ok();
        let begun = std::time::Instant::now();
        while fs::read(&path).ok() == before {
            assert!(begun.elapsed().as_secs() < 120, "the writer writes");
            std::thread::sleep(std::time::Duration::from_micros(100));
        }
        writer.kill().unwrap();
        writer.wait().unwrap();
        let left = fs::read(&path).unwrap();
        let round = u32::from_le_bytes(left[..4].try_into().unwrap());
        assert!(left == whole(round), "neither old nor new");
    }
    let strays = fs::read_dir(dir.path())
        .unwrap()
        .filter_map(Result::ok)
        .map(|e| e.file_name());
    assert!(
        strays
            .filter(|name| name != "a")
            .all(|name| name.to_string_lossy().starts_with(UNFINISHED))
    );
}
