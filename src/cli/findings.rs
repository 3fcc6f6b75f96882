//! `git agents findings`: what is known in this repository, whichever review found it.

use super::args::FindingsArgs;
use super::error::CommandError;
use super::{exit_code, output};
use crate::model::{FindingRecord, Tier};
use crate::text::escape;

pub(super) fn findings(args: &FindingsArgs) -> Result<u8, CommandError> {
    let workspace = super::here()?;
    let mut known = workspace.store.known_findings();
    if !args.all {
        known.retain(|finding| finding.status.is_open() && finding.tier != Tier::Maybe);
    }
    known.sort_by(|a, b| {
        b.severity
            .cmp(&a.severity)
            .then_with(|| a.file.cmp(&b.file))
            .then(a.line.cmp(&b.line))
    });
    for finding in &known {
        output::stdout(&if args.list.is_json() {
            json(finding)
        } else {
            row(finding)
        })?;
    }
    if known.is_empty() && !args.list.is_json() {
        output::note("agents: there are no open findings\n");
    }
    Ok(exit_code::CLEAN)
}

fn row(finding: &FindingRecord) -> String {
    let place = escape::line(&format!("{}:{}", finding.file, finding.line));
    let status = match finding.tier {
        Tier::Confirmed => finding.status.as_str().to_owned(),
        Tier::Likely => Tier::Likely.as_str().to_owned(),
        Tier::Maybe => format!("{}?", finding.status.as_str()),
    };
    let title = escape::line(&finding.title);
    format!(
        "{}  {:<8} {status:<10} {place}  {title}\n",
        finding.id.short(),
        finding.severity.as_str().to_uppercase()
    )
}

fn json(finding: &FindingRecord) -> String {
    let value = serde_json::json!({
        "id": finding.id.as_str(),
        "status": finding.status.as_str(),
        "tier": finding.tier.as_str(),
        "severity": finding.severity.as_str(),
        "title": finding.title,
        "file": finding.file,
        "line": finding.line,
        "first_run": finding.first_run.as_str(),
        "last_run": finding.last_run.as_str(),
        "fixed_by": finding.fixed_by.as_ref().map(|id| id.as_str()),
        "reason": finding.decision.as_ref().map(|d| d.reason.as_str()),
    });
    format!("{value}\n")
}
