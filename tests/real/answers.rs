//! When everything goes well.

use serde_json::json;

use crate::model_server::{ModelServer, Request, TOKENS};
use crate::place::{KEY, PROMPTS, Place, assert_complete, good_answer, lines};
use crate::program::{Exception, Program};

/// Ends the change in a prompt.
const CHANGE_END: &str = " CHANGE>>>";

pub(crate) fn three_reviewers_become_one_report(program: &'static Program) {
    let server = ModelServer::start(KEY, good_answer);
    let place = Place::new(program);
    let report = assert_complete(place.run(&server));
    for line in lines(&report) {
        assert_eq!(line["backend"], program.name, "{line:#}");
        let counted = [TOKENS.fresh + TOKENS.cached, TOKENS.written];
        assert_eq!(
            [&line["tokens_in"], &line["tokens_out"]],
            counted.map(|n| json!(n)).each_ref(),
            "{line:#}"
        );
    }
    let asked = server.asked();
    let mut reviewers: Vec<_> = asked
        .iter()
        .map(|request| request.reviewer().unwrap_or("nobody"))
        .collect();
    reviewers.sort_unstable();
    assert_eq!(
        reviewers,
        ["performance", "retro", "retro", "security"],
        "one request for each prompt"
    );
    for request in &asked {
        assert_eq!(
            (request.protocol, request.credential),
            (program.protocol, program.credential)
        );
        assert_eq!(request.method, "POST");
        assert_eq!(request.tools(), program.tools);
    }
}

/// For the provider's cache: what goes before the prompt is the same to the byte, and so is the
/// prompt up to the end of the change.
pub(crate) fn the_prompts_share_their_beginning(program: &'static Program) {
    let server = ModelServer::start(KEY, good_answer);
    let place = Place::new(program);
    assert_complete(place.run(&server));
    let asked = server.asked();
    let before: Vec<_> = asked.iter().map(Request::before_prompt).collect();
    let texts: Vec<&str> = asked.iter().map(Request::text_before_prompt).collect();
    let same = before.iter().all(|b| *b == before[0]) && texts.iter().all(|text| *text == texts[0]);
    assert_eq!(same, !program.has(Exception::NamesItsPlace), "{before:#?}");
    let prompts: Vec<&str> = asked.iter().filter_map(Request::prompt).collect();
    assert_eq!(prompts.len(), PROMPTS);
    let change_end = prompts[0].find(CHANGE_END).unwrap() + CHANGE_END.len();
    for prompt in &prompts {
        let shared = prompt
            .bytes()
            .zip(prompts[0].bytes())
            .take_while(|(a, b)| a == b)
            .count();
        assert!(
            shared >= change_end,
            "only {shared} bytes are shared, the change ends at {change_end}"
        );
    }
}
