//! What answers cost.

use super::reply::Usage;

/// A million: prices are for so many tokens.
const MILLION: f64 = 1_000_000.0;

/// What a model costs, in US dollars per million tokens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Price {
    /// Of tokens in.
    pub input: f64,
    /// Of tokens out.
    pub output: f64,
    /// Of tokens in that the provider had in its cache.
    pub cached: f64,
}

impl Price {
    /// What these tokens cost, those that nobody counted left out.
    #[must_use]
    pub fn of(&self, tokens: &Tokens) -> f64 {
        let cached = tokens.cached.min(tokens.read);
        let parts = [
            (tokens.read - cached, self.input),
            (cached, self.cached),
            (tokens.written, self.output),
        ];
        parts
            .iter()
            .map(|(count, price)| *count as f64 * price / MILLION)
            .sum()
    }

    /// Whether nothing is to be paid whatever is used.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.input == 0.0 && self.output == 0.0 && self.cached == 0.0
    }
}

/// Tokens of one or more answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// In, cached ones included.
    pub read: u64,
    /// Of these, from the provider's cache.
    pub cached: u64,
    /// Out.
    pub written: u64,
}

/// What a program did not say of its cost, guessed: to be added to what it said, and shown as a guess.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    /// Tokens in.
    pub tokens_in: Option<u64>,
    /// Tokens out.
    pub tokens_out: Option<u64>,
    /// Money in US dollars, by the person's own prices.
    pub cost: Option<f64>,
}

impl Estimate {
    /// Whether nothing had to be guessed, or nothing could be.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds another attempt's guesses.
    pub fn add(&mut self, more: &Self) {
        self.tokens_in = sum(self.tokens_in, more.tokens_in);
        self.tokens_out = sum(self.tokens_out, more.tokens_out);
        self.cost = sum_of_money(self.cost, more.cost);
    }
}

/// What was spent on one or more attempts, as far as anybody knows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spending {
    /// Tokens, guessed ones included.
    pub tokens: Tokens,
    /// US dollars, guessed ones included.
    pub cost: f64,
    /// Whether a part of the tokens is a guess.
    pub tokens_guessed: bool,
    /// Whether a part of the money is a guess.
    pub cost_guessed: bool,
    /// Attempts of which nobody knows the price.
    pub unpriced: usize,
    /// Attempts.
    pub attempts: usize,
}

impl Spending {
    /// Of one attempt.
    #[must_use]
    pub fn of(usage: &Usage, estimate: &Estimate) -> Self {
        let both = |said: Option<u64>, guessed: Option<u64>| sum(said, guessed).unwrap_or(0);
        Self {
            tokens: Tokens {
                read: both(usage.tokens_in, estimate.tokens_in),
                cached: usage.tokens_cached.unwrap_or(0),
                written: both(usage.tokens_out, estimate.tokens_out),
            },
            cost: sum_of_money(usage.cost, estimate.cost).unwrap_or(0.0),
            tokens_guessed: estimate.tokens_in.or(estimate.tokens_out).is_some(),
            cost_guessed: estimate.cost.is_some(),
            unpriced: usize::from(usage.cost.is_none() && estimate.cost.is_none()),
            attempts: 1,
        }
    }

    /// Adds more.
    pub fn add(&mut self, more: &Self) {
        self.tokens.read = self.tokens.read.saturating_add(more.tokens.read);
        self.tokens.cached = self.tokens.cached.saturating_add(more.tokens.cached);
        self.tokens.written = self.tokens.written.saturating_add(more.tokens.written);
        self.cost += more.cost;
        self.tokens_guessed |= more.tokens_guessed;
        self.cost_guessed |= more.cost_guessed;
        self.unpriced += more.unpriced;
        self.attempts += more.attempts;
    }

    /// The money in words, `~` before a guess: `0.12 USD`, `~0.0034 USD`; none where nothing is known to be spent.
    #[must_use]
    pub fn money(&self) -> Option<String> {
        let mark = if self.cost_guessed { "~" } else { "" };
        (self.cost > 0.0).then(|| format!("{mark}{} USD", format_usd(self.cost)))
    }
}

impl Usage {
    /// Adds another attempt's figures; the newest model named stays.
    pub fn add(&mut self, more: &Self) {
        self.model = more.model.clone().or(self.model.take());
        self.tokens_in = sum(self.tokens_in, more.tokens_in);
        self.tokens_cached = sum(self.tokens_cached, more.tokens_cached);
        self.tokens_out = sum(self.tokens_out, more.tokens_out);
        self.cost = sum_of_money(self.cost, more.cost);
    }
}

/// An amount in US dollars: cents, or two digits that count where it is less than one of them.
#[must_use]
pub fn format_usd(dollars: f64) -> String {
    if dollars >= 0.01 || dollars <= 0.0 {
        format!("{dollars:.2}")
    } else {
        format!("{dollars:.4}")
    }
}

fn sum(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.saturating_add(other)),
        (one, other) => one.or(other),
    }
}

/// What is no number, or less than nothing, is no amount: programs say what they like.
fn sum_of_money(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    let real = |format_usd: &f64| format_usd.is_finite() && *format_usd >= 0.0;
    match (one.filter(real), other.filter(real)) {
        (Some(one), Some(other)) => Some(one + other),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cached_tokens_have_their_own_price() {
        let price = Price {
            input: 3.0,
            output: 15.0,
            cached: 0.3,
        };
        let tokens = Tokens {
            read: 1_000_000,
            cached: 900_000,
            written: 100_000,
        };
        assert!((price.of(&tokens) - (0.3 + 0.27 + 1.5)).abs() < 1e-9);
        let odd = Tokens {
            read: 1,
            cached: 9,
            written: 0,
        };
        assert!(
            price.of(&odd) <= price.input / MILLION,
            "more cached than read"
        );
    }

    #[test]
    fn what_is_said_and_what_is_guessed_add_up() {
        let usage = Usage {
            tokens_in: Some(10),
            cost: Some(0.5),
            ..Usage::default()
        };
        let estimate = Estimate {
            tokens_out: Some(4),
            ..Estimate::default()
        };
        let mut spent = Spending::of(&usage, &estimate);
        assert_eq!(spent.money().as_deref(), Some("0.50 USD"));
        assert!(spent.tokens_guessed && !spent.cost_guessed);
        spent.add(&Spending::of(
            &Usage::default(),
            &Estimate {
                cost: Some(0.25),
                ..Estimate::default()
            },
        ));
        assert_eq!(spent.money().as_deref(), Some("~0.75 USD"));
        spent.add(&Spending::of(&Usage::default(), &Estimate::default()));
        assert_eq!(
            (spent.attempts, spent.unpriced, spent.tokens.written),
            (3, 1, 4)
        );
    }

    #[test]
    fn hostile_amounts_are_none() {
        let mut usage = Usage {
            cost: Some(f64::NAN),
            ..Usage::default()
        };
        usage.add(&Usage {
            cost: Some(-3.0),
            tokens_in: Some(u64::MAX),
            ..Usage::default()
        });
        usage.add(&Usage {
            cost: Some(1.0),
            tokens_in: Some(1),
            ..Usage::default()
        });
        assert_eq!((usage.cost, usage.tokens_in), (Some(1.0), Some(u64::MAX)));
        assert_eq!(
            Spending::of(
                &Usage {
                    cost: Some(f64::INFINITY),
                    ..Usage::default()
                },
                &Estimate::default()
            )
            .cost,
            0.0
        );
    }

    #[test]
    fn amounts_are_short_and_never_rounded_to_nothing() {
        assert_eq!(format_usd(12.345), "12.35");
        assert_eq!(format_usd(0.0034), "0.0034");
        assert_eq!(format_usd(0.0), "0.00");
    }
}
