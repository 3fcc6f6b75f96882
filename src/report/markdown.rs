//! A report as Markdown, for a file, a note, a comment.
//!
//! Promises: no word of a repository or a model becomes a link, an image, HTML,
//! a mention or the end of a code fence.

use super::RenderOptions;
use super::layout::dedent;
use super::wording;
use super::wording::Sections;
use crate::model::{Finding, Report, ReportState};
use crate::text::escape;

pub(super) fn report(report: &Report, options: &RenderOptions) -> String {
    let sections = Sections::of(report);
    let summary = wording::summary(report);
    let mut out = format!(
        "# {}\n\n{} {}\n",
        prose(&summary.name),
        bold(&summary.state()),
        prose(&summary.details)
    );
    for warning in wording::warnings(report) {
        out.push_str(&format!("\n{}\n", bold(&warning)));
    }
    incomplete(&mut out, report, options);
    let shown = |out: &mut String, title: &str, findings: &[&Finding]| {
        if !findings.is_empty() {
            out.push_str(&format!("\n## {title}\n"));
            findings
                .iter()
                .for_each(|f| finding(out, f, wording::short_id(report, f)));
        }
    };
    shown(&mut out, "Findings", &sections.shown);
    shown(
        &mut out,
        "Likely, but one step is not shown",
        &sections.likely,
    );
    if options.all {
        shown(&mut out, "Folded", &sections.folded);
        shown(&mut out, "Maybe", &sections.maybe);
        shown(&mut out, "Older, not from this change", &sections.older);
        shown(&mut out, "Dismissed or fixed", &sections.settled);
    }
    rest(&mut out, report, &sections, options);
    out
}

fn incomplete(out: &mut String, report: &Report, options: &RenderOptions) {
    if report.state != ReportState::Incomplete {
        return;
    }
    out.push_str("\n## Not reviewed\n\n");
    list(out, wording::gaps(report, options.all));
    for advice in wording::advice(report) {
        out.push_str(&format!("- to mend it: {}\n", prose(&advice)));
    }
    for (lead, command) in wording::remedies(report) {
        out.push_str(&format!("- {} {}\n", lead.trim_end(), code(&command)));
    }
}

fn finding(out: &mut String, finding: &Finding, id: &str) {
    let severity = finding.severity.as_str().to_ascii_uppercase();
    out.push_str(&format!("\n### {severity}: {}\n\n", prose(&finding.title)));
    let (place, agents) = (
        code(&wording::place(finding)),
        prose(&finding.agents.join(", ")),
    );
    let id = code(id);
    let (status, category) = (finding.status.as_str(), prose(&finding.category));
    out.push_str(&format!(
        "{place} · {agents} · {category} · confidence {} · {status} · {id}\n",
        finding.confidence
    ));
    fenced(out, &finding.quote);
    if !finding.scenario.trim().is_empty() {
        out.push_str(&format!("\n{}\n", prose(&finding.scenario)));
    }
    if let Some(step) = &finding.not_shown {
        out.push_str(&format!("\n**not shown:** {}\n", prose(step)));
    }
    if let Some(fix) = &finding.fix {
        out.push_str(&format!("\n**fix:** {}\n", prose(&fix.advice)));
        if let Some(replacement) = &fix.replacement {
            fenced(out, replacement);
        }
    }
}

fn rest(out: &mut String, report: &Report, sections: &Sections, options: &RenderOptions) {
    let mut lines: Vec<String> = Vec::new();
    lines.extend(
        report
            .agents
            .iter()
            .filter(|a| !wording::is_gap(a))
            .filter_map(wording::trouble),
    );
    lines.extend(
        report
            .lessons
            .iter()
            .map(|l| format!("lesson proposed: {}", l.path())),
    );
    for lock in &report.lock_files {
        lines.push(wording::lock_file(lock));
        if options.all {
            lines.extend(lock.changes.iter().map(wording::dependency));
        }
    }
    lines.extend(wording::left_out(report));
    lines.extend(
        wording::notes(report)
            .into_iter()
            .map(|n| format!("note: {n}")),
    );
    if options.all {
        let skipped = report
            .coverage
            .skipped
            .iter()
            .filter(|s| !s.reason.is_gap());
        lines.extend(
            skipped.map(|s| format!("left out: {} ({})", s.path.to_text(), s.reason.describe())),
        );
        let aside = |s: &crate::model::SetAside| {
            format!(
                "set aside ({}, {}): {}: {}",
                s.agent,
                s.stage.as_str(),
                s.title,
                s.why
            )
        };
        lines.extend(report.set_aside.iter().map(aside));
    } else if !sections.hidden().is_empty() {
        lines.push(format!("not shown: {}", sections.hidden().join("; ")));
    }
    lines.extend(wording::verdict(report));
    if !lines.is_empty() {
        out.push_str("\n## Besides\n\n");
        list(out, lines);
    }
}

fn list(out: &mut String, lines: Vec<String>) {
    for line in lines {
        out.push_str(&format!("- {}\n", prose(&line)));
    }
}

fn bold(text: &str) -> String {
    format!("**{}**", prose(text))
}

/// Prose on one line, with everything that Markdown or GitHub would act on taken its power.
fn prose(text: &str) -> String {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let text = escape::line(&words.join(" "));
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let next = rest.peek().copied();
        // `1.` and `1)` open a list, `www.` a link
        let opens = || out.bytes().all(|b| b.is_ascii_digit());
        let www = || {
            out.get(out.len().saturating_sub(3)..)
                .is_some_and(|end| end.eq_ignore_ascii_case("www"))
        };
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // mentions and references are made from the rendered text: only a break in it helps
            '@' => out.push_str("@<!-- -->"),
            '#' if next.is_some_and(|n| n.is_ascii_digit()) => out.push_str("#<!-- -->"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '{' | '}' | '!' | '#' | '|' | '~' | '$' => {
                out.extend(['\\', c]);
            }
            ':' if next.is_some_and(|n| !n.is_whitespace()) => out.extend(['\\', c]),
            '-' | '+' | '=' if out.is_empty() => out.extend(['\\', c]),
            '.' | ')' if opens() || www() => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
    out
}

/// A code span that its content cannot end.
fn code(text: &str) -> String {
    let text = escape::line(text);
    let fence = "`".repeat(longest_run(&text) + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// A code block that its content cannot end.
fn fenced(out: &mut String, text: &str) {
    let lines: Vec<String> = dedent(text).iter().map(|l| escape::line(l)).collect();
    if lines.is_empty() {
        return;
    }
    let longest = lines.iter().map(|l| longest_run(l)).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    out.push_str(&format!("\n{fence}text\n{}\n{fence}\n", lines.join("\n")));
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn untrusted_words_have_no_power() {
        for (input, output) in [
            (
                "![x](https://e.vil/p.png)",
                r"\!\[x\](https\://e.vil/p.png)",
            ),
            ("<img src=x onerror=y>", "&lt;img src=x onerror=y&gt;"),
            ("www.evil.com and a@b.c", r"www\.evil.com and a@<!-- -->b.c"),
            ("# h\n- l\n1. n", r"\# h - l 1. n"),
            ("12. n", r"12\. n"),
            ("see #12: x:y", r"see #<!-- -->12: x\:y"),
            ("WWW.e.com", r"WWW\.e.com"),
            ("- item", r"\- item"),
            ("`code` \\` &lt;", r"\`code\` \\\` &amp;lt;"),
            ("a\x1b]0;t\x07\u{202e}", r"a^\[\]0;t^G&lt;U+202E&gt;"),
        ] {
            assert_eq!(prose(input), output);
        }
    }

    #[test]
    fn code_cannot_end_itself() {
        assert_eq!(code("a``b"), "```a``b```");
        assert_eq!(code("`"), "`` ` ``");
        let mut out = String::new();
        fenced(&mut out, "````\nx");
        assert_eq!(out, "\n`````text\n````\nx\n`````\n");
    }
}
