//! Settings as one would write them, for `git agents config`.

use std::time::Duration;

use crate::model::{AgentSettings, Auto, Price, Settings};

/// Every key with its present value as one would write it, in the order of
/// [`super::KEYS`]; keys of single agents only where they are set. An empty
/// value means that none is set.
#[must_use]
pub(crate) fn values(settings: &Settings) -> Vec<(String, String)> {
    super::KEYS
        .iter()
        .flat_map(|key| value_of(settings, key.name))
        .collect()
}

fn value_of(s: &Settings, name: &'static str) -> Vec<(String, String)> {
    let text = match name {
        "agents.<agent>.backend" => return of_agents(s, "backend"),
        "agents.<agent>.model" => return of_agents(s, "model"),
        "agents.<agent>.budget" => return of_agents(s, "budget"),
        "agents.<name>.price" => {
            return s
                .prices
                .iter()
                .map(|(name, p)| (format!("agents.{name}.price"), price(p)))
                .collect();
        }
        "agents.backend" => s.backend.clone(),
        "agents.model" => s.model.clone().unwrap_or_default(),
        "agents.command" => s
            .command
            .as_ref()
            .map(shell_words::join)
            .unwrap_or_default(),
        "agents.anthropic.url" => s.anthropic.url.clone().unwrap_or_default(),
        "agents.anthropic.keyVariable" => s.anthropic.key_variable.clone().unwrap_or_default(),
        "agents.openai.url" => s.openai.url.clone().unwrap_or_default(),
        "agents.openai.keyVariable" => s.openai.key_variable.clone().unwrap_or_default(),
        "agents.enabled" => s
            .enabled
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" "),
        "agents.auto" => auto(s.auto).to_owned(),
        "agents.auto.branches" => shell_words::join(&s.auto_branches),
        "agents.auto.paths" => shell_words::join(&s.auto_paths),
        "agents.settle" => duration(s.settle),
        "agents.gate" => s.gate.as_str().to_owned(),
        "agents.gate.wait" => duration(s.gate_wait),
        "agents.gate.unreviewed" => if s.gate_unreviewed_holds {
            "hold"
        } else {
            "pass"
        }
        .to_owned(),
        "agents.timeout" => duration(s.timeout),
        "agents.idleTimeout" => duration(s.idle_timeout),
        "agents.jobs" => s.jobs.to_string(),
        "agents.promptBytes" => bytes(s.prompt_bytes as u64),
        "agents.promptsPerAgent" => s.prompts_per_agent.to_string(),
        "agents.outputBytes" => bytes(s.output_bytes),
        "agents.budget.daily" => s
            .budget_daily
            .map(|format_usd| format_usd.to_string())
            .unwrap_or_default(),
        "agents.budget.run" => s
            .budget_run
            .map(|format_usd| format_usd.to_string())
            .unwrap_or_default(),
        "agents.keep" => format!("{} runs {} days", s.keep_runs, s.keep_days),
        "agents.exclude" => shell_words::join(&s.exclude),
        "agents.nudge" => s.nudge.to_string(),
        "agents.notes" => s.notes.to_string(),
        _ => return Vec::new(),
    };
    vec![(name.to_owned(), text)]
}

fn of_agents(settings: &Settings, what: &str) -> Vec<(String, String)> {
    let pick = |(agent, own): (&String, &AgentSettings)| {
        let value = match what {
            "backend" => own.backend.clone(),
            "model" => own.model.clone(),
            _ => own.budget.map(|format_usd| format_usd.to_string()),
        };
        value.map(|value| (format!("agents.{agent}.{what}"), value))
    };
    settings.per_agent.iter().filter_map(pick).collect()
}

fn price(price: &Price) -> String {
    let cached = if price.cached == price.input {
        String::new()
    } else {
        format!(" {}", price.cached)
    };
    format!("{} {}{cached}", price.input, price.output)
}

fn auto(auto: Auto) -> &'static str {
    match auto {
        Auto::Commit => "commit",
        Auto::Push => "push",
        Auto::Never => "never",
    }
}

fn duration(duration: Duration) -> String {
    let milliseconds = duration.as_millis();
    for (size, unit) in [(3_600_000, "h"), (60_000, "m"), (1000, "s")] {
        if milliseconds > 0 && milliseconds.is_multiple_of(size) {
            return format!("{}{unit}", milliseconds / size);
        }
    }
    if milliseconds == 0 {
        "0s".to_owned()
    } else {
        format!("{milliseconds}ms")
    }
}

fn bytes(bytes: u64) -> String {
    for (size, unit) in [(1 << 20, "m"), (1 << 10, "k")] {
        if bytes > 0 && bytes.is_multiple_of(size) {
            return format!("{}{unit}", bytes / size);
        }
    }
    bytes.to_string()
}
