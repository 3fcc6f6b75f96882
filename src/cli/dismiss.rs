//! `git agents dismiss` and `reopen`: a person's decision on a finding, kept by fingerprint.

use super::args::{DismissArgs, FindingArg};
use super::error::Failure;
use super::{exit_code, output, runs};
use crate::model::{Decision, DismissKind, Status};
use crate::sys::clock;
use crate::text::escape;

pub(super) fn dismiss(args: &DismissArgs) -> Result<u8, Failure> {
    if args.reason.trim().is_empty() {
        return Err(Failure::usage("a dismissal needs a reason").hint(format!(
            "`git agents dismiss {} --reason \"checked by the caller\"`",
            args.finding
        )));
    }
    let session = super::here()?;
    let mut finding = runs::known(&session, &args.finding)?;
    finding.status = Status::Dismissed;
    finding.decision = Some(Decision {
        kind: DismissKind::parse(&args.kind).unwrap_or(DismissKind::Accepted),
        reason: args.reason.trim().to_owned(),
        who: session.repo.user().unwrap_or_else(|| "unknown".to_owned()),
        when: clock::now(),
    });
    session.store.save_known(&finding)?;
    let (id, title) = (finding.id.short(), escape::line(&finding.title));
    output::stderr(&format!(
        "agents: dismissed {id} \"{title}\"; `git agents reopen {id}` takes it back\n"
    ));
    Ok(exit_code::CLEAN)
}

pub(super) fn reopen(args: &FindingArg) -> Result<u8, Failure> {
    let session = super::here()?;
    let mut finding = runs::known(&session, &args.finding)?;
    if finding.status != Status::Dismissed {
        return Err(Failure::usage(format!(
            "finding {} is not dismissed",
            finding.id.short()
        )));
    }
    finding.status = Status::Open;
    finding.decision = None;
    session.store.save_known(&finding)?;
    output::stderr(&format!(
        "agents: reopened {} \"{}\"\n",
        finding.id.short(),
        escape::line(&finding.title)
    ));
    Ok(exit_code::CLEAN)
}
