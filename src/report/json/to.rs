//! Report → wire.

use std::time::Duration;

use super::VERSION;
use super::wire as w;
use crate::model::digest::hexadecimal;
use crate::model::{
    AgentLine, CoverageReport, DependencyChange, Ending, EndingDetail, Finding, LockFileChange,
    Reader, Reason, RepoPath, Report, SkipReason, Skipped, Target, Verdict, VersionChange,
};

pub(super) fn wire(report: &Report) -> w::Wire {
    w::Wire {
        version: VERSION,
        run: report.run.as_str().to_owned(),
        state: report.state.as_str().to_owned(),
        target: target(&report.target),
        findings: report.findings.iter().map(finding).collect(),
        set_aside: report.set_aside.iter().map(set_aside).collect(),
        lessons: report.lessons.iter().map(lesson).collect(),
        agents: report.agents.iter().map(agent).collect(),
        coverage: coverage(&report.coverage),
        redacted: report.redacted as u64,
        verdict: verdict(&report.verdict),
        lock_files: report.lock_files.iter().map(lock_file).collect(),
        notes: report.notes.clone(),
        elapsed_ms: ms(report.elapsed),
        made_at: report.made_at,
        reader: reader(&report.reader),
        asked: w::Asked {
            backend: report.asked.backend.clone(),
            agents: report.asked.agents.clone(),
            fail_on: report.asked.fail_on.map(|bar| bar.as_str().to_owned()),
            command: report.asked.command.clone(),
        },
    }
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn hex(path: &RepoPath) -> Option<String> {
    let bytes = path.as_bytes();
    std::str::from_utf8(bytes)
        .is_err()
        .then(|| hexadecimal(bytes))
}

fn target(target: &Target) -> w::Target {
    w::Target {
        kind: target.kind.as_str().to_owned(),
        base: target.base.as_ref().map(|id| id.as_str().to_owned()),
        head: target.head.as_ref().map(|id| id.as_str().to_owned()),
        subject: target.subject.clone(),
        branch: target.branch.clone(),
    }
}

fn finding(f: &Finding) -> w::Finding {
    w::Finding {
        id: f.id.as_str().to_owned(),
        tier: f.tier.as_str().to_owned(),
        status: f.status.as_str().to_owned(),
        title: f.title.clone(),
        severity: f.severity.as_str().to_owned(),
        confidence: f.confidence,
        category: f.category.clone(),
        agents: f.agents.clone(),
        fields: f.fields.iter().map(|a| a.as_str().to_owned()).collect(),
        file: f.path.to_text(),
        file_hex: hex(&f.path),
        line_start: f.line_start,
        line_end: f.line_end,
        on_removed: f.on_removed,
        quote: f.quote.clone(),
        introduced: f.introduced,
        scenario: f.scenario.clone(),
        not_shown: f.not_shown.clone(),
        fix: f.fix.as_ref().map(|x| w::Fix {
            advice: x.advice.clone(),
            replacement: x.replacement.clone(),
        }),
        checks: f.checks.clone(),
    }
}

fn set_aside(s: &crate::model::SetAside) -> w::SetAside {
    w::SetAside {
        title: s.title.clone(),
        agent: s.agent.clone(),
        stage: s.stage.as_str().to_owned(),
        why: s.why.clone(),
    }
}

fn lesson(l: &crate::model::Lesson) -> w::Lesson {
    w::Lesson {
        title: l.title.clone(),
        category: l.category.clone(),
        problem_type: l.problem_type.clone(),
        module: l.module.clone(),
        tags: l.tags.clone(),
        body: l.body.clone(),
    }
}

fn agent(line: &AgentLine) -> w::Agent {
    let tried = |(backend, end): &(String, Ending)| w::Tried {
        backend: backend.clone(),
        ending: ending(end),
    };
    w::Agent {
        name: line.name.clone(),
        backend: line.backend.clone(),
        model: line.usage.model.clone(),
        ending: ending(&line.ending),
        ms: ms(line.elapsed),
        tokens_in: line.usage.tokens_in,
        tokens_cached: line.usage.tokens_cached,
        tokens_out: line.usage.tokens_out,
        cost: line.usage.cost,
        estimate: (!line.estimate.is_empty()).then_some(w::Estimate {
            tokens_in: line.estimate.tokens_in,
            tokens_out: line.estimate.tokens_out,
            cost: line.estimate.cost,
        }),
        tried: line.tried.iter().map(tried).collect(),
        detail: line.detail.clone(),
        advice: line.advice.clone(),
    }
}

fn ending(ending: &Ending) -> w::Ending {
    let EndingDetail {
        number,
        why,
        retry_after,
    } = ending.detail();
    w::Ending {
        outcome: ending.as_str().to_owned(),
        code: number,
        why,
        retry_after_ms: retry_after.map(ms),
    }
}

fn coverage(c: &CoverageReport) -> w::Coverage {
    let not_reviewed = |n: &crate::model::NotReviewed| w::NotReviewed {
        file: n.file.clone(),
        hunk: n.hunk.to_string(),
        agent: n.agent.clone(),
    };
    w::Coverage {
        files: c.files as u64,
        files_read: c.files_read as u64,
        paths: c.paths.clone(),
        hunks: c.hunks as u64,
        hunks_read: c.hunks_read as u64,
        not_reviewed: c.not_reviewed.iter().map(not_reviewed).collect(),
        skipped: c.skipped.iter().map(skipped).collect(),
        nothing: c.nothing.map(|nothing| nothing.as_str().to_owned()),
    }
}

fn skipped(s: &Skipped) -> w::Skipped {
    let (bytes, detail) = match &s.reason {
        SkipReason::TooLarge { bytes } => (Some(*bytes), None),
        SkipReason::Unreadable(why) => (None, Some(why.clone())),
        SkipReason::Binary
        | SkipReason::Generated
        | SkipReason::Vendored
        | SkipReason::Minified
        | SkipReason::OverBudget
        | SkipReason::LockFile
        | SkipReason::Filtered
        | SkipReason::Missing => (None, None),
    };
    w::Skipped {
        file: s.path.to_text(),
        file_hex: hex(&s.path),
        why: s.reason.describe(),
        reason: reason_word(&s.reason).to_owned(),
        bytes,
        detail,
        gap: s.reason.is_gap(),
    }
}

fn reason_word(reason: &SkipReason) -> &'static str {
    match reason {
        SkipReason::Binary => "binary",
        SkipReason::Generated => "generated",
        SkipReason::Vendored => "vendored",
        SkipReason::Minified => "minified",
        SkipReason::TooLarge { .. } => "too-large",
        SkipReason::OverBudget => "over-budget",
        SkipReason::LockFile => "lock-file",
        SkipReason::Filtered => "filtered",
        SkipReason::Missing => "missing",
        SkipReason::Unreadable(_) => "unreadable",
    }
}

fn verdict(v: &Verdict) -> w::Verdict {
    let reason = |r: &Reason| match r {
        Reason::Finding(id) => w::Reason {
            finding: Some(id.as_str().to_owned()),
            not_reviewed: None,
        },
        Reason::NotReviewed(what) => w::Reason {
            finding: None,
            not_reviewed: Some(what.clone()),
        },
    };
    w::Verdict {
        gate: v.gate.clone(),
        held: v.held,
        why: v.why.iter().map(reason).collect(),
    }
}

fn lock_file(l: &LockFileChange) -> w::LockFile {
    w::LockFile {
        file: l.path.to_text(),
        file_hex: hex(&l.path),
        ecosystem: l.ecosystem.to_owned(),
        changes: l.changes.iter().map(dependency).collect(),
        incomplete: l.incomplete.clone(),
    }
}

fn dependency(d: &DependencyChange) -> w::Dependency {
    let (change, from, to) = match &d.version {
        VersionChange::Added(to) => ("added", None, Some(to)),
        VersionChange::Removed(from) => ("removed", Some(from), None),
        VersionChange::Moved { from, to } => ("moved", Some(from), Some(to)),
        VersionChange::SourceChanged(at) => ("source", None, Some(at)),
    };
    w::Dependency {
        name: d.name.clone(),
        change: change.to_owned(),
        from: from.cloned(),
        to: to.cloned(),
        source: d.source.clone(),
        foreign_source: d.foreign_source,
        line: d.line,
    }
}

fn reader(r: &Reader) -> w::Reader {
    match r {
        Reader::Libgit2 => w::Reader {
            name: "libgit2".into(),
            why: None,
        },
        Reader::Plumbing { why } => w::Reader {
            name: "git".into(),
            why: Some(why.clone()),
        },
    }
}
