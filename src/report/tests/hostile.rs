//! No text of a repository or a model does more to a terminal than show.

use crate::text::escape;
use std::num::NonZeroU16;

use super::*;

/// Everything that a terminal could be made to do besides showing text.
#[derive(Default)]
struct Mischief(Vec<&'static str>);

impl vt100::Callbacks for Mischief {
    fn audible_bell(&mut self, _: &mut vt100::Screen) {
        self.0.push("bell");
    }
    fn set_window_icon_name(&mut self, _: &mut vt100::Screen, _: &[u8]) {
        self.0.push("icon");
    }
    fn set_window_title(&mut self, _: &mut vt100::Screen, _: &[u8]) {
        self.0.push("title");
    }
    fn copy_to_clipboard(&mut self, _: &mut vt100::Screen, _: &[u8], _: &[u8]) {
        self.0.push("clipboard");
    }
    fn unhandled_control(&mut self, _: &mut vt100::Screen, _: u8) {
        self.0.push("control");
    }
    fn unhandled_escape(&mut self, _: &mut vt100::Screen, _: Option<u8>, _: Option<u8>, _: u8) {
        self.0.push("escape");
    }
    fn unhandled_csi(
        &mut self,
        _: &mut vt100::Screen,
        _: Option<u8>,
        _: Option<u8>,
        _: &[&[u16]],
        _: char,
    ) {
        self.0.push("csi");
    }
    fn unhandled_osc(&mut self, _: &mut vt100::Screen, _: &[&[u8]]) {
        self.0.push("osc");
    }
}

/// Shows the text on a terminal large enough, and asks it what happened besides.
fn mischief(text: &str) -> (Vec<&'static str>, (u16, u16), usize) {
    let (rows, columns) = (NonZeroU16::new(300).unwrap(), NonZeroU16::new(200).unwrap());
    let mut terminal = vt100::Parser::new_with_callbacks(rows, columns, 0, Mischief::default());
    terminal.process(text.replace('\n', "\r\n").as_bytes());
    let cursor = terminal.screen().cursor_position();
    let attributes = terminal.screen().attributes_formatted().len();
    (terminal.callbacks().0.clone(), cursor, attributes)
}

#[test]
fn the_terminal_test_can_fail() {
    assert_eq!(mischief("\x1b]2;owned\x07").0, ["title"]);
    assert_ne!(mischief("a\x1b[5;5H").1, (0, 1));
}

proptest! {
    #![proptest_config(some_cases())]

    #[test]
    fn no_control_character_reaches_a_terminal(report in any_report(), width in 0usize..130, all: bool) {
        let options = RenderOptions { width, colour: false, all, max_lines: None };
        let mut text = render(&report, Format::Terminal, &options);
        for finding in &report.findings {
            text.push_str(&finding_detail(finding, &options));
        }
        prop_assert!(!text.contains('\t'));
        prop_assert_eq!(escape::block(&text), text, "nothing is left to escape");
    }

    #[test]
    fn a_terminal_only_shows_text(report in any_report(), colour: bool) {
        let options = RenderOptions { width: 100, colour, all: true, max_lines: None };
        let text = render(&report, Format::Terminal, &options);
        let (events, (row, column), attributes) = mischief(&text);
        prop_assert_eq!(events, Vec::<&str>::new());
        prop_assert_eq!(column, 0);
        // every line feed moved the cursor by one row, and nothing else did
        let lines: usize = console::strip_ansi_codes(&text).lines().map(|l| {
            1 + unicode_width::UnicodeWidthStr::width(l).saturating_sub(1) / 200
        }).sum();
        prop_assert_eq!(usize::from(row), lines.min(299));
        prop_assert_eq!(attributes, mischief("").2, "attributes are reset");
    }

    #[test]
    fn one_screen_is_one_screen(report in any_report(), lines in 3usize..40, width in 20usize..130) {
        let options = RenderOptions { width, colour: false, all: true, max_lines: Some(lines) };
        let text = render(&report, Format::Terminal, &options);
        prop_assert!(text.lines().count() <= lines, "{} > {lines}\n{text}", text.lines().count());
        let whole = render(&report, Format::Terminal, &RenderOptions { max_lines: None, ..options });
        prop_assert!(text == whole || text.contains("the rest: git agents report"));
    }

    #[test]
    fn lines_keep_within_the_width(report in any_report(), width in 24usize..130) {
        let text = render(&report, Format::Terminal, &RenderOptions { width, ..RenderOptions::default() });
        for line in text.lines().filter(|l| !l.contains("git agents ")) {
            // a wide character may be wider than what is left of a line
            let columns = unicode_width::UnicodeWidthStr::width(line);
            prop_assert!(columns <= width + 1, "{columns} > {width}: {line:?}");
        }
    }
}
