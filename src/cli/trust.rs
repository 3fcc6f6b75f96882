//! `git agents trust`: the only way by which a file of a repository comes to instruct an agent.

mod ask;
mod list;
mod subject;

use super::args::TrustArgs;
use super::error::CommandError;
use super::{exit_code, output};
use crate::agents::{Grant, Permission, Trust, TrustError, TrustStatus};
use crate::model::Access;
use crate::review;
use crate::review::Workspace;
use crate::sys::clock;
use crate::text::escape;
use subject::Subject;

pub(super) fn trust(args: &TrustArgs) -> Result<u8, CommandError> {
    let workspace = super::here()?;
    let mut trust = review::trust(&workspace);
    let Some(what) = args.what.as_deref() else {
        return list::list(&workspace, &trust, args.print.is_json());
    };
    if args.revoke {
        return revoke(&workspace, &mut trust, what, &args.tool);
    }
    if let Some(problem) = trust.problem() {
        return Err(no_place(problem));
    }
    let subject = subject::find(&workspace, what)?;
    if args.tool.is_empty() {
        allow_to_run(&workspace, trust, &subject, args.yes)
    } else {
        allow_tools(&workspace, trust, &subject, args)
    }
}

fn no_place(problem: &str) -> CommandError {
    CommandError::usage(format!("nothing can be trusted here: {problem}"))
        .hint("`export XDG_STATE_HOME=DIRECTORY` names a directory of yours outside the repository")
}

impl From<TrustError> for CommandError {
    fn from(error: TrustError) -> Self {
        match error {
            TrustError::NoPlace(problem) => no_place(&problem),
            TrustError::Io { .. } => Self::incomplete(review::error_chain(&error)),
        }
    }
}

/// Shows the very bytes that are then recorded: they are read once.
fn allow_to_run(
    workspace: &Workspace,
    mut trust: Trust,
    subject: &Subject,
    yes: bool,
) -> Result<u8, CommandError> {
    if subject.is_of_user {
        return Err(CommandError::usage(format!(
            "{} is your own file and needs no trust",
            subject.shown
        ))
        .hint("`git agents agents` lists what is in force"));
    }
    if trust.standing(&subject.path, &subject.sha256) == TrustStatus::Trusted {
        output::note(&format!(
            "agents: {} is trusted already\n",
            escape::line(&subject.shown)
        ));
        return Ok(exit_code::CLEAN);
    }
    let question = format!("Trust these instructions in {}?", workspace.repo.name());
    if let Some(code) = ask::agreed(
        yes,
        &subject.to_text(&subject.bytes()?),
        &question,
        &retry_command(subject, &[]),
    )? {
        return Ok(code);
    }
    let grant = trust.add(
        &subject.path,
        &subject.sha256,
        Permission::Run,
        clock::now(),
    )?;
    recorded(subject, &grant, "trusted")
}

fn allow_tools(
    workspace: &Workspace,
    mut trust: Trust,
    subject: &Subject,
    args: &TrustArgs,
) -> Result<u8, CommandError> {
    let unsafe_tools = subject.unsafe_tools();
    if let Some(tool) = args.tool.iter().find(|tool| !unsafe_tools.contains(tool)) {
        let asked = if unsafe_tools.is_empty() {
            "no tool beyond reading".to_owned()
        } else {
            unsafe_tools.join(", ")
        };
        return Err(CommandError::usage(format!(
            "{} asks for {asked}, not for {tool}",
            subject.shown
        ))
        .hint("`git agents agents` lists what each definition asks for"));
    }
    let trusted = subject.is_of_user
        || trust.standing(&subject.path, &subject.sha256) == TrustStatus::Trusted;
    if !trusted {
        let command = review::trust_command(workspace, &subject.path);
        return Err(
            CommandError::usage(format!("{} is not trusted itself", subject.shown))
                .hint(format!("`{command}` first")),
        );
    }
    let question = format!(
        "Let it use {} in {} with nobody watching? What it reads there is not yours alone.",
        args.tool.join(", "),
        workspace.repo.name()
    );
    if let Some(code) = ask::agreed(
        args.yes,
        &subject.to_text(&subject.bytes()?),
        &question,
        &retry_command(subject, &args.tool),
    )? {
        return Ok(code);
    }
    for tool in &args.tool {
        let grant = trust.add(
            &subject.path,
            &subject.sha256,
            Permission::Tool(tool.clone()),
            clock::now(),
        )?;
        recorded(subject, &grant, &format!("may use {tool}"))?;
    }
    Ok(exit_code::CLEAN)
}

fn retry_command(subject: &Subject, tools: &[String]) -> String {
    let tools: String = tools
        .iter()
        .map(|tool| format!(" --tool {}", shell_words::quote(tool)))
        .collect();
    format!(
        "git agents trust {}{tools} --yes",
        shell_words::quote(&subject.shown)
    )
}

fn recorded(subject: &Subject, grant: &Grant, what: &str) -> Result<u8, CommandError> {
    let words = format!(
        "{}: {what}; `git agents trust --revoke {}` takes it back",
        subject.shown,
        &grant.id()[..8]
    );
    output::note(&format!("agents: {}\n", escape::line(&words)));
    Ok(exit_code::CLEAN)
}

/// By id, in any repository; by file or name, in this one.
fn revoke(
    workspace: &Workspace,
    trust: &mut Trust,
    what: &str,
    tools: &[String],
) -> Result<u8, CommandError> {
    let meant = meant(workspace, trust, what)?;
    let of_tools = |grant: &Grant| match &grant.permission {
        Permission::Run => tools.is_empty(),
        Permission::Tool(tool) => tools.is_empty() || tools.contains(tool),
    };
    let grants: Vec<Grant> = meant.into_iter().filter(of_tools).collect();
    if grants.is_empty() {
        return Err(
            CommandError::usage(format!("nothing that `{what}` names is trusted"))
                .hint("`git agents trust --list` lists what is"),
        );
    }
    for grant in grants {
        trust.remove(&grant)?;
        let words = format!(
            "{}: {}, no longer",
            grant.path.display(),
            list::permission(&grant)
        );
        output::note(&format!("agents: {}\n", escape::line(&words)));
    }
    Ok(exit_code::CLEAN)
}

fn meant(workspace: &Workspace, trust: &Trust, what: &str) -> Result<Vec<Grant>, CommandError> {
    let is_id = what.len() >= 8
        && what
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let by_id: Vec<Grant> = trust
        .grants()
        .filter(|grant| is_id && grant.id().starts_with(what))
        .cloned()
        .collect();
    if !by_id.is_empty() {
        return Ok(by_id);
    }
    let path = match subject::find(workspace, what) {
        Ok(subject) => subject.path,
        // a file that is gone may still be trusted
        Err(_) => subject::absolute(workspace, what)?,
    };
    let path = trust.known_as(&path);
    Ok(trust
        .grants()
        .filter(|grant| trust.is_here(grant) && grant.path == path)
        .cloned()
        .collect())
}

impl Subject {
    /// Tools beyond reading that it asks for.
    fn unsafe_tools(&self) -> Vec<String> {
        match self.definition.access() {
            Access::Unsafe(tools) => tools,
            Access::Sealed | Access::Explore => Vec::new(),
        }
    }
}
