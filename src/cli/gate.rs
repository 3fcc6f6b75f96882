//! `git agents gate`: the push gate by hand, and its past decisions.

use super::args::GateArgs;
use super::error::CommandError;
use super::{exit_code, output};
use crate::hooks;
use crate::text::escape;

pub(super) fn gate(args: &GateArgs) -> Result<u8, CommandError> {
    let workspace = super::here()?;
    if args.log {
        return log(&hooks::decisions(&workspace));
    }
    let verdict = hooks::judge_head(&workspace, &args.remote)?;
    if !verdict.held && verdict.why.is_empty() {
        output::note(&format!(
            "agents: nothing would stop a push (agents.gate = {})\n",
            verdict.gate
        ));
    }
    Ok(if verdict.held {
        exit_code::FINDINGS
    } else {
        exit_code::CLEAN
    })
}

fn log(decisions: &[hooks::GateRecord]) -> Result<u8, CommandError> {
    for decided in decisions {
        let at = jiff::Timestamp::from_second(decided.at)
            .map_or_else(|_| decided.at.to_string(), |t| t.to_string());
        let word = match (decided.bypass, decided.overridden, decided.held) {
            (Some(hooks::Bypass::NoHook), ..) => "pushed without asking the gate",
            (Some(hooks::Bypass::SwitchedOff), ..) => "pushed with the gate switched off once",
            (None, true, _) => "pushed although held",
            (None, false, true) => "held",
            (None, false, false) => "passed",
        };
        let tips: Vec<&str> = decided
            .tips
            .iter()
            .map(|tip| tip.get(..7).unwrap_or(tip))
            .collect();
        let mut why = decided.why.clone();
        for unreviewed in &decided.unreviewed {
            let told = format!("not reviewed: {unreviewed}");
            if !why.contains(&told) {
                why.push(told);
            }
        }
        let why = if why.is_empty() {
            String::new()
        } else {
            format!("  {}", why.join(", "))
        };
        let line = format!(
            "{at}  {word:<6}  {} to {} (agents.gate = {}){why}",
            tips.join(" "),
            decided.remote,
            decided.gate
        );
        output::stdout(&format!("{}\n", escape::line(&line)))?;
    }
    if decisions.is_empty() {
        output::note("agents: no push has been checked yet\n");
    }
    Ok(exit_code::CLEAN)
}
