//! What agents cost today, for `git agents status`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::model::Spending;
use crate::model::cost::format_usd;
use crate::review::Workspace;
use crate::sys::clock;
use crate::text::escape;
use crate::text::plural::count;

/// This user's spending of the calendar day, over all repositories.
pub(super) struct DailySpending {
    day: String,
    all: Spending,
    backends: BTreeMap<String, Spending>,
    budget: Option<f64>,
}

impl DailySpending {
    pub(super) fn of(workspace: &Workspace) -> Self {
        let day = clock::day(clock::now());
        let ledger = workspace.store.spent_on(&day);
        let mut backends: BTreeMap<String, Spending> = BTreeMap::new();
        for attempt in &ledger.attempts {
            backends
                .entry(attempt.backend.clone())
                .or_default()
                .add(&attempt.spent());
        }
        Self {
            day,
            all: ledger.sum(|_| true),
            backends,
            budget: workspace.settings.budget_daily,
        }
    }

    /// One line; empty where nothing was asked and nothing is limited.
    pub(super) fn to_text(&self) -> String {
        if self.all.attempts == 0 && self.budget.is_none() {
            return String::new();
        }
        let money = self.all.money().unwrap_or_else(|| "0.00 USD".to_owned());
        let limit = self
            .budget
            .map(|limit| format!(" of {}", format_usd(limit)))
            .unwrap_or_default();
        let over = if self.budget.is_some_and(|limit| self.all.cost >= limit) {
            ", over budget"
        } else {
            ""
        };
        let prompts = count(self.all.attempts, "prompt");
        let mut text = format!(
            "today: {money}{limit}{over} · {prompts} · {}",
            tokens(&self.all)
        );
        for (name, spent) in &self.backends {
            let price = spent.money().unwrap_or_else(|| match spent.unpriced {
                0 => "0.00 USD".to_owned(),
                _ => format!("no price known ({})", tokens(spent)),
            });
            text.push_str(&format!(" · {} {price}", escape::line(name)));
        }
        text.push('\n');
        text
    }

    pub(super) fn to_json(&self) -> String {
        let backends: BTreeMap<&String, Value> = self
            .backends
            .iter()
            .map(|(name, spent)| (name, figures(spent)))
            .collect();
        let mut today = figures(&self.all);
        today["day"] = json!(self.day);
        today["budget"] = json!(self.budget);
        today["over_budget"] = json!(self.budget.is_some_and(|limit| self.all.cost >= limit));
        today["backends"] = json!(backends);
        format!("{}\n", json!({ "today": today }))
    }
}

fn figures(spent: &Spending) -> Value {
    json!({
        "cost": spent.cost,
        "cost_estimated": spent.cost_guessed,
        "tokens_in": spent.tokens.read,
        "tokens_cached": spent.tokens.cached,
        "tokens_out": spent.tokens.written,
        "tokens_estimated": spent.tokens_guessed,
        "prompts": spent.attempts,
        "prompts_without_price": spent.unpriced,
    })
}

/// `~81k tokens in, 3k out`
fn tokens(spent: &Spending) -> String {
    let short = |count: u64| match count {
        0..=9_999 => count.to_string(),
        10_000..=9_999_999 => format!("{}k", count / 1000),
        _ => format!("{}M", count / 1_000_000),
    };
    let mark = if spent.tokens_guessed { "~" } else { "" };
    let tokens = spent.tokens;
    let cached = if tokens.cached > 0 {
        format!(" ({} cached)", short(tokens.cached))
    } else {
        String::new()
    };
    format!(
        "{mark}{} tokens in{cached}, {mark}{} out",
        short(tokens.read),
        short(tokens.written)
    )
}
