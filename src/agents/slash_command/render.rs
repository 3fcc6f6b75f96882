//! Arguments put in their places, and what would have been run or read taken out.

use crate::text::visible::shown;

/// Longest instructions with their arguments, in bytes.
const TEXT: usize = 64 << 10;

/// Instructions as an agent gets them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rendered {
    /// The instructions.
    pub text: String,
    /// What was not done, one line each, in the order of the text.
    pub notes: Vec<String>,
}

/// Why there are no instructions.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// Too long.
    #[error("the command with its arguments has {0} bytes, at most {TEXT} are sent")]
    TooLong(usize),
}

/// First the arguments, then what is run or read elsewhere: so no argument can bring in either.
pub(super) fn render(body: &str, arguments: &[String]) -> Result<Rendered, RenderError> {
    let arguments: Vec<String> = arguments
        .iter()
        .map(|argument| shown(argument.as_bytes()).into_owned())
        .collect();
    let filled = fill(body, &arguments)?;
    let mut notes = Vec::new();
    let text = without_files(&without_commands(&filled, &mut notes), &mut notes);
    match text.len() {
        length if length > TEXT => Err(RenderError::TooLong(length)),
        _ => Ok(Rendered { text, notes }),
    }
}

/// One pass, so that what an argument says is never a place for another. Arguments that have no
/// place are added at the end.
fn fill(body: &str, arguments: &[String]) -> Result<String, RenderError> {
    let mut text = String::with_capacity(body.len());
    let mut rest = body;
    let mut used = false;
    while let Some(at) = rest.find('$') {
        text.push_str(&rest[..at]);
        let (length, value) = match place(&rest[at..]) {
            Some((length, ArgumentPlace::All)) => (length, arguments.join(" ")),
            Some((length, ArgumentPlace::One(index))) => {
                (length, arguments.get(index).cloned().unwrap_or_default())
            }
            None => (1, "$".to_owned()),
        };
        used |= length > 1;
        text.push_str(&value);
        rest = &rest[at + length..];
        if text.len() > TEXT {
            return Err(RenderError::TooLong(text.len() + rest.len()));
        }
    }
    text.push_str(rest);
    if !used && !arguments.is_empty() {
        text.push_str(&format!("\n\nArguments: {}\n", arguments.join(" ")));
    }
    Ok(text)
}

enum ArgumentPlace {
    All,
    /// From 0.
    One(usize),
}

/// `$ARGUMENTS`, `$ARGUMENTS[0]`, `$1` at the beginning of the text, with its length.
fn place(text: &str) -> Option<(usize, ArgumentPlace)> {
    if let Some(rest) = text.strip_prefix("$ARGUMENTS") {
        let whole = text.len() - rest.len();
        let index = rest
            .strip_prefix('[')
            .and_then(|rest| rest.split_once(']'))
            .map(|(index, _)| index);
        return Some(
            match index.and_then(|index| Some((index.len(), index.parse().ok()?))) {
                Some((length, index)) => (whole + length + 2, ArgumentPlace::One(index)),
                None => (whole, ArgumentPlace::All),
            },
        );
    }
    let digits = text[1..].bytes().take_while(u8::is_ascii_digit).count();
    let number: usize = text[1..=digits].parse().ok()?;
    (number > 0).then(|| (1 + digits, ArgumentPlace::One(number - 1)))
}

/// `` !`command` `` and blocks that open with ```` ```! ````.
fn without_commands(text: &str, notes: &mut Vec<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('!') {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        out.push_str(before);
        let inline = after
            .strip_prefix('`')
            .and_then(|inner| inner.split_once('`'));
        let inline = inline.filter(|(command, _)| !command.is_empty() && !command.contains('\n'));
        rest = match inline {
            Some((command, behind)) => {
                notes.push(format!("!`{command}` is not run"));
                out.push_str(&format!("[not run: {command}]"));
                behind
            }
            None if is_fence(before)
                && (after.is_empty() || after.starts_with(['\n', '\r', ' '])) =>
            {
                notes.push("a block of commands is not run".to_owned());
                out.push_str(" (not run)");
                after
            }
            None => {
                out.push('!');
                after
            }
        };
    }
    out.push_str(rest);
    out
}

fn is_fence(before: &str) -> bool {
    before
        .rsplit('\n')
        .next()
        .is_some_and(|line| line.trim_start() == "```")
}

/// `@path`, where a path is a word with a slash, a dot or a tilde.
fn without_files(text: &str, notes: &mut Vec<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('@') {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        out.push_str(before);
        let opens = out
            .chars()
            .next_back()
            .is_none_or(|c| !c.is_alphanumeric() && c != '@');
        let is_path = |c: char| c.is_alphanumeric() || "_./~-\\".contains(c);
        let end = after.find(|c| !is_path(c)).unwrap_or(after.len());
        let path = after[..end].trim_end_matches(['.', '-']);
        rest = after;
        // inside a word only a mail address is left alone
        if path.contains(['/', '~']) || (opens && path.contains('.')) {
            notes.push(format!("@{path} is not read"));
            out.push_str(&format!("[file not included: {path}]"));
            rest = &after[path.len()..];
        } else {
            out.push('@');
        }
    }
    out.push_str(rest);
    out
}
