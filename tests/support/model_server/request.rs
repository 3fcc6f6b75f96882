//! A request of a program, as the log keeps it and as scripts and assertions ask about it.

use serde_json::Value;

use super::http::Message;

/// How every prompt of ours begins.
const OPENING: &str = "You are one of several reviewers";

/// Which provider's interface was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// Anthropic Messages.
    Messages,
    /// OpenAI Responses.
    Responses,
    /// OpenAI chat completions.
    Chat,
    /// Gemini's `generateContent`.
    Gemini,
    /// No model was asked.
    None,
}

/// What a request proved itself with. The log never holds the credential itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Credential {
    /// `x-api-key`.
    ApiKey,
    /// `authorization: Bearer`.
    Bearer,
    /// `x-goog-api-key`.
    GoogleKey,
    /// Nothing.
    None,
}

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Without its query.
    pub(crate) path: String,
    pub(crate) protocol: Protocol,
    pub(crate) credential: Credential,
    /// Whether the credential is the one that the server wants.
    pub(crate) has_right_key: bool,
    /// Whether it asks for a websocket.
    pub(crate) is_upgrade: bool,
    /// As JSON; null where it is none.
    pub(crate) body: Value,
    /// The body's bytes, as text.
    pub(crate) text: String,
    /// Requests with the same prompt before this one.
    pub(crate) nth: usize,
}

impl Request {
    pub(super) fn of(message: &Message, key: &str) -> Self {
        let path = message
            .target
            .split('?')
            .next()
            .unwrap_or_default()
            .to_owned();
        let bearer = message
            .header("authorization")
            .and_then(|value| value.strip_prefix("Bearer "));
        let google = message
            .header("x-goog-api-key")
            .map(|shown| (Credential::GoogleKey, shown));
        let own = message
            .header("x-api-key")
            .map(|shown| (Credential::ApiKey, shown))
            .or(google);
        let shown = own.or(bearer.map(|shown| (Credential::Bearer, shown)));
        let (credential, shown) = shown.unwrap_or((Credential::None, ""));
        let protocol = match (message.method.as_str(), path.as_str()) {
            ("POST", "/v1/messages") => Protocol::Messages,
            ("POST", "/v1/responses") => Protocol::Responses,
            ("POST", "/v1/chat/completions") => Protocol::Chat,
            ("POST", path) if path.ends_with("enerateContent") => Protocol::Gemini,
            _ => Protocol::None,
        };
        Self {
            protocol,
            credential,
            has_right_key: shown == key,
            is_upgrade: message
                .header("upgrade")
                .is_some_and(|u| u.eq_ignore_ascii_case("websocket")),
            body: serde_json::from_slice(&message.body).unwrap_or_default(),
            text: String::from_utf8_lossy(&message.body).into_owned(),
            method: message.method.clone(),
            path,
            nth: 0,
        }
    }

    pub(super) fn is_head(&self) -> bool {
        self.method == "HEAD"
    }

    pub(super) fn is_streamed(&self) -> bool {
        self.body["stream"] == true || self.path.ends_with(":streamGenerateContent")
    }

    /// Names of the tools it offers, those of a namespace one by one.
    pub(crate) fn tools(&self) -> Vec<&str> {
        let added = self
            .conversation()
            .filter(|part| part["type"] == "additional_tools");
        let lists = std::iter::once(&self.body["tools"]).chain(added.map(|part| &part["tools"]));
        let tools = lists.filter_map(Value::as_array).flatten();
        let single = tools.flat_map(|tool| {
            let grouped = tool["tools"]
                .as_array()
                .or(tool["functionDeclarations"].as_array());
            grouped.map_or(std::slice::from_ref(tool), Vec::as_slice)
        });
        let names = single.map(|tool| [&tool["name"], &tool["function"]["name"], &tool["type"]]);
        names
            .map(|names| names.into_iter().find_map(Value::as_str).unwrap_or("?"))
            .collect()
    }

    /// The conversation's parts: an array of messages and items.
    fn conversation(&self) -> impl Iterator<Item = &Value> {
        let name = match self.protocol {
            Protocol::Messages | Protocol::Chat => "messages",
            Protocol::Gemini => "contents",
            Protocol::Responses | Protocol::None => "input",
        };
        self.body[name].as_array().into_iter().flatten()
    }

    /// What tools are said to have answered, as JSON.
    pub(crate) fn tool_results(&self) -> Vec<String> {
        let of_messages = |part: &Value| match &part["content"] {
            Value::Array(blocks) => blocks
                .iter()
                .filter(|b| b["type"] == "tool_result")
                .map(Value::to_string)
                .collect(),
            _ => Vec::new(),
        };
        let of_items = |part: &Value| {
            let is_result = part["type"]
                .as_str()
                .is_some_and(|t| t.ends_with("_output"));
            if is_result {
                vec![part.to_string()]
            } else {
                Vec::new()
            }
        };
        let results = self.conversation().flat_map(|part| match self.protocol {
            Protocol::Messages => of_messages(part),
            Protocol::Chat if part["role"] == "tool" => vec![part.to_string()],
            Protocol::Chat => Vec::new(),
            Protocol::Gemini => {
                let parts = part["parts"].as_array().into_iter().flatten();
                parts
                    .filter(|part| part["functionResponse"].is_object())
                    .map(Value::to_string)
                    .collect()
            }
            Protocol::Responses | Protocol::None => of_items(part),
        });
        results.collect()
    }

    /// What a part says: words, or blocks.
    fn content(part: &Value) -> &Value {
        if part["parts"].is_array() {
            &part["parts"]
        } else {
            &part["content"]
        }
    }

    /// Texts of the user, in order.
    fn user_texts(&self) -> Vec<&str> {
        let mut texts = Vec::new();
        for part in self.conversation().filter(|part| part["role"] == "user") {
            match Self::content(part) {
                Value::String(text) => texts.push(text.as_str()),
                content => texts.extend(
                    content
                        .as_array()
                        .into_iter()
                        .flatten()
                        .filter_map(|b| b["text"].as_str()),
                ),
            }
        }
        texts
    }

    /// Our prompt, if it is there; what a program puts before it in the same text is not of it.
    pub(crate) fn prompt(&self) -> Option<&str> {
        self.user_texts()
            .into_iter()
            .find_map(|text| text.find(OPENING).map(|at| &text[at..]))
    }

    /// What a program puts before our prompt in the same text.
    pub(crate) fn text_before_prompt(&self) -> &str {
        let found = self
            .user_texts()
            .into_iter()
            .find_map(|text| text.find(OPENING).map(|at| &text[..at]));
        found.unwrap_or_default()
    }

    /// Everything in the body but our prompt, which is replaced by `PROMPT`.
    pub(crate) fn around_prompt(&self) -> String {
        match self.prompt() {
            None => self.text.clone(),
            Some(prompt) => {
                let written = Value::from(prompt).to_string();
                self.body
                    .to_string()
                    .replace(written.trim_matches('"'), "PROMPT")
            }
        }
    }

    /// What a model reads before the prompt, in its order; ids and times of messages are not read.
    pub(crate) fn before_prompt(&self) -> Vec<&Value> {
        let mut parts: Vec<_> = ["tools", "system", "instructions", "systemInstruction"]
            .map(|name| &self.body[name])
            .to_vec();
        let is_prompt = |text: &Value| text.as_str().is_some_and(|text| text.contains(OPENING));
        for part in self.conversation() {
            parts.extend([&part["role"], &part["tools"]]);
            match Self::content(part) {
                text if is_prompt(text) => break,
                Value::Array(blocks) => {
                    match blocks.iter().position(|block| is_prompt(&block["text"])) {
                        Some(at) => {
                            parts.extend(&blocks[..at]);
                            break;
                        }
                        None => parts.extend(blocks),
                    }
                }
                other => parts.push(other),
            }
        }
        parts
    }

    /// Whom the prompt speaks to.
    pub(crate) fn reviewer(&self) -> Option<&str> {
        let (_, after) = self.prompt()?.split_once("You are the `")?;
        after.split_once("` reviewer").map(|(name, _)| name)
    }

    /// Ids of all hunks in the prompt.
    pub(crate) fn hunks(&self) -> Vec<&str> {
        let line = self
            .prompt()
            .and_then(|p| p.rsplit_once("to be echoed in `coverage` once read: "));
        line.map_or_else(Vec::new, |(_, ids)| {
            ids.lines().next().unwrap_or_default().split(", ").collect()
        })
    }
}
