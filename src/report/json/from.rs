//! Wire → report. Every word is checked; nothing is guessed.

use std::time::Duration;

use super::wire as w;
use super::{ReadError, VERSION};
use crate::model::{
    AgentLine, AgentName, AskedOptions, CoverageReport, DependencyChange, Ending, EndingDetail,
    Estimate, Finding, FindingId, Fix, HunkId, Lesson, LockFileChange, NotReviewed, Nothing,
    ObjectId, Reader, Reason, RepoPath, Report, ReportState, RunId, SetAside, Severity, SkipReason,
    Skipped, Stage, Status, Target, TargetKind, Tier, Usage, Verdict, VersionChange,
};

type Read<T> = Result<T, ReadError>;

pub(super) fn report(wire: w::Wire) -> Read<Report> {
    let mut entries = Entries {
        newer: wire.version > VERSION,
        dropped: 0,
    };
    let mut report = Report {
        run: RunId::parse(&wire.run).ok_or_else(|| bad("run", &wire.run))?,
        target: target(wire.target)?,
        state: word(
            "state",
            &wire.state,
            &[
                ReportState::Clean,
                ReportState::Findings,
                ReportState::Incomplete,
            ],
            |s| s.as_str(),
        )?,
        findings: entries.read(wire.findings, finding)?,
        set_aside: entries.read(wire.set_aside, set_aside)?,
        lessons: entries.read(wire.lessons, |l| Ok(lesson(l)))?,
        agents: entries.read(wire.agents, agent)?,
        coverage: CoverageReport {
            files: count(wire.coverage.files),
            files_read: count(wire.coverage.files_read),
            paths: wire.coverage.paths,
            hunks: count(wire.coverage.hunks),
            hunks_read: count(wire.coverage.hunks_read),
            not_reviewed: entries.read(wire.coverage.not_reviewed, not_reviewed)?,
            skipped: entries.read(wire.coverage.skipped, skipped)?,
            nothing: wire.coverage.nothing.as_deref().and_then(Nothing::parse),
        },
        lock_files: entries.read(wire.lock_files, lock_file)?,
        redacted: count(wire.redacted),
        verdict: Verdict {
            gate: wire.verdict.gate,
            held: wire.verdict.held,
            why: entries.read(wire.verdict.why, reason)?,
        },
        notes: wire.notes,
        elapsed: Duration::from_millis(wire.elapsed_ms),
        made_at: wire.made_at,
        reader: reader(wire.reader)?,
        asked: AskedOptions {
            backend: wire.asked.backend,
            agents: wire.asked.agents,
            fail_on: wire.asked.fail_on.as_deref().and_then(Severity::parse),
            command: wire.asked.command,
        },
    };
    if entries.dropped > 0 {
        let entries = crate::text::plural::count(entries.dropped, "entry");
        report.notes.push(format!(
            "written by a newer version: {entries} not understood"
        ));
    }
    Ok(report)
}

/// Reads lists; in a report of a newer version an entry that is not understood is dropped.
struct Entries {
    newer: bool,
    dropped: usize,
}

impl Entries {
    fn read<W, T>(&mut self, wire: Vec<W>, one: impl Fn(W) -> Read<T>) -> Read<Vec<T>> {
        let mut all = Vec::with_capacity(wire.len());
        for entry in wire {
            match one(entry) {
                Ok(value) => all.push(value),
                Err(_) if self.newer => self.dropped += 1,
                Err(error) => return Err(error),
            }
        }
        Ok(all)
    }
}

fn bad(field: &'static str, value: &str) -> ReadError {
    ReadError::Value {
        field,
        value: value.chars().take(80).collect(),
    }
}

fn word<T: Copy>(
    field: &'static str,
    value: &str,
    all: &[T],
    name: impl Fn(&T) -> &'static str,
) -> Read<T> {
    all.iter()
        .find(|t| name(t) == value)
        .copied()
        .ok_or_else(|| bad(field, value))
}

fn count(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

fn path(text: String, hex: Option<String>) -> Read<RepoPath> {
    let Some(hex) = hex else {
        return Ok(RepoPath::new(text));
    };
    let pairs = hex.as_bytes().chunks(2);
    let byte = |pair: &[u8]| {
        let digits = std::str::from_utf8(pair).ok().filter(|p| p.len() == 2)?;
        u8::from_str_radix(digits, 16).ok()
    };
    let bytes: Option<Vec<u8>> = pairs.map(byte).collect();
    bytes
        .map(RepoPath::new)
        .ok_or_else(|| bad("file_hex", &hex))
}

fn target(t: w::Target) -> Read<Target> {
    let kinds = [
        TargetKind::Commit,
        TargetKind::Range,
        TargetKind::Worktree,
        TargetKind::Staged,
    ];
    let id = |field, text: Option<String>| match text {
        None => Ok(None),
        Some(text) => ObjectId::parse(&text)
            .map(Some)
            .ok_or_else(|| bad(field, &text)),
    };
    Ok(Target {
        kind: word("target.kind", &t.kind, &kinds, |k| k.as_str())?,
        base: id("target.base", t.base)?,
        head: id("target.head", t.head)?,
        subject: t.subject,
        branch: t.branch,
    })
}

fn finding(f: w::Finding) -> Read<Finding> {
    let statuses = [
        Status::Open,
        Status::Fixed,
        Status::Dismissed,
        Status::Regressed,
    ];
    let name = |text: &String| AgentName::parse(text).ok_or_else(|| bad("fields", text));
    Ok(Finding {
        id: FindingId::parse(&f.id).ok_or_else(|| bad("id", &f.id))?,
        tier: word(
            "tier",
            &f.tier,
            &[Tier::Confirmed, Tier::Likely, Tier::Maybe],
            |t| t.as_str(),
        )?,
        status: word("status", &f.status, &statuses, |s| s.as_str())?,
        title: f.title,
        severity: Severity::parse(&f.severity).ok_or_else(|| bad("severity", &f.severity))?,
        confidence: f.confidence,
        category: f.category,
        agents: f.agents,
        fields: f.fields.iter().map(name).collect::<Read<_>>()?,
        path: path(f.file, f.file_hex)?,
        line_start: f.line_start,
        line_end: f.line_end,
        on_removed: f.on_removed,
        quote: f.quote,
        introduced: f.introduced,
        scenario: f.scenario,
        not_shown: f.not_shown,
        fix: f.fix.map(|x| Fix {
            advice: x.advice,
            replacement: x.replacement,
        }),
        checks: f.checks,
    })
}

fn set_aside(s: w::SetAside) -> Read<SetAside> {
    let stages = [Stage::Decode, Stage::Locate, Stage::Merge];
    let stage = word("stage", &s.stage, &stages, |s| s.as_str())?;
    Ok(SetAside {
        title: s.title,
        agent: s.agent,
        stage,
        why: s.why,
    })
}

fn lesson(l: w::Lesson) -> Lesson {
    Lesson {
        title: l.title,
        category: l.category,
        problem_type: l.problem_type,
        module: l.module,
        tags: l.tags,
        body: l.body,
    }
}

fn agent(a: w::Agent) -> Read<AgentLine> {
    let tried = |t: w::Tried| Ok((t.backend, ending(t.ending)?));
    Ok(AgentLine {
        name: a.name,
        backend: a.backend,
        ending: ending(a.ending)?,
        elapsed: Duration::from_millis(a.ms),
        usage: Usage {
            model: a.model,
            tokens_in: a.tokens_in,
            tokens_cached: a.tokens_cached,
            tokens_out: a.tokens_out,
            cost: a.cost,
        },
        estimate: a.estimate.map_or_else(Estimate::default, |e| Estimate {
            tokens_in: e.tokens_in,
            tokens_out: e.tokens_out,
            cost: e.cost,
        }),
        tried: a.tried.into_iter().map(tried).collect::<Read<_>>()?,
        detail: a.detail,
        advice: a.advice,
    })
}

fn ending(e: w::Ending) -> Read<Ending> {
    let retry_after = e.retry_after_ms.map(Duration::from_millis);
    let detail = EndingDetail {
        number: e.code,
        why: e.why,
        retry_after,
    };
    Ending::parse(&e.outcome, detail).ok_or_else(|| bad("outcome", &e.outcome))
}

fn not_reviewed(n: w::NotReviewed) -> Read<NotReviewed> {
    let hunk = HunkId::parse(&n.hunk).ok_or_else(|| bad("hunk", &n.hunk))?;
    Ok(NotReviewed {
        file: n.file,
        hunk,
        agent: n.agent,
    })
}

fn skipped(s: w::Skipped) -> Read<Skipped> {
    let reason = match s.reason.as_str() {
        "binary" => SkipReason::Binary,
        "generated" => SkipReason::Generated,
        "vendored" => SkipReason::Vendored,
        "minified" => SkipReason::Minified,
        "too-large" => SkipReason::TooLarge {
            bytes: s.bytes.unwrap_or(0),
        },
        "over-budget" => SkipReason::OverBudget,
        "lock-file" => SkipReason::LockFile,
        "filtered" => SkipReason::Filtered,
        "missing" => SkipReason::Missing,
        "unreadable" => SkipReason::Unreadable(s.detail.unwrap_or_default()),
        other => return Err(bad("reason", other)),
    };
    Ok(Skipped {
        path: path(s.file, s.file_hex)?,
        reason,
    })
}

fn reason(r: w::Reason) -> Read<Reason> {
    match (r.finding, r.not_reviewed) {
        (Some(id), _) => FindingId::parse(&id)
            .map(Reason::Finding)
            .ok_or_else(|| bad("verdict.why", &id)),
        (None, Some(what)) => Ok(Reason::NotReviewed(what)),
        (None, None) => Err(bad("verdict.why", "")),
    }
}

fn lock_file(l: w::LockFile) -> Read<LockFileChange> {
    Ok(LockFileChange {
        path: path(l.file, l.file_hex)?,
        ecosystem: ecosystem(&l.ecosystem),
        changes: l.changes.into_iter().map(dependency).collect::<Read<_>>()?,
        incomplete: l.incomplete,
    })
}

/// The names that capture gives; the model lends them for ever, so a name that is none of them is `unknown`.
fn ecosystem(name: &str) -> &'static str {
    const KNOWN: [&str; 30] = [
        "Cargo",
        "npm",
        "yarn",
        "pnpm",
        "Bun",
        "Deno",
        "Poetry",
        "uv",
        "pip",
        "PDM",
        "Conda",
        "Go",
        "Bundler",
        "Composer",
        "NuGet",
        "Gradle",
        "Maven",
        "Swift",
        "CocoaPods",
        "Carthage",
        "Hex",
        "pub",
        "Nix",
        "Terraform",
        "Helm",
        "Conan",
        "vcpkg",
        "Stack",
        "Cabal",
        "Julia",
    ];
    KNOWN.into_iter().find(|k| *k == name).unwrap_or("unknown")
}

fn dependency(d: w::Dependency) -> Read<DependencyChange> {
    let version = match (d.change.as_str(), d.from, d.to) {
        ("added", _, Some(to)) => VersionChange::Added(to),
        ("removed", Some(from), _) => VersionChange::Removed(from),
        ("moved", Some(from), Some(to)) => VersionChange::Moved { from, to },
        ("source", _, Some(at)) => VersionChange::SourceChanged(at),
        (other, ..) => return Err(bad("change", other)),
    };
    Ok(DependencyChange {
        name: d.name,
        version,
        source: d.source,
        foreign_source: d.foreign_source,
        line: d.line,
    })
}

fn reader(r: w::Reader) -> Read<Reader> {
    match r.name.as_str() {
        "libgit2" => Ok(Reader::Libgit2),
        "git" => Ok(Reader::Plumbing {
            why: r.why.unwrap_or_default(),
        }),
        other => Err(bad("reader", other)),
    }
}
