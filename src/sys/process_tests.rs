#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::path::PathBuf;
use std::thread;

use super::*;

const CHILD: &str = "GIT_AGENTS_TEST_LEADER";

fn shell(script: &str) -> Vec<OsString> {
    vec!["-c".into(), script.into()]
}

fn sh(script: &str, env: &[(OsString, OsString)]) -> Detached {
    detach(Path::new("/bin/sh"), &shell(script), env).unwrap()
}

fn wait_for(path: &Path) -> String {
    let begun = Instant::now();
    loop {
        match fs::read_to_string(path) {
            Ok(text) if text.ends_with('\n') => return text,
            _ => assert!(begun.elapsed().as_secs() < 120, "`{}` never came", path.display()),
        }
        thread::yield_now();
    }
}

#[test]
fn the_word_of_the_child_is_heard() {
    assert_eq!(sh("printf +", &[]).word, Word::Ready);
    assert_eq!(sh("exit 3", &[]).word, Word::Silent);
    assert_eq!(sh("printf no", &[]).word, Word::Silent);
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
    let env = [("OUT".into(), out.clone().into_os_string()), ("PATH".into(), "/usr/bin:/bin".into())];
    let leaked = format!("pipe:[{}]", rustix::fs::fstat(&leak).unwrap().st_ino);
    let script = "for fd in /proc/$$/fd/*; do echo \"${fd##*/} $(readlink $fd)\"; done >>$OUT.part; \
                  tr '\\0' '\\n' </proc/$$/environ >>$OUT.part; mv $OUT.part $OUT; printf +";
    assert_eq!(sh(script, &env).word, Word::Ready);
    let seen = wait_for(&out);
    assert!(seen.contains("0 /dev/null\n") && seen.contains("2 /dev/null\n"), "{seen}");
    assert!(!seen.contains(&leaked), "{leaked} in {seen}");
    assert!(!seen.contains("HOME=") && !seen.contains("CARGO"), "{seen}");
}

/// Not a test by itself: the process that [`the_child_leads_its_own_session`] starts.
#[test]
fn child_side() {
    let Some(out) = std::env::var_os(CHILD).map(PathBuf::from) else { return };
    let ready = become_session_leader().unwrap();
    lower_priority();
    let nice = rustix::process::getpriority_process(None).unwrap();
    let facts = format!("{} {} {nice}", getsid(None) == Ok(getpid()), std::env::current_dir().unwrap().display());
    ready.tell();
    drop(become_session_leader().expect("a second time changes nothing"));
    fs::write(&out, format!("{facts}\n")).unwrap();
    // outlives the pipe: the starter must see its end at once all the same
    let gone = out.with_extension("go");
    let begun = Instant::now();
    while !gone.exists() && begun.elapsed().as_secs() < 120 {
        thread::yield_now();
    }
}

#[test]
fn the_child_leads_its_own_session() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("facts");
    let args = ["--exact", "sys::process::tests::child_side", "--nocapture", "--test-threads=1"];
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(args)
        .env(CHILD, &out)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let facts = wait_for(&out);
    assert_eq!(facts, "true / 19\n");
    let mut heard = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut heard).unwrap();
    assert!(heard.ends_with(b"+"), "{}", String::from_utf8_lossy(&heard));
    assert!(child.try_wait().unwrap().is_none(), "the pipe ended while the child lives");
    fs::write(out.with_extension("go"), "").unwrap();
    assert!(child.wait().unwrap().success());
}
