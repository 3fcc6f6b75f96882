//! One finding for a terminal: in detail, and as the lines of a report.

use super::RenderOptions;
use super::layout::{Text, Tone, cut, dedent, paint, wrap};
use super::wording;
use crate::model::Finding;
use crate::text::escape::Untrusted;
use crate::text::plural::count;

pub(super) fn severity_word(finding: &Finding) -> String {
    finding.severity.as_str().to_ascii_uppercase()
}

pub(super) fn agents(finding: &Finding) -> String {
    Untrusted(&finding.agents.join(", ")).to_string()
}

/// A quote for a list of findings: its first lines, each cut to the room there is.
pub(super) fn quote(code: &str, indent: usize, room: usize, limit: usize) -> Vec<Text> {
    let lines = dedent(code);
    let gutter = || Text::indented(indent).tone(Tone::Dim, "|").plain("  ");
    let mut out: Vec<Text> = lines
        .iter()
        .take(limit)
        .map(|l| gutter().plain(&cut(l, room.saturating_sub(3))))
        .collect();
    if lines.len() > limit {
        out.push(gutter().tone(
            Tone::Dim,
            &format!("… {}", count(lines.len() - limit, "more line")),
        ));
    }
    out
}

/// Everything about one finding.
pub(super) fn detail(finding: &Finding, options: &RenderOptions) -> String {
    let width = options.width.max(20);
    let mut lines = Vec::new();
    let filled = |lines: &mut Vec<Text>, indent: usize, tone: Tone, text: &str| {
        let wrapped = wrap(text, width.saturating_sub(indent));
        lines.extend(wrapped.iter().map(|l| Text::indented(indent).tone(tone, l)));
    };
    let title = format!("{}  {}", severity_word(finding), finding.title);
    filled(&mut lines, 0, Tone::Severity(finding.severity), &title);
    filled(&mut lines, 0, Tone::Strong, &wording::place(finding));
    let age = if finding.introduced {
        ""
    } else {
        " · older, not from this change"
    };
    let (tier, status) = (finding.tier.as_str(), finding.status.as_str());
    let facts = format!(
        "{status} · {tier} · confidence {} · {}{age}",
        finding.confidence, finding.category
    );
    filled(&mut lines, 0, Tone::Plain, &facts);
    if let Some(step) = &finding.not_shown {
        filled(&mut lines, 0, Tone::Plain, &format!("not shown: {step}"));
    }
    filled(
        &mut lines,
        0,
        Tone::Dim,
        &format!("{} · {}", finding.id, finding.agents.join(", ")),
    );
    lines.push(Text::new());
    // code stands whole, however long its lines are: here it is read, and copied
    let code = |mark: &str, tone: Tone, text: &str| -> Vec<Text> {
        let line = |l: &String| Text::indented(2).tone(tone, mark).plain("  ").plain(l);
        dedent(text).iter().map(line).collect()
    };
    lines.extend(code("|", Tone::Dim, &finding.quote));
    for part in [
        Some(&finding.scenario),
        finding.fix.as_ref().map(|f| &f.advice),
    ]
    .into_iter()
    .flatten()
    {
        lines.push(Text::new());
        let lead = if std::ptr::eq(part, &finding.scenario) {
            ""
        } else {
            "fix: "
        };
        for (index, paragraph) in part.lines().enumerate() {
            let lead = if index == 0 { lead } else { "" };
            filled(&mut lines, 2, Tone::Plain, &format!("{lead}{paragraph}"));
        }
    }
    if let Some(replacement) = finding.fix.as_ref().and_then(|f| f.replacement.as_ref()) {
        lines.push(Text::new());
        lines.extend(code("+", Tone::Good, replacement));
    }
    if !finding.checks.is_empty() {
        lines.push(Text::new());
        for check in &finding.checks {
            filled(&mut lines, 2, Tone::Dim, &format!("checked: {check}"));
        }
    }
    paint(&lines, options.colour)
}
