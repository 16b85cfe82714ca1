//! The page as HTML. All that comes from elsewhere is escaped.

use std::fmt::Write as _;

use super::{BELOW, arrived};
use crate::clock::http_date;
use crate::http::encode_percent;
use crate::journal::{Entry, Filter};
use crate::service::Arrived;
use crate::state::State;

/// So many files and requests are shown.
const SHOWN: usize = 50;

const STYLE: &str = "\
body{font:15px/1.45 system-ui,sans-serif;margin:0 auto;max-width:1100px;padding:1em;color:#222;background:#fafafa}\
h1{font-size:1.4em;margin:.3em 0}h2{font-size:1.1em;margin:1.6em 0 .4em}\
table{border-collapse:collapse;width:100%;background:#fff}td,th{border:1px solid #ddd;padding:.25em .5em;text-align:left;vertical-align:top}\
th{background:#f0f0f0;font-weight:600}code,td.c{font-family:ui-monospace,monospace;font-size:.88em;overflow-wrap:anywhere}\
td.n{text-align:right;white-space:nowrap}.ok{color:#067a3a}.bad{color:#b3261e}.dim{color:#777}\
form{display:inline}button,select,input{font:inherit;padding:.15em .5em}fieldset{border:1px solid #ddd;background:#fff;margin:.4em 0}\
img{max-width:96px;max-height:96px;display:block}.complaint{background:#fdecea;border:1px solid #b3261e;padding:.5em}\
details summary{cursor:pointer}";

/// Faults that one wants most; all of them are in docs/emulator.md.
const FAULTS: [(&str, &str); 9] = [
    ("answers 503", r#"{"type":"answer","status":503}"#),
    (
        "answers 429, wait 2 s",
        r#"{"type":"answer","status":429,"headers":{"Retry-After":"2"}}"#,
    ),
    ("answers 401", r#"{"type":"answer","status":401}"#),
    (
        "resets the connection, after doing it",
        r#"{"type":"reset_before_answer","handle":true}"#,
    ),
    (
        "resets the connection in the middle of a body",
        r#"{"type":"reset_receiving","after":50}"#,
    ),
    (
        "breaks the answer off",
        r#"{"type":"truncate_body","after":20}"#,
    ),
    ("stops reading", r#"{"type":"stall_receiving","after":0}"#),
    (
        "sends 1000 bytes a second",
        r#"{"type":"trickle","bytes_per_second":1000}"#,
    ),
    ("waits 5 seconds", r#"{"type":"delay","ms":5000}"#),
];

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            letter => out.push(letter),
        }
    }
    out
}

fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} B"),
        10_000..10_000_000 => format!("{} kB", bytes / 1000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}

/// A button that does one thing.
fn button(order: &str, label: &str, hidden: &str) -> String {
    format!("<form method=post action=\"{BELOW}/{order}\">{hidden}<button>{label}</button></form> ")
}

pub(super) fn page(
    state: &State,
    base: &str,
    filter: &Filter,
    refresh: Option<u32>,
    complaint: Option<&str>,
) -> String {
    let mut out = String::from(
        "<!DOCTYPE html><html lang=en><head><meta charset=utf-8><title>chatfile emulator</title>",
    );
    if let Some(seconds) = refresh {
        push(
            &mut out,
            format!("<meta http-equiv=refresh content={seconds}>"),
        );
    }
    push(
        &mut out,
        format!("<style>{STYLE}</style></head><body><h1>chatfile emulator</h1>"),
    );
    push(
        &mut out,
        format!(
            "<p class=dim>{} · <a href=\"{BELOW}\">look again</a> · <a href=\"{BELOW}?refresh=3\">look every 3 seconds</a> · \
             <a href=/_emulator/journal>journal</a> and <a href=/_emulator/config>settings</a> as JSON</p>",
            escaped(base)
        ),
    );
    if let Some(why) = complaint {
        push(&mut out, format!("<p class=complaint>{}</p>", escaped(why)));
    }
    out += &files(&arrived(state));
    out += &requests(state, filter);
    out += &faults(state);
    out += &clock(state);
    out += &services(state, base);
    out + "</body></html>\n"
}

/// Writing to a String cannot fail.
fn push(out: &mut String, text: String) {
    let _ = out.write_str(&text);
}

fn files(all: &[Arrived]) -> String {
    let mut out = format!("<h2>What has arrived ({})</h2>", all.len());
    if all.is_empty() {
        return out + "<p class=dim>Nothing yet.</p>";
    }
    out += "<table><tr><th><th>name<th>service<th>size<th>type<th>when</tr>";
    for one in all.iter().take(SHOWN) {
        let place = format!(
            "?service={}&amp;id={}",
            encode_percent(&one.service, b""),
            encode_percent(&one.id, b"")
        );
        let picture = if is_image(one) {
            format!("<img src=\"{BELOW}/picture{place}\" alt=\"\">")
        } else {
            String::new()
        };
        push(
            &mut out,
            format!(
                "<tr><td>{picture}<td><a href=\"{BELOW}/file{place}\">{}</a><td>{}<td class=n>{}<td>{}<td>{}</tr>",
                escaped(&one.name),
                escaped(&one.service),
                size(one.size()),
                escaped(one.media_type.as_deref().unwrap_or("")),
                http_date(one.created_ms)
            ),
        );
    }
    out + "</table>"
}

/// By what was said of it, else by its name.
fn is_image(one: &Arrived) -> bool {
    const ENDINGS: [&str; 6] = ["bmp", "gif", "jpeg", "jpg", "png", "webp"];
    match &one.media_type {
        Some(kind) if kind != "application/octet-stream" => kind.starts_with("image/"),
        _ => {
            let ending = one.name.rsplit_once('.').map_or("", |(_, ending)| ending);
            ENDINGS.contains(&ending.to_ascii_lowercase().as_str())
        }
    }
}

fn requests(state: &State, filter: &Filter) -> String {
    let entries: Vec<Entry> = state
        .journal
        .entries()
        .into_iter()
        .filter(|entry| filter.takes(entry))
        .collect();
    let mut out = format!("<h2>Requests ({})</h2>", entries.len());
    out += "<form method=get action=\"/_emulator/page\">";
    for (name, wide) in [
        ("service", 10),
        ("verb", 12),
        ("method", 6),
        ("status", 5),
        ("path", 20),
    ] {
        let value = escaped(&filter.text(name));
        push(
            &mut out,
            format!("{name} <input name={name} size={wide} value=\"{value}\"> "),
        );
    }
    push(
        &mut out,
        format!(
            "<button>show these</button></form> {}",
            button("no-journal", "forget them", "")
        ),
    );
    if entries.is_empty() {
        return out + "<p class=dim>None.</p>";
    }
    out += "<table><tr><th>#<th>service<th>verb<th>request<th>sent<th>verdict<th>got</tr>";
    for entry in entries.iter().rev().take(SHOWN) {
        let verdict = match (entry.status, &entry.fault) {
            (status, Some(fault)) => {
                let status = status.map_or("none".to_owned(), |status| status.to_string());
                format!(
                    "<span class=bad>{status}, by fault {}</span>",
                    escaped(fault)
                )
            }
            (None, None) => "<span class=dim>under way</span>".to_owned(),
            (Some(status), None) if status < 400 => format!("<span class=ok>{status}</span>"),
            (Some(status), None) => format!("<span class=bad>{status}</span>"),
        };
        let mut fields = String::new();
        for (name, value) in &entry.headers {
            push(
                &mut fields,
                format!("{}: {}\n", escaped(name), escaped(value)),
            );
        }
        push(
            &mut out,
            format!(
                "<tr><td class=n>{}<td>{}<td>{}<td class=c><details><summary>{} {}</summary><pre>{fields}</pre></details><td class=n>{}<td>{verdict}<td class=n>{}</tr>",
                entry.sequence,
                escaped(&entry.service),
                escaped(&entry.verb),
                escaped(&entry.method),
                escaped(&entry.path),
                size(entry.body_bytes),
                size(entry.answer_bytes)
            ),
        );
    }
    out + "</table>"
}

fn faults(state: &State) -> String {
    let mut out =
        format!("<h2>Faults</h2><form method=post action=\"{BELOW}/fault\"><fieldset>A request ");
    out += "of <select name=service><option value=\"\">any service";
    for service in &state.services {
        push(&mut out, format!("<option>{}", service.name()));
    }
    out += "</select> and verb <input name=verb size=12 placeholder=any> <select name=action>";
    for (label, action) in FAULTS {
        push(
            &mut out,
            format!("<option value=\"{}\">{label}", escaped(action)),
        );
    }
    out += "</select> <input name=times size=3 value=1> times (0: for ever) <button>make it so</button>\
            <br>or another action, as JSON: <input name=own size=60 placeholder='{\"type\":\"hold\"}'></fieldset></form>";
    let rules = state.faults.list();
    if !rules.is_empty() {
        out += "<table><tr><th>rule<th>happened</tr>";
        for (rule, fired) in &rules {
            let text = serde_json::to_string(rule).unwrap_or_default();
            push(
                &mut out,
                format!(
                    "<tr><td class=c>{}<td class=n>{fired} times</tr>",
                    escaped(&text)
                ),
            );
        }
        out += "</table>";
        out += &button("no-faults", "no more faults", "");
    }
    out
}

fn clock(state: &State) -> String {
    let ahead = state.clock.offset_ms() / 1000;
    let stands = if state.clock.is_frozen() {
        ", standing still"
    } else {
        ""
    };
    let mut out = format!(
        "<h2>Clock</h2><p>{}, {ahead} s ahead of this machine{stands}</p><p>",
        http_date(state.clock.now_ms())
    );
    for (seconds, label) in [
        (60, "+1 minute"),
        (3600, "+1 hour"),
        (86_400, "+1 day"),
        (691_200, "+8 days"),
    ] {
        out += &button(
            "advance",
            label,
            &format!("<input type=hidden name=seconds value={seconds}>"),
        );
    }
    out += &button(
        "freeze",
        if state.clock.is_frozen() {
            "run"
        } else {
            "stand still"
        },
        "",
    );
    out += &button("real-time", "as this machine", "");
    out += &button("no-tokens", "forget all tokens", "");
    out += &button("reset", "begin anew: forget everything", "");
    out + "</p>"
}

fn services(state: &State, base: &str) -> String {
    let mut out = "<h2>Services</h2><p class=dim>For a shell: <code>chatfile-emulator --env</code> prints these as variables.</p><table>".to_owned();
    for service in &state.services {
        let lines = service.summary(base);
        for (at, (name, value)) in lines.iter().enumerate() {
            let cell = if at == 0 { "th" } else { "td" };
            push(
                &mut out,
                format!(
                    "<tr><{cell}>{}<{cell} class=c>{}</tr>",
                    escaped(name),
                    escaped(value)
                ),
            );
        }
    }
    out + "</table>"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_elsewhere_is_text() {
        assert_eq!(escaped("<b a='\"&"), "&lt;b a=&#39;&quot;&amp;");
    }
}
