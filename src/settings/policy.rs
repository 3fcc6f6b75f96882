//! `.gitagents.toml`: data that the repository brings along. It narrows, never widens.

use toml::{Table, Value};

use super::error::shown;
use super::{filter, lookup, value};
use crate::model::{AgentName, GatePolicy, RepoPolicy, Settings, Severity};
use crate::text::visible::beginning;

/// Bytes of guidance that reach a prompt.
const GUIDANCE: usize = 8 * 1024;
/// Larger files are not read.
const LARGEST: usize = 256 * 1024;
/// More globs than this are not compiled.
const MOST_GLOBS: usize = 200;
/// Lines that one file may add to the list of what is not obeyed.
const MOST_LINES: usize = 20;

/// Reads the bytes of a policy file. Never fails, since the person at the
/// keyboard may not be able to mend it: what is not obeyed comes back as lines.
#[must_use]
pub(crate) fn read_policy(bytes: &[u8]) -> (RepoPolicy, Vec<String>) {
    let mut policy = RepoPolicy::default();
    let mut ignored = Vec::new();
    match table(bytes) {
        Ok(table) => {
            for (key, value) in table {
                if let Err(why) = take(&mut policy, &key, value) {
                    ignored.push(format!("`{}` in .gitagents.toml {why}", shown(&key)));
                }
            }
        }
        Err(why) => ignored.push(format!(".gitagents.toml is not obeyed: {why}")),
    }
    if ignored.len() > MOST_LINES {
        let more = ignored.len() - MOST_LINES;
        ignored.truncate(MOST_LINES);
        ignored.push(format!("{more} more in .gitagents.toml are not obeyed"));
    }
    (policy, ignored)
}

/// Narrows the settings by their policy: only agents that both want run, the
/// gate is at least as strict, and a run costs no more. Doing it again changes nothing.
pub(crate) fn apply_policy(settings: &mut Settings) {
    if let Some(wanted) = settings.policy.enabled.clone() {
        for name in wanted
            .iter()
            .filter(|name| !settings.enabled.contains(name))
        {
            let line = format!(
                "`{name}` in .gitagents.toml does not run: `agents.enabled` does not name it"
            );
            if !settings.ignored.contains(&line) {
                settings.ignored.push(line);
            }
        }
        settings.enabled.retain(|name| wanted.contains(name));
    }
    if let Some(severity) = settings.policy.gate {
        settings.gate = stricter(settings.gate, GatePolicy::Hold(severity));
    }
    if let Some(most) = settings.policy.budget {
        settings.budget_run = Some(settings.budget_run.map_or(most, |own| own.min(most)));
    }
}

fn stricter(one: GatePolicy, other: GatePolicy) -> GatePolicy {
    if strictness(other) > strictness(one) {
        other
    } else {
        one
    }
}

fn strictness(gate: GatePolicy) -> u8 {
    match gate {
        GatePolicy::Off => 0,
        GatePolicy::Warn => 1,
        GatePolicy::Hold(Severity::Critical) => 2,
        GatePolicy::Hold(Severity::High) => 3,
        GatePolicy::Hold(Severity::Medium) => 4,
        GatePolicy::Hold(Severity::Low) => 5,
    }
}

fn table(bytes: &[u8]) -> Result<Table, String> {
    if bytes.len() > LARGEST {
        return Err(format!("it is over {LARGEST} bytes"));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.parse::<Table>().map_err(|e| {
        let before = e
            .span()
            .and_then(|span| text.get(..span.start))
            .unwrap_or("");
        format!(
            "line {}: {}",
            before.matches('\n').count() + 1,
            shown(e.message())
        )
    })
}

fn take(policy: &mut RepoPolicy, key: &str, value: Value) -> Result<(), String> {
    match key {
        "exclude" => policy.exclude = globs(value, value::is_glob)?,
        "branches" => policy.branches = globs(value, filter::is_pattern)?,
        "paths" => policy.paths = globs(value, filter::is_pattern)?,
        "enabled" => policy.enabled = Some(names(value)?),
        "gate" => policy.gate = Some(gate(&value)?),
        "budget" => policy.budget = Some(budget(&value)?),
        "guidance" => return guidance(policy, value),
        _ if lookup::find(&format!("agents.{key}")).is_some() => {
            return Err("is not obeyed: a tracked file cannot set it".to_owned());
        }
        _ => {
            let known = "is not known; `exclude`, `branches`, `paths`, `enabled`, `gate`, `budget` and `guidance` are";
            return Err(known.to_owned());
        }
    }
    Ok(())
}

fn texts(value: Value) -> Result<Vec<String>, String> {
    let expected = || "is not obeyed: expected a list of texts".to_owned();
    let Value::Array(values) = value else {
        return Err(expected());
    };
    let text = |value| match value {
        Value::String(text) => Ok(text),
        _ => Err(expected()),
    };
    values.into_iter().map(text).collect()
}

fn globs(value: Value, is_glob: impl Fn(&str) -> bool) -> Result<Vec<String>, String> {
    let globs = texts(value)?;
    if globs.len() > MOST_GLOBS {
        return Err(format!("is not obeyed: over {MOST_GLOBS} globs"));
    }
    match globs.iter().find(|glob| !is_glob(glob)) {
        Some(bad) => Err(format!("is not obeyed: `{}` is not a glob", shown(bad))),
        None => Ok(globs),
    }
}

fn names(value: Value) -> Result<Vec<AgentName>, String> {
    let name = |text: String| {
        AgentName::parse(&text)
            .ok_or_else(|| format!("is not obeyed: `{}` is no name", shown(&text)))
    };
    texts(value)?.into_iter().map(name).collect()
}

fn gate(value: &Value) -> Result<Severity, String> {
    let word = value.as_str().unwrap_or("");
    Severity::parse(word)
        .ok_or_else(|| "is not obeyed: expected `low`, `medium`, `high` or `critical`".to_owned())
}

/// Money of one run.
fn budget(value: &Value) -> Result<f64, String> {
    let format_usd = match value {
        Value::Integer(whole) => u32::try_from(*whole).ok().map(f64::from),
        Value::Float(format_usd) => {
            Some(*format_usd).filter(|format_usd| format_usd.is_finite() && *format_usd >= 0.0)
        }
        _ => None,
    };
    format_usd
        .ok_or_else(|| "is not obeyed: expected an amount in US dollars such as 0.50".to_owned())
}

fn guidance(policy: &mut RepoPolicy, value: Value) -> Result<(), String> {
    let Value::String(mut text) = value else {
        return Err("is not obeyed: expected a text".to_owned());
    };
    let whole = text.len();
    if whole > GUIDANCE {
        text.truncate(beginning(&text, GUIDANCE).len());
    }
    policy.guidance = Some(text).filter(|text| !text.trim().is_empty());
    if whole > GUIDANCE {
        Err(format!("is cut to {GUIDANCE} of {whole} bytes"))
    } else {
        Ok(())
    }
}
