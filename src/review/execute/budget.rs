//! The money of a run: what may start, what is written down before it does, and
//! what it came to.
//!
//! Chosen: nothing new starts once a budget is spent, and what already runs is
//! let go on: an agent that is stopped has been paid for and has said nothing.
//! So a budget can be overshot by the agents that run at once (`agents.jobs`).

use std::cell::OnceCell;
use std::fmt;

use crate::backends::Answer;
use crate::model::cost::format_usd;
use crate::model::{
    AgentName, Change, Ending, Estimate, JobId, ObjectId, Price, RunId, Spending, Tokens, Usage,
};
use crate::reply::encode_reply;
use crate::store::{Attempt, Ledger, Stage, StoreError};
use crate::sys::clock;

use crate::review::prepare::PromptJob;
use crate::review::workspace::Workspace;

/// Bytes of text that make one token, times two: 3.5, a rough figure for code in any model.
const BYTES_OF_TWO_TOKENS: u64 = 7;

/// Keeps the accounts of one run.
pub(crate) struct Budget<'a> {
    workspace: &'a Workspace,
    run: RunId,
    commit: Option<ObjectId>,
    branch: Option<String>,
    /// This run's attempts, those of an earlier supervisor too.
    own: Ledger,
    /// The day's attempts as they were when a rate was first asked for.
    today: OnceCell<Ledger>,
}

/// What a budget limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BudgetScope {
    /// One agent in one review.
    Agent(AgentName),
    /// One review.
    Review,
    /// A calendar day of the person, over all repositories.
    Daily,
}

impl fmt::Display for BudgetScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Agent(agent) => write!(f, "by {agent} in this review (agents.{agent}.budget)"),
            Self::Review => f.write_str("in this review (agents.budget.run)"),
            Self::Daily => f.write_str("today (agents.budget.daily)"),
        }
    }
}

/// A budget that has no room for another attempt. Amounts are US dollars.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) struct BudgetExceeded {
    pub(crate) scope: BudgetScope,
    /// What was spent so far.
    pub(crate) spent: Spending,
    pub(crate) limit: f64,
    /// What the attempt may cost.
    pub(crate) expected: f64,
}

impl fmt::Display for BudgetExceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.spent.cost_guessed { "~" } else { "" };
        let (spent, limit) = (format_usd(self.spent.cost), format_usd(self.limit));
        let scope = &self.scope;
        if self.spent.cost < self.limit {
            let expected = format_usd(self.expected);
            return write!(
                f,
                "the next prompt may cost ~{expected} USD, and {mark}{spent} of {limit} USD were \
                 spent {scope}"
            );
        }
        write!(
            f,
            "budget reached: {mark}{spent} of {limit} USD were spent {scope}"
        )?;
        Ok(())
    }
}

/// Whether an attempt that may cost `expected` has room below `limit`.
fn check(
    scope: BudgetScope,
    limit: f64,
    spent: Spending,
    expected: f64,
) -> Result<(), BudgetExceeded> {
    if spent.cost >= limit || spent.cost + expected > limit {
        return Err(BudgetExceeded {
            scope,
            spent,
            limit,
            expected,
        });
    }
    Ok(())
}

impl<'a> Budget<'a> {
    pub(crate) fn new(workspace: &'a Workspace, run: &RunId, change: &Change) -> Self {
        let own = workspace.store.attempts_of(run);
        let target = &change.target;
        Self {
            workspace,
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

    /// Checks an attempt that is about to start against every budget, the narrowest first.
    ///
    /// What was spent in a scope is read only where that scope has a limit: the ledger of the day
    /// holds the attempts of all repositories.
    pub(crate) fn admit(&self, job: &PromptJob, backend: &str) -> Result<(), BudgetExceeded> {
        let settings = &self.workspace.settings;
        let agent = &job.job.definition.name;
        let price = self.price(job, backend, None);
        if price.is_some_and(|price| price.is_free()) {
            return Ok(());
        }
        let of_agent = settings.per_agent.get(agent.as_str());
        let scopes = [
            (
                BudgetScope::Agent(agent.clone()),
                of_agent.and_then(|own| own.budget),
            ),
            (BudgetScope::Review, settings.budget_run),
            (BudgetScope::Daily, settings.budget_daily),
        ];
        for (scope, limit) in scopes {
            let Some(limit) = limit else { continue };
            let spent = self.spent_in(&scope);
            let expected = self.expected(job, backend).cost.unwrap_or(0.0);
            check(scope, limit, spent, expected)?;
        }
        Ok(())
    }

    fn spent_in(&self, scope: &BudgetScope) -> Spending {
        match scope {
            BudgetScope::Agent(agent) => self.own.sum(|attempt| attempt.job.agent == *agent),
            BudgetScope::Review => self.own.sum(|_| true),
            BudgetScope::Daily => {
                let today = clock::day(clock::now());
                self.workspace.store.spent_on(&today).sum(|_| true)
            }
        }
    }

    /// Writes down an attempt that is about to start, before this returns its number.
    pub(crate) fn begin(&mut self, job: &PromptJob, backend: &str) -> Result<u32, StoreError> {
        let number = self
            .past(&job.id)
            .iter()
            .map(|attempt| attempt.number)
            .max()
            .unwrap_or(0)
            .saturating_add(1);
        let estimate = self.expected(job, backend);
        let attempt = Attempt {
            at: clock::now(),
            run: self.run.clone(),
            job: job.id.clone(),
            number,
            stage: Stage::Started,
            repository: self.workspace.repo.common_dir().to_owned(),
            commit: self.commit.clone(),
            branch: self.branch.clone(),
            backend: backend.to_owned(),
            usage: Usage::default(),
            estimate,
        };
        self.workspace.store.note_attempt(&attempt)?;
        self.own.note(attempt);
        Ok(number)
    }

    /// Writes down what an attempt came to; returns what its program did not say, guessed.
    pub(crate) fn end(
        &mut self,
        job: &PromptJob,
        (number, never_ran): (u32, bool),
        answer: &Answer,
    ) -> Result<Estimate, StoreError> {
        let begun = self
            .own
            .attempts
            .iter()
            .find(|attempt| attempt.job == job.id && attempt.number == number);
        let Some(begun) = begun.cloned() else {
            return Ok(Estimate::default());
        };
        let estimate = if never_ran {
            Estimate::default()
        } else {
            self.guess(job, &begun.backend, answer)
        };
        let (usage, stage) = (answer.usage.clone(), Stage::Ended(answer.ending.clone()));
        let ended = Attempt {
            stage,
            usage,
            estimate,
            ..begun
        };
        self.workspace.store.note_attempt(&ended)?;
        self.own.note(ended);
        Ok(estimate)
    }

    /// What the person said this model costs, or whatever runs there.
    fn price(&self, job: &PromptJob, backend: &str, answered: Option<&str>) -> Option<Price> {
        let settings = &self.workspace.settings;
        let asked = (job.job.backend == backend)
            .then_some(job.job.model.as_deref())
            .flatten();
        settings.price_of(
            answered.or(asked).or(settings.model_of_backend(backend)),
            backend,
        )
    }

    /// What an attempt may cost, before it starts.
    fn expected(&self, job: &PromptJob, backend: &str) -> Estimate {
        let read = job
            .prompt
            .as_ref()
            .map_or(0, |prompt| prompt.estimated_tokens() as u64);
        let tokens = Tokens {
            read,
            ..Tokens::default()
        };
        let cost = self
            .price(job, backend, None)
            .map(|price| price.of(&tokens));
        let cost = cost.or_else(|| Some(self.rate(backend)? * read as f64));
        Estimate {
            tokens_in: Some(read),
            tokens_out: None,
            cost,
        }
    }

    /// What the program did not say.
    fn guess(&self, job: &PromptJob, backend: &str, answer: &Answer) -> Estimate {
        let usage = &answer.usage;
        if !may_be_paid(&answer.ending) {
            return Estimate::default();
        }
        let written = answer
            .reply
            .as_ref()
            .map_or(0, |reply| encode_reply(reply).len() as u64);
        let read = job
            .prompt
            .as_ref()
            .map_or(0, |prompt| prompt.estimated_tokens() as u64);
        let mut estimate = Estimate {
            tokens_in: usage.tokens_in.is_none().then_some(read),
            tokens_out: usage
                .tokens_out
                .is_none()
                .then_some((written * 2).div_ceil(BYTES_OF_TWO_TOKENS)),
            cost: None,
        };
        if usage.cost.is_none() {
            let tokens = Spending::of(usage, &estimate).tokens;
            let price = self.price(job, backend, usage.model.as_deref());
            let cost = price.map(|price| price.of(&tokens));
            estimate.cost = cost.or_else(|| Some(self.rate(backend)? * tokens.read as f64));
        }
        estimate
    }

    /// US dollars per token in, by what this backend itself said today.
    fn rate(&self, backend: &str) -> Option<f64> {
        let today = self
            .today
            .get_or_init(|| self.workspace.store.spent_on(&clock::day(clock::now())));
        let said = today.sum(|attempt| attempt.backend == backend && attempt.usage.cost.is_some());
        (said.cost > 0.0 && said.tokens.read > 0).then(|| said.cost / said.tokens.read as f64)
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
