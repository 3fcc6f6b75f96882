//! A report for a terminal: what must be done first, one screen, nothing twice.

use unicode_width::UnicodeWidthStr;

use super::RenderOptions;
use super::finding::{agents, quote, severity_word};
use super::layout::{Text, Tone, paint, wrap};
use super::wording;
use super::wording::Sections;
use crate::model::{Finding, Report, ReportState, Status};
use crate::text::plural::count;

/// Lines of a quote before it is cut.
const QUOTE_LINES: usize = 6;
/// Notes shown without `all`.
const NOTES: usize = 3;

pub(super) fn report(report: &Report, options: &RenderOptions) -> String {
    let page = Page::new(report, options);
    let sections = Sections::of(report);
    let mut entries = page.entries(None, &sections.shown);
    entries.extend(page.entries(Some("LIKELY, but one step is not shown"), &sections.likely));
    if options.all {
        entries.extend(page.entries(Some("FOLDED"), &sections.folded));
        entries.extend(page.entries(Some("MAYBE"), &sections.maybe));
        entries.extend(page.entries(Some("OLDER, not from this change"), &sections.older));
        entries.extend(page.entries(Some("DISMISSED OR FIXED"), &sections.settled));
    }
    let (mut heading, tail) = (page.heading(), page.tail(&sections));
    heading.extend(
        wording::warnings(report)
            .iter()
            .flat_map(|warning| page.filled(Tone::Bad, warning)),
    );
    let lines = match options.max_lines {
        None => whole(heading, entries, tail),
        Some(limit) => page.fit(heading, entries, tail, limit),
    };
    paint(&lines, options.colour)
}

/// Lines that belong together.
type Block = Vec<Text>;

/// A finding, or the title of a group of them.
struct Entry {
    /// All of it.
    full: Block,
    /// Its first lines, for a screen that is too small.
    short: Block,
}

fn whole(heading: Block, entries: Vec<Entry>, tail: Block) -> Block {
    let mut lines = heading;
    for entry in entries {
        lines.push(Text::new());
        lines.extend(entry.full);
    }
    append_apart(&mut lines, tail);
    lines
}

fn append_apart(lines: &mut Block, more: Block) {
    if !more.is_empty() {
        lines.push(Text::new());
        lines.extend(more);
    }
}

struct Page<'a> {
    report: &'a Report,
    options: &'a RenderOptions,
    width: usize,
}

impl<'a> Page<'a> {
    fn new(report: &'a Report, options: &'a RenderOptions) -> Self {
        Self {
            report,
            options,
            width: options.width.max(20),
        }
    }

    fn heading(&self) -> Block {
        let summary = wording::summary(self.report);
        let tone = match self.report.state {
            ReportState::Clean if self.report.coverage.nothing.is_some() => Tone::Plain,
            ReportState::Clean => Tone::Good,
            ReportState::Incomplete => Tone::Bad,
            ReportState::Findings => Tone::Strong,
        };
        let line = Text::new()
            .plain(&summary.name)
            .plain(" ")
            .tone(tone, &summary.state());
        let one = line.clone().plain("   ").tone(Tone::Dim, &summary.details);
        if one.width() <= self.width {
            return vec![one];
        }
        let mut lines = if line.width() <= self.width {
            vec![line]
        } else {
            self.broken_heading(&summary, tone)
        };
        let details = wrap(&summary.details, self.width.saturating_sub(2));
        lines.extend(details.iter().map(|l| Text::indented(2).tone(Tone::Dim, l)));
        lines
    }

    fn broken_heading(&self, summary: &wording::Summary, tone: Tone) -> Block {
        let name = wrap(&summary.name, self.width)
            .into_iter()
            .map(|l| Text::new().plain(&l));
        let state = wrap(&summary.state(), self.width.saturating_sub(2));
        name.chain(state.into_iter().map(|l| Text::indented(2).tone(tone, &l)))
            .collect()
    }

    fn entries(&self, title: Option<&str>, findings: &[&Finding]) -> Vec<Entry> {
        if findings.is_empty() {
            return Vec::new();
        }
        let columns = Columns::of(findings);
        let heading = title.map(|t| vec![Text::indented(2).tone(Tone::Strong, t)]);
        let heading = heading.map(|lines| Entry {
            full: lines.clone(),
            short: lines,
        });
        heading
            .into_iter()
            .chain(findings.iter().map(|f| self.entry(f, &columns)))
            .collect()
    }

    fn entry(&self, finding: &Finding, columns: &Columns) -> Entry {
        let indent = columns.indent();
        let room = self.width.saturating_sub(indent).max(10);
        let short = self.first_lines(finding, columns);
        let mut full = short.clone();
        full.extend(quote(&finding.quote, indent, room, QUOTE_LINES));
        full.extend(
            wrap(&finding.scenario, room)
                .iter()
                .map(|l| Text::indented(indent).plain(l)),
        );
        if let Some(step) = &finding.not_shown {
            let step = wrap(&format!("not shown: {step}"), room);
            full.extend(step.iter().map(|l| Text::indented(indent).plain(l)));
        }
        if let Some(fix) = &finding.fix {
            let advice = wrap(&format!("fix: {}", fix.advice), room);
            full.extend(advice.iter().map(|l| Text::indented(indent).plain(l)));
        }
        self.add_command(
            &mut full,
            &format!(
                "git agents show {}",
                wording::short_id(self.report, finding)
            ),
        );
        Entry { full, short }
    }

    /// Severity, who, where, what: on one line, or the title below, or each below the other.
    fn first_lines(&self, finding: &Finding, columns: &Columns) -> Block {
        let place = wording::place(finding);
        let title = self.title(finding);
        let indent = columns.indent();
        let start = Text::indented(2)
            .tone(Tone::Severity(finding.severity), &severity_word(finding))
            .pad_to(indent);
        let who = start.tone(Tone::Dim, &agents(finding));
        let row = who
            .clone()
            .pad_to(indent + columns.agents)
            .plain("   ")
            .plain(&place);
        let full = row
            .clone()
            .pad_to(indent + columns.agents + 3 + columns.place);
        let full = full.plain("   ").tone(Tone::Strong, &title);
        if full.width() <= self.width {
            return vec![full];
        }
        let room = self.width.saturating_sub(indent).max(10);
        let below = |text: &str, tone| -> Block {
            wrap(text, room)
                .iter()
                .map(|l| Text::indented(indent).tone(tone, l))
                .collect()
        };
        let mut lines = if row.width() <= self.width {
            vec![row]
        } else {
            Vec::new()
        };
        if lines.is_empty() {
            lines.push(if who.width() <= self.width {
                who
            } else {
                Text::indented(2).tone(Tone::Severity(finding.severity), &severity_word(finding))
            });
            lines.extend(below(&place, Tone::Plain));
        }
        lines.extend(below(&title, Tone::Strong));
        lines
    }

    fn title(&self, finding: &Finding) -> String {
        let title = wrap(&finding.title, usize::MAX).join(" ");
        match finding.status {
            Status::Regressed => format!("{title} (back again)"),
            Status::Dismissed => format!("{title} (dismissed)"),
            Status::Fixed => format!("{title} (fixed)"),
            Status::Open => title,
        }
    }

    /// The command at the right of the last line where it fits, else below.
    fn add_command(&self, lines: &mut Vec<Text>, command: &str) {
        let at = self.width.saturating_sub(command.width());
        match lines.last_mut() {
            Some(last) if last.width() + 3 <= at => {
                *last = std::mem::take(last).pad_to(at).tone(Tone::Command, command);
            }
            _ => lines.push(Text::new().pad_to(at).tone(Tone::Command, command)),
        }
    }

    /// What there is to say besides findings, what matters most first.
    fn tail(&self, sections: &Sections) -> Block {
        let mut lines = self.incomplete();
        lines.extend(self.lessons());
        if let Some(verdict) = wording::verdict(self.report) {
            lines.extend(self.filled(Tone::Bad, &verdict));
        }
        let replaced = self
            .report
            .agents
            .iter()
            .filter(|a| !wording::is_gap(a))
            .filter_map(wording::trouble);
        lines.extend(replaced.flat_map(|l| self.filled(Tone::Plain, &l)));
        lines.extend(
            self.report
                .lock_files
                .iter()
                .flat_map(|l| self.lock_file(l)),
        );
        lines.extend(self.asides());
        let hidden = sections.hidden();
        if !hidden.is_empty() && !self.options.all {
            lines.extend(self.filled(Tone::Dim, &format!("not shown: {}", hidden.join("; "))));
            self.add_command(
                &mut lines,
                &format!("{} --all", wording::report_command(self.report)),
            );
        }
        lines
    }

    fn lessons(&self) -> Block {
        let mut lines = Vec::new();
        let command = format!("git agents learn {}", self.report.run.short());
        for lesson in &self.report.lessons {
            lines.extend(self.filled(Tone::Plain, &format!("lesson proposed: {}", lesson.path())));
        }
        if !lines.is_empty() {
            self.add_command(&mut lines, &command);
        }
        lines
    }

    fn filled(&self, tone: Tone, text: &str) -> Block {
        let lines = wrap(text, self.width.saturating_sub(4));
        let line =
            |(i, l): (usize, &String)| Text::indented(if i == 0 { 2 } else { 4 }).tone(tone, l);
        lines.iter().enumerate().map(line).collect()
    }

    fn incomplete(&self) -> Block {
        if self.report.state != ReportState::Incomplete {
            return Vec::new();
        }
        let mut lines = vec![Text::indented(2).tone(Tone::Bad, "NOT REVIEWED")];
        for gap in wording::gaps(self.report, self.options.all) {
            let wrapped = wrap(&gap, self.width.saturating_sub(6));
            let line =
                |(i, l): (usize, &String)| Text::indented(if i == 0 { 4 } else { 6 }).plain(l);
            lines.extend(wrapped.iter().enumerate().map(line));
        }
        for advice in wording::advice(self.report) {
            let wrapped = wrap(&advice, self.width.saturating_sub(23));
            let line = |(i, l): (usize, &String)| {
                let lead = if i == 0 {
                    "to mend it:        "
                } else {
                    "                   "
                };
                Text::indented(4).plain(lead).plain(l)
            };
            lines.extend(wrapped.iter().enumerate().map(line));
        }
        for (lead, command) in wording::remedies(self.report) {
            lines.push(Text::indented(4).plain(lead).tone(Tone::Command, &command));
        }
        lines
    }

    fn lock_file(&self, lock: &crate::model::LockFileChange) -> Block {
        let mut lines = self.filled(Tone::Plain, &wording::lock_file(lock));
        if self.options.all {
            let one = |c| wrap(&wording::dependency(c), self.width.saturating_sub(4));
            lines.extend(
                lock.changes
                    .iter()
                    .flat_map(one)
                    .map(|l| Text::indented(4).plain(&l)),
            );
        }
        lines
    }

    /// What was left out, notes; with `all` each file, each proposal set aside, each job.
    fn asides(&self) -> Block {
        let report = self.report;
        let mut texts: Vec<String> = Vec::new();
        texts.extend(wording::left_out(report));
        let notes = wording::notes(report);
        let shown = if self.options.all { notes.len() } else { NOTES };
        texts.extend(notes.iter().take(shown).map(|n| format!("note: {n}")));
        if notes.len() > shown {
            texts.push(count(notes.len() - shown, "more note"));
        }
        if self.options.all {
            let skipped = report
                .coverage
                .skipped
                .iter()
                .filter(|s| !s.reason.is_gap());
            texts.extend(
                skipped
                    .map(|s| format!("left out: {} ({})", s.path.to_text(), s.reason.describe())),
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
            texts.extend(report.set_aside.iter().map(aside));
            texts.extend(report.agents.iter().map(job));
        }
        texts
            .iter()
            .flat_map(|t| self.filled(Tone::Dim, t))
            .collect()
    }

    /// As much as fits: the heading, every finding at least in short, of the
    /// rest what matters most, and where all of it is.
    fn fit(&self, heading: Block, entries: Vec<Entry>, tail: Block, limit: usize) -> Block {
        let full: usize = entries.iter().map(|e| e.full.len() + 1).sum();
        let apart = usize::from(!tail.is_empty());
        if heading.len() + full + tail.len() + apart <= limit {
            return whole(heading, entries, tail);
        }
        let rest = Text::indented(2)
            .plain("the rest: ")
            .tone(Tone::Command, &wording::report_command(self.report));
        let mut lines: Block = heading
            .into_iter()
            .take(limit.saturating_sub(1).max(1))
            .collect();
        let free = limit.saturating_sub(lines.len() + 1);
        let short: usize =
            entries.iter().map(|e| e.short.len()).sum::<usize>() + usize::from(!entries.is_empty());
        let for_tail = (free.saturating_sub(short).max(free / 2)).saturating_sub(apart);
        let tail: Block = tail.into_iter().take(for_tail).collect();
        let apart = usize::from(!tail.is_empty());
        lines.extend(squeeze(entries, free.saturating_sub(tail.len() + apart)));
        append_apart(&mut lines, tail);
        lines.push(rest);
        lines
    }
}

/// The first entries in full, as many as leave room for the others in short.
fn squeeze(entries: Vec<Entry>, room: usize) -> Block {
    let total = entries.len();
    let height = |full: usize| -> usize {
        let whole: usize = entries.iter().take(full).map(|e| e.full.len() + 1).sum();
        let short: usize = entries.iter().skip(full).map(|e| e.short.len()).sum();
        whole + short + usize::from(full < total)
    };
    let full = (0..=total)
        .rev()
        .find(|full| height(*full) <= room)
        .unwrap_or(0);
    let mut lines = Vec::new();
    for (index, entry) in entries.into_iter().enumerate() {
        if index <= full {
            lines.push(Text::new());
        }
        lines.extend(if index < full {
            entry.full
        } else {
            entry.short
        });
    }
    lines.truncate(room);
    lines
}

/// Widths of the columns of one group of findings.
struct Columns {
    severity: usize,
    agents: usize,
    place: usize,
}

impl Columns {
    fn of(findings: &[&Finding]) -> Self {
        let widest = |text: &dyn Fn(&Finding) -> String| {
            findings.iter().map(|f| text(f).width()).max().unwrap_or(0)
        };
        Self {
            severity: widest(&severity_word),
            agents: widest(&agents).min(30),
            place: widest(&wording::place).min(40),
        }
    }

    fn indent(&self) -> usize {
        2 + self.severity + 2
    }
}

fn job(line: &crate::model::AgentLine) -> String {
    let model = line
        .usage
        .model
        .as_ref()
        .map(|m| format!(" {m}"))
        .unwrap_or_default();
    let spent = line.spent();
    let (read, wrote) = (spent.tokens.read, spent.tokens.written);
    let mark = if spent.tokens_guessed { "~" } else { "" };
    let cached = if spent.tokens.cached > 0 {
        format!(" ({} cached)", spent.tokens.cached)
    } else {
        String::new()
    };
    let tokens = if (read, wrote) == (0, 0) {
        String::new()
    } else {
        format!(", {mark}{read} tokens in{cached}, {mark}{wrote} out")
    };
    let cost = spent
        .money()
        .map(|money| format!(", {money}"))
        .unwrap_or_default();
    let time = wording::duration(line.elapsed);
    format!(
        "{}: {} ({}{model}, {time}{tokens}{cost})",
        line.name,
        line.ending.describe(),
        line.backend
    )
}
