//! Faults on demand: an ordered list of rules, the first that fires decides what goes wrong with a request.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use serde::{Deserialize, Deserializer, Serialize};
use tokio::sync::watch;

use crate::store::lock;

/// When something goes wrong, and what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Which requests are counted.
    #[serde(default, rename = "match")]
    pub matching: Match,
    /// Let so many matching requests pass first.
    #[serde(default)]
    pub skip: u64,
    /// Fire so many times, then never again; 0 is for ever.
    #[serde(default)]
    pub times: u64,
    /// Fire at every n-th matching request only (after `skip`); 0 and 1 are each.
    #[serde(default)]
    pub every: u64,
    /// What goes wrong.
    pub action: Action,
}

impl Rule {
    /// A rule for every request, for ever.
    #[must_use]
    pub fn new(action: Action) -> Self {
        Self {
            matching: Match::default(),
            skip: 0,
            times: 0,
            every: 0,
            action,
        }
    }

    /// Only for that service.
    #[must_use]
    pub fn service(mut self, service: &str) -> Self {
        self.matching.service = Some(service.to_owned());
        self
    }

    /// Only for that verb.
    #[must_use]
    pub fn verb(mut self, verb: &str) -> Self {
        self.matching.verb = Some(verb.to_owned());
        self
    }

    /// Only for that HTTP method.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        self.matching.method = Some(method.to_owned());
        self
    }

    /// Only where path and query contain that text.
    #[must_use]
    pub fn path_contains(mut self, text: &str) -> Self {
        self.matching.path_contains = Some(text.to_owned());
        self
    }

    /// Lets the first `n` pass.
    #[must_use]
    pub fn skip(mut self, n: u64) -> Self {
        self.skip = n;
        self
    }

    /// Fires `n` times at most.
    #[must_use]
    pub fn times(mut self, n: u64) -> Self {
        self.times = n;
        self
    }

    /// Fires at every `n`-th.
    #[must_use]
    pub fn every(mut self, n: u64) -> Self {
        self.every = n;
        self
    }
}

/// Which requests a rule counts; what is absent matches all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Match {
    /// The service's name, such as `easemob` or `cos`.
    #[serde(default)]
    pub service: Option<String>,
    /// Such as `upload`.
    #[serde(default)]
    pub verb: Option<String>,
    /// The HTTP method.
    #[serde(default)]
    pub method: Option<String>,
    /// Text that path and query must contain.
    #[serde(default)]
    pub path_contains: Option<String>,
}

/// When a made-up answer is sent, and what becomes of the request body.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Timing {
    /// After the whole request body was read.
    #[default]
    AfterBody,
    /// At once; then the connection is closed. Unread bytes make the kernel send a reset after the answer.
    EarlyClose,
    /// At once; then nothing more is read and the connection is left open.
    EarlyKeepOpen,
    /// At once, while the rest of the body is read and thrown away; the connection can be used again.
    EarlyDrain,
}

/// An answer made up by a test.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Canned {
    /// The HTTP status.
    pub status: u16,
    /// Header fields, in order; in JSON a list of pairs, or an object.
    #[serde(default, deserialize_with = "pairs")]
    pub headers: Vec<(String, String)>,
    /// The content type; `application/json` when absent.
    #[serde(default)]
    pub content_type: Option<String>,
    /// The body as text.
    #[serde(default)]
    pub body: String,
    /// The body in base64, in place of `body`.
    #[serde(default)]
    pub body_base64: Option<String>,
    /// When it is sent.
    #[serde(default)]
    pub timing: Timing,
}

/// Header fields as a list of pairs or as an object, which most languages have at hand.
fn pairs<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<(String, String)>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Fields {
        Pairs(Vec<(String, String)>),
        Object(BTreeMap<String, String>),
    }
    Ok(match Fields::deserialize(from)? {
        Fields::Pairs(pairs) => pairs,
        Fields::Object(object) => object.into_iter().collect(),
    })
}

/// What goes wrong. In JSON the name is in `type`, as in `{"type":"trickle","bytes_per_second":100}`.
///
/// Faults of the answer's body, `delay` and `hold` act on the service's own answer, so the request takes effect. `answer`,
/// `service_error`, `redirect`, `big_json` and the faults of receiving replace the service: it never sees the request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// Answers what the test says.
    Answer(Canned),
    /// Answers one of the service's own documented errors: Easemob's by the name in `error` (`reach_limit`), NetEase's
    /// by its business code (`416`), the others' by what docs/emulator.md lists.
    ServiceError {
        /// The name or code.
        name: String,
        /// When it is sent.
        #[serde(default)]
        timing: Timing,
    },
    /// Waits before the answer, in real time.
    Delay {
        /// Milliseconds.
        ms: u64,
    },
    /// Waits before the answer until the rules are removed.
    Hold,
    /// Stops reading after so many bytes of the body (or at its end), keeps the connection open, never answers.
    StallReceiving {
        /// Bytes of the body.
        #[serde(default)]
        after: u64,
    },
    /// Stops sending after so many bytes of the answer's head, 0 being silence.
    StallHead {
        /// Bytes of the head.
        #[serde(default)]
        after: u64,
    },
    /// Stops sending after so many bytes of the answer's body.
    StallBody {
        /// Bytes of the body.
        #[serde(default)]
        after: u64,
    },
    /// Resets the connection (a real RST) after so many bytes of the request body, or at its end.
    ResetReceiving {
        /// Bytes of the body.
        #[serde(default)]
        after: u64,
    },
    /// Resets the connection after so many bytes of the answer's body.
    ResetBody {
        /// Bytes of the body.
        #[serde(default)]
        after: u64,
    },
    /// Resets the connection once the request is read, instead of answering.
    ResetBeforeAnswer {
        /// Let the service act on the request first.
        #[serde(default)]
        handle: bool,
    },
    /// Closes the connection cleanly once the request is read, instead of answering.
    CloseBeforeAnswer {
        /// Let the service act on the request first.
        #[serde(default)]
        handle: bool,
    },
    /// Announces the whole length, sends so many bytes of the body, then closes cleanly.
    TruncateBody {
        /// Bytes of the body.
        #[serde(default)]
        after: u64,
    },
    /// Flips every bit of one byte of the answer's body.
    CorruptBody {
        /// Where; past the end nothing is changed.
        #[serde(default)]
        at: u64,
    },
    /// Sends the answer's body slowly.
    Trickle {
        /// Bytes a second, at least 1.
        bytes_per_second: u64,
    },
    /// Sends the answer under another content type.
    ContentType {
        /// The type.
        value: String,
    },
    /// Sends the answer with its status but without its body.
    EmptyBody,
    /// Redirects.
    Redirect {
        /// 301, 302, 303, 307 or 308.
        status: u16,
        /// The `Location`.
        location: String,
        /// When it is sent.
        #[serde(default)]
        timing: Timing,
    },
    /// Answers 200 with a JSON object of that many bytes, made as it is sent.
    BigJson {
        /// Bytes; at least 20.
        bytes: u64,
        /// Without a Content-Length.
        #[serde(default)]
        chunked: bool,
    },
    /// Takes a request on a connection used before, and ends the connection instead of answering. Counts only such
    /// requests.
    CloseAtReuse {
        /// With a reset instead of a clean close.
        #[serde(default)]
        reset: bool,
    },
    /// Answers as usual and then closes the connection without having announced it.
    CloseAfterAnswer,
}

impl Action {
    /// The name as in JSON; the journal shows it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Answer(_) => "answer",
            Self::ServiceError { .. } => "service_error",
            Self::Delay { .. } => "delay",
            Self::Hold => "hold",
            Self::StallReceiving { .. } => "stall_receiving",
            Self::StallHead { .. } => "stall_head",
            Self::StallBody { .. } => "stall_body",
            Self::ResetReceiving { .. } => "reset_receiving",
            Self::ResetBody { .. } => "reset_body",
            Self::ResetBeforeAnswer { .. } => "reset_before_answer",
            Self::CloseBeforeAnswer { .. } => "close_before_answer",
            Self::TruncateBody { .. } => "truncate_body",
            Self::CorruptBody { .. } => "corrupt_body",
            Self::Trickle { .. } => "trickle",
            Self::ContentType { .. } => "content_type",
            Self::EmptyBody => "empty_body",
            Self::Redirect { .. } => "redirect",
            Self::BigJson { .. } => "big_json",
            Self::CloseAtReuse { .. } => "close_at_reuse",
            Self::CloseAfterAnswer => "close_after_answer",
        }
    }

    /// An answer with a status and a JSON body.
    #[must_use]
    pub fn json(status: u16, body: &str) -> Self {
        Self::Answer(Canned {
            status,
            body: body.to_owned(),
            ..Canned::default()
        })
    }
}

/// What a rule is matched against.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) service: &'a str,
    pub(crate) verb: &'a str,
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    /// Whether the connection carried a request before.
    pub(crate) reused: bool,
    /// Whether the service has an error of this name at this verb.
    pub(crate) has_error: &'a dyn Fn(&str) -> bool,
}

#[derive(Debug)]
struct Armed {
    rule: Rule,
    matched: u64,
    fired: u64,
}

impl Armed {
    fn matches(&self, subject: Subject<'_>) -> bool {
        let is = |wanted: &Option<String>, have: &str| {
            wanted
                .as_deref()
                .is_none_or(|wanted| wanted.eq_ignore_ascii_case(have))
        };
        let Match {
            service,
            verb,
            method,
            path_contains,
        } = &self.rule.matching;
        is(service, subject.service)
            && is(verb, subject.verb)
            && is(method, subject.method)
            && path_contains
                .as_deref()
                .is_none_or(|text| subject.path.contains(text))
            && match &self.rule.action {
                // Another service's errors are none of this one's.
                Action::ServiceError { name, .. } => (subject.has_error)(name),
                _ => true,
            }
            && (subject.reused || !matches!(self.rule.action, Action::CloseAtReuse { .. }))
    }

    fn fires(&mut self, subject: Subject<'_>) -> bool {
        let spent = self.rule.times > 0 && self.fired >= self.rule.times;
        if spent || !self.matches(subject) {
            return false;
        }
        self.matched += 1;
        let Some(count) = self
            .matched
            .checked_sub(self.rule.skip)
            .filter(|count| *count > 0)
        else {
            return false;
        };
        let fires = self.rule.every < 2 || count % self.rule.every == 0;
        self.fired += u64::from(fires);
        fires
    }
}

/// A rule has fired.
#[derive(Debug)]
pub(crate) struct Fired {
    pub(crate) action: Action,
    /// Changes when the rules are removed.
    pub(crate) removed: watch::Receiver<()>,
}

/// The rules in force.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    rules: Mutex<Vec<Armed>>,
    removed: watch::Sender<()>,
}

impl Faults {
    pub(crate) fn add(&self, rule: Rule) {
        self.rules().push(Armed {
            rule,
            matched: 0,
            fired: 0,
        });
    }

    /// Removes the rules, and lets go on what one of them holds.
    pub(crate) fn clear(&self) {
        let mut rules = self.rules();
        rules.clear();
        // Under the lock: whatever fired before is let go, and nothing that fires later.
        self.removed.send_replace(());
    }

    fn rules(&self) -> MutexGuard<'_, Vec<Armed>> {
        lock(&self.rules)
    }

    /// The rules with how often each has fired.
    pub(crate) fn list(&self) -> Vec<(Rule, u64)> {
        self.rules()
            .iter()
            .map(|armed| (armed.rule.clone(), armed.fired))
            .collect()
    }

    /// The first rule that fires. Rules behind it do not count this request.
    pub(crate) fn decide(&self, subject: Subject<'_>) -> Option<Fired> {
        self.rules().iter_mut().find_map(|armed| {
            armed.fires(subject).then(|| Fired {
                action: armed.rule.action.clone(),
                removed: self.removed.subscribe(),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    const UPLOAD: Subject<'_> = Subject {
        service: "easemob",
        verb: "upload",
        method: "POST",
        path: "/a/b/chatfiles",
        reused: false,
        has_error: &|_| true,
    };

    fn pattern(rule: Rule, calls: usize) -> String {
        let faults = Faults::default();
        faults.add(rule);
        (0..calls)
            .map(|_| {
                if faults.decide(UPLOAD).is_some() {
                    'x'
                } else {
                    '.'
                }
            })
            .collect()
    }

    #[test]
    fn skip_times_and_every_count_as_documented() {
        let rule = || Rule::new(Action::EmptyBody);
        assert_eq!(pattern(rule(), 3), "xxx");
        assert_eq!(pattern(rule().times(2), 4), "xx..");
        assert_eq!(pattern(rule().skip(1).times(1), 3), ".x.");
        assert_eq!(pattern(rule().every(3), 7), "..x..x.");
        assert_eq!(pattern(rule().skip(1).every(2).times(2), 7), "..x.x..");
    }

    #[test]
    fn each_part_of_a_match_counts() {
        let rule = || Rule::new(Action::EmptyBody);
        assert_eq!(pattern(rule().service("netease"), 1), ".");
        assert_eq!(pattern(rule().service("Easemob").verb("upload"), 1), "x");
        assert_eq!(pattern(rule().method("GET"), 1), ".");
        assert_eq!(pattern(rule().path_contains("chatfiles"), 1), "x");
        assert_eq!(pattern(rule().path_contains("token"), 1), ".");
        let at_reuse = Rule::new(Action::CloseAtReuse { reset: false });
        assert_eq!(pattern(at_reuse, 1), ".");
    }

    #[test]
    fn rules_read_from_json() {
        let rule: Rule = serde_json::from_str(
            r#"{"match":{"verb":"upload"},"times":2,"action":{"type":"answer","status":503,
               "headers":[["retry-after","1"]],"timing":"early_drain"}}"#,
        )
        .unwrap();
        assert!(matches!(&rule.action, Action::Answer(canned)
            if canned.status == 503 && canned.timing == Timing::EarlyDrain));
        let again: Rule = serde_json::from_str(&serde_json::to_string(&rule).unwrap()).unwrap();
        assert_eq!(again, rule);
        for wrong in [
            r#"{"action":{"type":"nothing"}}"#,
            r#"{"action":{"type":"empty_body"},"tims":1}"#,
            r#"{"action":{"type":"trickle"}}"#,
        ] {
            assert!(serde_json::from_str::<Rule>(wrong).is_err(), "{wrong}");
        }
    }
}
