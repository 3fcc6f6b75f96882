//! Changes, replies and results for the tests of this stage.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use super::JobResult;
use crate::model::*;

/// A file from a diff in small: `+` added, `-` removed, space in both; `@` starts the next hunk at old,new.
pub(super) fn file(path: &str, diff: &str) -> FileChange {
    let mut file = samples::file(path);
    let (mut old, mut new) = (1, 1);
    for line in diff.lines() {
        let (mark, text) = line.split_at(1);
        if mark == "@" {
            let (from, to) = text.split_once(',').unwrap();
            (old, new) = (from.parse().unwrap(), to.parse().unwrap());
        }
        if mark == "@" || file.hunks.is_empty() {
            let hunk = Hunk {
                id: HunkId(0),
                old_start: old,
                old_count: 0,
                new_start: new,
                new_count: 0,
                section: String::new(),
                lines: Vec::new(),
            };
            file.hunks.push(hunk);
        }
        let kind = match mark {
            "+" => LineKind::Added,
            "-" => LineKind::Removed,
            " " => LineKind::Context,
            _ => continue,
        };
        let (in_old, in_new) = (kind != LineKind::Added, kind != LineKind::Removed);
        let line = Line {
            kind,
            old_number: in_old.then_some(old),
            new_number: in_new.then_some(new),
            text: text.as_bytes().to_vec(),
            no_newline: false,
        };
        file.hunks.last_mut().unwrap().lines.push(line);
        old += u32::from(in_old);
        new += u32::from(in_new);
    }
    file
}

/// A change of these files, hunks numbered.
pub(super) fn change(mut files: Vec<FileChange>) -> Change {
    let hunks = files.iter_mut().flat_map(|f| &mut f.hunks);
    hunks
        .zip(1..)
        .for_each(|(hunk, number)| hunk.id = HunkId(number));
    let id = ObjectId::parse(&"3f2c1ab0".repeat(5)).unwrap();
    Change {
        target: Target {
            kind: TargetKind::Commit,
            base: None,
            head: Some(id),
            subject: "cache the price table".into(),
            branch: Some("main".into()),
        },
        commit_count: 1,
        ..samples::change(files)
    }
}

pub(super) fn proposal(file: &str, line: u32, quote: &str) -> Proposal {
    Proposal {
        title: "SQL built from user input".into(),
        severity: Severity::High,
        confidence: 75,
        category: "CWE-89".into(),
        file: file.into(),
        line_start: line,
        line_end: line,
        quote: quote.into(),
        scenario: "name = \"'; drop table\" runs it".into(),
        fix: None,
    }
}

pub(super) fn reply(proposals: Vec<Proposal>, coverage: &[u32]) -> Reply {
    Reply {
        proposals,
        coverage: coverage.iter().map(|n| HunkId(*n)).collect(),
        ..Reply::default()
    }
}

/// `security`, `retro-fresh`, `security.2`; `security@offline` speaks as the embedded reviewer.
pub(super) fn result(job: &str, given: &[u32], reply: Option<Reply>) -> JobResult {
    let (job, reviewer) = job.split_once('@').unwrap_or((job, ""));
    let (name, chunk) = job
        .split_once('.')
        .map_or((job, 1), |(n, c)| (n, c.parse().unwrap()));
    let (agent, perspective) = match name.strip_suffix("-fresh") {
        Some(agent) => (agent, Perspective::Fresh),
        None => (name, Perspective::Informed),
    };
    let ending = if reply.is_some() {
        Ending::Answered
    } else {
        Ending::NotLoggedIn
    };
    JobResult {
        job: JobId {
            agent: AgentName::parse(agent).unwrap(),
            perspective,
            chunk,
        },
        reviewer: if reviewer.is_empty() {
            agent.into()
        } else {
            reviewer.into()
        },
        line: AgentLine {
            name: job.into(),
            backend: "claude".into(),
            ending,
            elapsed: Duration::from_secs(1),
            usage: Usage::default(),
            estimate: Estimate::default(),
            tried: Vec::new(),
            detail: None,
            advice: None,
        },
        given: given.iter().map(|n| HunkId(*n)).collect(),
        counts_for_coverage: reviewer.is_empty(),
        reply,
    }
}

/// `src/db.py`: one hunk at 10, line 12 added, a removed one before it; the whole file around.
pub(super) fn db() -> FileChange {
    let diff = "@10,10\n def find(name):\n     cur = db.cursor()\n-    cur.execute(SAFE, name)\n\
                +    cur.execute(\"select * from t where n = '\" + name)\n     return cur.fetchall()\n ";
    let mut db = file("src/db.py", diff);
    let mut text = "import db\n\nA = 1\nB = 2\nC = 3\nD = 4\nE = 5\nF = 6\n\n".to_owned();
    text.push_str("def find(name):\n    cur = db.cursor()\n");
    text.push_str(
        "    cur.execute(\"select * from t where n = '\" + name)\n    return cur.fetchall()\n\n",
    );
    text.push_str("def other(name):\n    return eval(name)\n");
    db.new_text = Some(text.into_bytes());
    db
}

pub(super) const QUOTE: &str = "cur.execute(\"select * from t where n = '\" + name)";
