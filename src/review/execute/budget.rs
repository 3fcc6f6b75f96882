//! The money of a run: what may start, what is written down before it does, and
//! what it came to.
//!
//! Chosen: nothing new starts once a budget is spent, and what already runs is
//! let go on: an agent that is stopped has been paid for and has said nothing.
//! So a budget can be overshot by the agents that run at once (`agents.jobs`).

use std::cell::OnceCell;

use crate::backends::Answer;
use crate::model::cost::amount;
use crate::model::{Change, Ending, Estimate, JobId, ObjectId, Price, RunId, Spent, Tokens, Usage};
use crate::reply::encode_reply;
use crate::store::{Attempt, Ledger, Stage, StoreError};
use crate::sys::clock;

use crate::review::prepare::Work;
use crate::review::workspace::Session;

/// Bytes of text that make one token, times two: 3.5, a rough figure for code in any model.
const BYTES_OF_TWO_TOKENS: u64 = 7;

/// Keeps the accounts of one run.
pub(crate) struct Purse<'a> {
    session: &'a Session,
    run: RunId,
    commit: Option<ObjectId>,
    branch: Option<String>,
    /// This run's attempts, those of an earlier supervisor too.
    own: Ledger,
    /// The day's attempts as they were when a rate was first asked for.
    today: OnceCell<Ledger>,
}

/// Which budget is spent.
pub(crate) struct Over {
    /// In words: how much of how much.
    pub(crate) words: String,
    /// Whether the next day helps.
    pub(crate) is_daily: bool,
}

impl<'a> Purse<'a> {
    pub(crate) fn new(session: &'a Session, run: &RunId, change: &Change) -> Self {
        let own = session.store.attempts_of(run);
        let target = &change.target;
        Self {
            session,
            run: run.clone(),
            commit: target.head.clone(),
            branch: target.branch.clone(),
            own,
            today: OnceCell::new(),
        }
    }

    /// What was tried for this job before, in order.
    pub(crate) fn past(&self, job: &JobId) -> Vec<Attempt> {
        self.own
            .attempts
            .iter()
            .filter(|attempt| attempt.job == *job)
            .cloned()
            .collect()
    }

    /// Why the work must wait at this backend, if it must.
    pub(crate) fn over(&self, work: &Work, backend: &str) -> Option<Over> {
        let settings = &self.session.settings;
        let agent = &work.job.definition.name;
        if self
            .price(work, backend, None)
            .is_some_and(|price| price.is_free())
        {
            return None;
        }
        let own = settings
            .per_agent
            .get(agent.as_str())
            .and_then(|own| own.budget);
        if [own, settings.budget_run, settings.budget_daily]
            .iter()
            .all(Option::is_none)
        {
            return None;
        }
        let may = self.expected(work, backend).cost.unwrap_or(0.0);
        let is_over = |limit: Option<f64>, spent: &dyn Fn() -> Spent| {
            let limit = limit?;
            let spent = spent();
            (spent.cost >= limit || spent.cost + may > limit).then(|| said(&spent, limit, may))
        };
        let of_agent = || self.own.sum(|attempt| attempt.job.agent == *agent);
        let of_run = || self.own.sum(|_| true);
        let of_day = || {
            self.session
                .store
                .spent_on(&clock::day(clock::now()))
                .sum(|_| true)
        };
        let found = [
            (
                is_over(own, &of_agent),
                format!("by {agent} in this review (agents.{agent}.budget)"),
                false,
            ),
            (
                is_over(settings.budget_run, &of_run),
                "in this review (agents.budget.run)".to_owned(),
                false,
            ),
            (
                is_over(settings.budget_daily, &of_day),
                "today (agents.budget.daily)".to_owned(),
                true,
            ),
        ];
        found.into_iter().find_map(|(words, whose, is_daily)| {
            Some(Over {
                words: words?.replace("{}", &whose),
                is_daily,
            })
        })
    }

    /// Writes down an attempt that is about to start, before this returns its number.
    pub(crate) fn begin(&mut self, work: &Work, backend: &str) -> Result<u32, StoreError> {
        let number = self
            .past(&work.id)
            .iter()
            .map(|attempt| attempt.number)
            .max()
            .unwrap_or(0)
            .saturating_add(1);
        let estimate = self.expected(work, backend);
        let attempt = Attempt {
            at: clock::now(),
            run: self.run.clone(),
            job: work.id.clone(),
            number,
            stage: Stage::Started,
            repository: self.session.repo.common_dir().to_owned(),
            commit: self.commit.clone(),
            branch: self.branch.clone(),
            backend: backend.to_owned(),
            usage: Usage::default(),
            estimate,
        };
        self.session.store.note_attempt(&attempt)?;
        self.own.note(attempt);
        Ok(number)
    }

    /// Writes down what an attempt came to; returns what its program did not say, guessed.
    pub(crate) fn end(
        &mut self,
        work: &Work,
        (number, never_ran): (u32, bool),
        answer: &Answer,
    ) -> Result<Estimate, StoreError> {
        let begun = self
            .own
            .attempts
            .iter()
            .find(|attempt| attempt.job == work.id && attempt.number == number);
        let Some(begun) = begun.cloned() else {
            return Ok(Estimate::default());
        };
        let estimate = if never_ran {
            Estimate::default()
        } else {
            self.guess(work, &begun.backend, answer)
        };
        let (usage, stage) = (answer.usage.clone(), Stage::Ended(answer.ending.clone()));
        let ended = Attempt {
            stage,
            usage,
            estimate,
            ..begun
        };
        self.session.store.note_attempt(&ended)?;
        self.own.note(ended);
        Ok(estimate)
    }

    /// What the person said this model costs, or whatever runs there.
    fn price(&self, work: &Work, backend: &str, answered: Option<&str>) -> Option<Price> {
        let settings = &self.session.settings;
        let asked = (work.job.backend == backend)
            .then_some(work.job.model.as_deref())
            .flatten();
        settings.price_of(
            answered.or(asked).or(settings.model_of_backend(backend)),
            backend,
        )
    }

    /// What an attempt may cost, before it starts.
    fn expected(&self, work: &Work, backend: &str) -> Estimate {
        let read = work
            .brief
            .as_ref()
            .map_or(0, |brief| brief.estimated_tokens() as u64);
        let tokens = Tokens {
            read,
            ..Tokens::default()
        };
        let cost = self
            .price(work, backend, None)
            .map(|price| price.of(&tokens));
        let cost = cost.or_else(|| Some(self.rate(backend)? * read as f64));
        Estimate {
            tokens_in: Some(read),
            tokens_out: None,
            cost,
        }
    }

    /// What the program did not say.
    fn guess(&self, work: &Work, backend: &str, answer: &Answer) -> Estimate {
        let usage = &answer.usage;
        if !may_be_paid(&answer.ending) {
            return Estimate::default();
        }
        let written = answer
            .reply
            .as_ref()
            .map_or(0, |reply| encode_reply(reply).len() as u64);
        let read = work
            .brief
            .as_ref()
            .map_or(0, |brief| brief.estimated_tokens() as u64);
        let mut estimate = Estimate {
            tokens_in: usage.tokens_in.is_none().then_some(read),
            tokens_out: usage
                .tokens_out
                .is_none()
                .then_some((written * 2).div_ceil(BYTES_OF_TWO_TOKENS)),
            cost: None,
        };
        if usage.cost.is_none() {
            let tokens = Spent::of(usage, &estimate).tokens;
            let price = self.price(work, backend, usage.model.as_deref());
            let cost = price.map(|price| price.of(&tokens));
            estimate.cost = cost.or_else(|| Some(self.rate(backend)? * tokens.read as f64));
        }
        estimate
    }

    /// US dollars per token in, by what this backend itself said today.
    fn rate(&self, backend: &str) -> Option<f64> {
        let today = self
            .today
            .get_or_init(|| self.session.store.spent_on(&clock::day(clock::now())));
        let said = today.sum(|attempt| attempt.backend == backend && attempt.usage.cost.is_some());
        (said.cost > 0.0 && said.tokens.read > 0).then(|| said.cost / said.tokens.read as f64)
    }
}

/// `5.02 of 5.00 USD are spent {}`; what the next agent may need is named where that is what is too much.
fn said(spent: &Spent, limit: f64, may: f64) -> String {
    let mark = if spent.cost_guessed { "~" } else { "" };
    let so_far = format!(
        "{mark}{} of {} USD are spent {{}}",
        amount(spent.cost),
        amount(limit)
    );
    if spent.cost >= limit {
        so_far
    } else {
        format!("{so_far}, and this may cost ~{} USD", amount(may))
    }
}

/// Whether the provider may have read the prompt, and so charge for it.
fn may_be_paid(ending: &Ending) -> bool {
    match ending {
        Ending::Answered
        | Ending::Exited(_)
        | Ending::Signalled(_)
        | Ending::TimedOut(_)
        | Ending::Cancelled
        | Ending::TooMuchOutput
        | Ending::Refused(_)
        | Ending::Unreadable(_)
        | Ending::Empty
        | Ending::Lost => true,
        Ending::Superseded
        | Ending::NotStarted(_)
        | Ending::OverBudget
        | Ending::RateLimited { .. }
        | Ending::NoQuota(_)
        | Ending::Overloaded
        | Ending::Unreachable(_)
        | Ending::NotLoggedIn
        | Ending::TooLong => false,
    }
}
