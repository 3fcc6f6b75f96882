#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::ffi::OsStr;
use std::path::PathBuf;

use super::*;

const CHILD: &str = "GIT_AGENTS_TEST_LEADER";

fn shell(script: &str) -> Vec<OsString> {
    vec!["-c".into(), script.into()]
}

fn sh(script: &str, env: &[(OsString, OsString)]) -> Word {
    detach_and_hear(Path::new("/bin/sh"), &shell(script), env).unwrap()
}

/// Starts the program and blocks until it, and all that it started, closed its
/// output: however slow the machine is, and at once if one of them died.
fn start_and_wait(program: &Path, args: &[OsString], env: &[(OsString, OsString)]) -> String {
    let (mut listen, speak) = io::pipe().unwrap();
    start(program, args, env, speak.into()).unwrap();
    let mut said = String::new();
    listen.read_to_string(&mut said).unwrap();
    said
}

#[test]
fn the_word_of_the_child_is_heard() {
    assert_eq!(sh("printf +", &[]), Word::Ready);
    assert_eq!(sh("exit 3", &[]), Word::Silent);
    assert_eq!(sh("printf no", &[]), Word::Silent);
}

#[test]
fn a_child_that_says_nothing_is_not_waited_for() {
    let (listen, speak) = io::pipe().unwrap();
    assert_eq!(hear(listen, Duration::from_millis(5)), Word::Late);
    drop(speak);
}

#[test]
fn a_program_that_is_missing_is_an_error() {
    assert!(detach(Path::new("/no/such/program"), &[], &[]).is_err());
}

#[cfg(target_os = "linux")]
#[test]
fn nothing_but_the_named_environment_and_three_streams_gets_in() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    // a pipe without close-on-exec, as git and make hand them down
    let (leak, _other) = io::pipe().unwrap();
    rustix::io::fcntl_setfd(&leak, rustix::io::FdFlags::empty()).unwrap();
    let env = [
        ("OUT".into(), out.clone().into_os_string()),
        ("PATH".into(), "/usr/bin:/bin".into()),
    ];
    let leaked = format!("pipe:[{}]", rustix::fs::fstat(&leak).unwrap().st_ino);
    let script = "for fd in /proc/$$/fd/*; do echo \"${fd##*/} $(readlink $fd)\"; done >>$OUT; \
                  tr '\\0' '\\n' </proc/$$/environ >>$OUT; printf +";
    assert_eq!(
        start_and_wait(Path::new("/bin/sh"), &shell(script), &env),
        "+"
    );
    let seen = fs::read_to_string(&out).unwrap();
    assert!(
        seen.contains("0 /dev/null\n") && seen.contains("2 /dev/null\n"),
        "{seen}"
    );
    assert!(!seen.contains(&leaked), "{leaked} in {seen}");
    assert!(!seen.contains("HOME=") && !seen.contains("CARGO"), "{seen}");
}

/// Those that a process, or this one, may use; none where the system does not say.
#[cfg(target_os = "linux")]
fn processors(process: Option<Pid>) -> Vec<usize> {
    let Ok(set) = sched_getaffinity(process) else {
        return Vec::new();
    };
    (0..CpuSet::MAX_CPU)
        .filter(|cpu| set.is_set(*cpu))
        .collect()
}

/// The system does not say which.
#[cfg(not(target_os = "linux"))]
fn processors(_process: Option<Pid>) -> Vec<usize> {
    Vec::new()
}

/// Not a test by itself: the process that [`the_child_leads_its_own_session`] starts, and
/// that starts itself once more.
#[test]
fn child_side() {
    let Some(out) = std::env::var_os(CHILD).map(PathBuf::from) else {
        return;
    };
    if !leave(None) {
        return;
    }
    let facts = || {
        let nice = rustix::process::getpriority_process(None).unwrap();
        let place = std::env::current_dir().unwrap();
        format!(
            "{} {} {nice} {:?}",
            leads_session(),
            place.display(),
            processors(None)
        )
    };
    let once = facts();
    assert!(leave(None));
    assert_eq!(facts(), once, "a second time changes nothing");
    fs::write(&out, format!("{once}\n")).unwrap();
    tell();
}

#[test]
fn the_child_leads_its_own_session() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("facts");
    let args = [
        "--exact",
        "sys::process::tests::child_side",
        "--nocapture",
        "--test-threads=1",
    ]
    .map(OsString::from);
    let env = [(CHILD.into(), out.clone().into_os_string())];
    let said = start_and_wait(&std::env::current_exe().unwrap(), &args, &env);
    let left_free = processors(Some(Pid::INIT)).first().copied();
    let mut rest = processors(None);
    rest.retain(|processor| Some(*processor) != left_free);
    let allowed = if rest.is_empty() {
        processors(None)
    } else {
        rest
    };
    assert_eq!(
        fs::read_to_string(&out).expect(&said),
        format!("true / 19 {allowed:?}\n")
    );
}

/// As `docker exec` does it: the session of those inside was begun outside.
#[cfg(target_os = "linux")]
#[test]
fn the_child_leads_its_own_session_in_a_container() {
    let in_container = |program: &OsStr, args: &[&str]| {
        let mut unshare = Command::new("unshare");
        unshare
            .args([
                "--user",
                "--map-root-user",
                "--pid",
                "--fork",
                "--mount-proc",
                "--",
            ])
            .arg(program)
            .args(args);
        unshare.output()
    };
    if !in_container("true".as_ref(), &[]).is_ok_and(|output| output.status.success()) {
        // nobody may make a namespace here; the test above is what is left
        return;
    }
    let same = [
        "--exact",
        "sys::process::tests::the_child_leads_its_own_session",
    ];
    let output = in_container(std::env::current_exe().unwrap().as_os_str(), &same).unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("1 passed"), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn the_child_has_a_group_of_its_own_from_the_start() {
    let stat = start_and_wait(
        Path::new("/bin/sh"),
        &shell("read -r line </proc/$$/stat; echo \"$line\""),
        &[],
    );
    let fields: Vec<&str> = stat.split(' ').collect();
    assert_eq!(fields[0], fields[4], "{stat}");
}
