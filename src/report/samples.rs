//! Reports for the tests.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use crate::model::*;

fn agent(name: &str, backend: &str, ending: Ending) -> AgentLine {
    let usage = Usage {
        model: Some("m-1".into()),
        tokens_in: Some(5200),
        tokens_out: Some(310),
        ..Usage::default()
    };
    let elapsed = Duration::from_secs(41);
    AgentLine {
        name: name.into(),
        backend: backend.into(),
        ending,
        elapsed,
        usage,
        estimate: Estimate::default(),
        tried: vec![],
        detail: None,
        advice: None,
    }
}

pub(crate) fn clean() -> Report {
    Report {
        run: RunId::parse("0192f3c4-5b6d-7e8f-9012-3456789abcde").unwrap(),
        target: Target {
            kind: TargetKind::Commit,
            base: ObjectId::parse(&"1a2b3c4d".repeat(5)),
            head: ObjectId::parse(&"3f2c1ab0".repeat(5)),
            subject: "cache the price table".into(),
            branch: Some("main".into()),
        },
        state: ReportState::Clean,
        findings: vec![],
        set_aside: vec![],
        lessons: vec![],
        agents: ["security", "performance", "retro"]
            .map(|n| agent(n, "claude", Ending::Answered))
            .into(),
        coverage: CoverageReport {
            files: 3,
            files_read: 3,
            hunks: 9,
            hunks_read: 9,
            ..CoverageReport::default()
        },
        lock_files: vec![],
        redacted: 0,
        verdict: Verdict {
            gate: "warn".into(),
            held: false,
            why: vec![],
        },
        notes: vec![],
        elapsed: Duration::from_secs(41),
        made_at: 1_790_000_000,
        reader: Reader::Libgit2,
        asked: AskedOptions::default(),
    }
}

pub(crate) fn tenant() -> Finding {
    Finding {
        id: FindingId::parse("7c1d00aa11bb22cc").unwrap(),
        tier: Tier::Confirmed,
        status: Status::Open,
        title: "cache key leaves out the tenant".into(),
        severity: Severity::High,
        confidence: 100,
        category: "CWE-639".into(),
        agents: vec!["performance".into(), "security".into()],
        fields: vec![AgentName::parse("security").unwrap()],
        path: "src/pricing.rs".into(),
        line_start: 88,
        line_end: 88,
        on_removed: false,
        quote: "    let key = format!(\"price:{sku}\");".into(),
        introduced: true,
        scenario: "Two tenants that ask for the same sku get each other's price; the second one \
                   to ask is shown what the first one pays."
            .into(),
        not_shown: None,
        fix: Some(Fix {
            advice: "put `tenant_id` in the key".into(),
            replacement: Some("    let key = format!(\"price:{tenant_id}:{sku}\");".into()),
        }),
        checks: vec!["quote stands".into(), "2 reviewers agree".into()],
    }
}

pub(crate) fn slow() -> Finding {
    Finding {
        id: FindingId::parse("7c1e00aa11bb22cc").unwrap(),
        title: "table is cloned for every request".into(),
        severity: Severity::Low,
        confidence: 75,
        category: "needless-copy".into(),
        agents: vec!["performance".into()],
        fields: vec![AgentName::parse("performance").unwrap()],
        line_start: 120,
        line_end: 122,
        quote: "let table = TABLE\n    .read()\n    .clone();".into(),
        scenario: "At 1000 requests a second it copies 40 MB a second.".into(),
        fix: None,
        checks: vec!["line corrected from 118 to 120".into()],
        ..tenant()
    }
}

pub(crate) fn findings() -> Report {
    let verdict = Verdict {
        gate: "high".into(),
        held: true,
        why: vec![Reason::Finding(tenant().id)],
    };
    let lesson = Lesson {
        title: "Cache key: tenant".into(),
        category: "security-issues".into(),
        problem_type: "security_issue".into(),
        module: "pricing".into(),
        tags: vec!["cache".into()],
        body: "Every key of a shared cache names the tenant.".into(),
    };
    Report {
        state: ReportState::Findings,
        findings: vec![tenant(), slow()],
        lessons: vec![lesson],
        verdict,
        ..clean()
    }
}

pub(crate) fn incomplete() -> Report {
    let mut security = agent("security", "claude", Ending::NotLoggedIn);
    security.usage = Usage::default();
    security.detail = Some("Error: please run /login\n\n".into());
    let mut retro = agent("retro", "offline", Ending::Answered);
    retro.tried = vec![(
        "codex".into(),
        Ending::RateLimited {
            retry_after: Some(Duration::from_secs(90)),
        },
    )];
    let unread = |hunk| NotReviewed {
        file: "src/pricing.rs".into(),
        hunk: HunkId(hunk),
        agent: "security".into(),
    };
    let skipped = |path: &str, reason| Skipped {
        path: path.into(),
        reason,
    };
    let coverage = CoverageReport {
        files: 1,
        files_read: 0,
        paths: Vec::new(),
        hunks: 5,
        hunks_read: 0,
        not_reviewed: (1..=5).map(unread).collect(),
        skipped: vec![
            skipped("data/big.json", SkipReason::TooLarge { bytes: 52_428_800 }),
            skipped("logo.png", SkipReason::Binary),
            skipped("icon.png", SkipReason::Binary),
            skipped("Cargo.lock", SkipReason::LockFile),
        ],
        nothing: None,
    };
    let lock = LockFileChange {
        path: "Cargo.lock".into(),
        ecosystem: "Cargo",
        changes: vec![DependencyChange {
            name: "left-pad".into(),
            version: VersionChange::Added("1.3.0".into()),
            source: Some("git+https://example.org/left-pad".into()),
            foreign_source: true,
            line: Some(12),
        }],
        incomplete: None,
    };
    Report {
        state: ReportState::Incomplete,
        agents: vec![
            security,
            agent("performance", "claude", Ending::Answered),
            retro,
        ],
        coverage,
        lock_files: vec![lock],
        notes: vec!["bin/run.rb: general checks only".into()],
        ..clean()
    }
}

pub(crate) fn mixed() -> Report {
    let id = |text| FindingId::parse(text).unwrap();
    let maybe = Finding {
        id: id("aaaa000000000001"),
        tier: Tier::Maybe,
        confidence: 50,
        title: "lock may be held too long".into(),
        ..slow()
    };
    let older = Finding {
        id: id("aaaa000000000002"),
        introduced: false,
        tier: Tier::Maybe,
        ..tenant()
    };
    let settled = Finding {
        id: id("bbbb000000000001"),
        status: Status::Dismissed,
        ..tenant()
    };
    let back = Finding {
        id: id("bbbb000000000002"),
        status: Status::Regressed,
        on_removed: true,
        fix: None,
        agents: vec!["security".into()],
        title: "check of the signature removed".into(),
        ..tenant()
    };
    let mut folded = slow();
    folded
        .checks
        .push("folded: below high in round 3 of reviews of this work".into());
    let set_aside = vec![SetAside {
        title: "eval of input".into(),
        agent: "security".into(),
        stage: Stage::Locate,
        why: "the quote is not in the file".into(),
    }];
    Report {
        findings: vec![tenant(), back, folded, maybe, older, settled],
        set_aside,
        ..incomplete()
    }
}
