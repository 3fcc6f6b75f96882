//! When the provider does not do its part: each failure has its name, costs a bounded time, and
//! leaves what was found without a model.

use std::net::TcpListener;

use serde_json::Value;

use crate::model_server::{ModelServer, Step};
use crate::place::{KEY, Place, assert_complete, assert_gap, good_answer, lines};
use crate::processes;
use crate::program::{Exception, Program};

fn status(code: u16, headers: &[(&str, &str)]) -> Step {
    Step::Status(
        code,
        headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
    )
}

pub(crate) fn a_wrong_key_is_no_login(program: &'static Program) {
    let server = ModelServer::start(KEY, good_answer);
    let place = Place::new(program);
    assert_gap(
        place.run_at(&server.url(), "sk-loopback-wrong"),
        "not logged in",
    );
    assert!(server.asked().iter().all(|request| !request.has_right_key));
}

pub(crate) fn a_rate_limit_is_named(program: &'static Program) {
    let server = ModelServer::start(KEY, |_| status(429, &[]));
    assert_gap(Place::new(program).run(&server), "rate limited");
}

pub(crate) fn a_rate_limit_that_ends_is_waited_for(program: &'static Program) {
    let server = ModelServer::start(KEY, |request| match request.nth {
        0 => status(429, &[("retry-after", "1")]),
        _ => good_answer(request),
    });
    assert_complete(Place::new(program).run(&server));
}

/// An hour is no matter of this run; where a program sits it out, the deadline knows why.
pub(crate) fn a_long_rate_limit_is_not_sat_out(program: &'static Program) {
    let server = ModelServer::start(KEY, |_| status(429, &[("retry-after", "3600")]));
    let place = Place::new(program);
    if program.has(Exception::KeepsStatus) {
        let told = |line: &Value| {
            line["detail"]
                .as_str()
                .is_some_and(|words| words.contains("scripted failure 429"))
        };
        let report = assert_gap(place.run_into_deadline(&server, told), "timed out (hard)");
        assert!(lines(&report).into_iter().all(told), "{report:#}");
    } else {
        let told = |line: &Value| line["outcome"] == "rate limited";
        assert_gap(place.run_into_deadline(&server, told), "rate limited");
    }
}

pub(crate) fn an_overloaded_provider_is_named(program: &'static Program) {
    let server = ModelServer::start(KEY, |_| status(529, &[]));
    assert_gap(Place::new(program).run(&server), "overloaded");
}

pub(crate) fn a_stalled_stream_ends_at_the_deadline(program: &'static Program) {
    let server = ModelServer::start(KEY, |_| Step::Stall);
    let place = Place::new(program);
    assert_gap(
        place.run_into_deadline(&server, |_| true),
        "timed out (hard)",
    );
    processes::assert_none(&place);
}

pub(crate) fn a_refused_connection_is_named(program: &'static Program) {
    let closed = TcpListener::bind(("127.0.0.1", 0))
        .unwrap()
        .local_addr()
        .unwrap();
    let report = assert_gap(
        Place::new(program).run_at(&format!("http://{closed}"), KEY),
        "unreachable",
    );
    assert_eq!(lines(&report).len(), 3);
}

pub(crate) fn prose_instead_of_the_schema_is_unreadable(program: &'static Program) {
    let server = ModelServer::start(KEY, |_| {
        Step::Text("The change looks good to me overall.".into())
    });
    assert_gap(Place::new(program).run(&server), "unreadable reply");
}
