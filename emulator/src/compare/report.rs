//! What differs, by how grave it is and by its cause.

use std::collections::{BTreeMap, BTreeSet};

use super::Answers;
use super::view::View;

/// How many were compared, and how many of them differ.
pub(super) struct Count {
    pub(super) compared: usize,
    pub(super) differ: usize,
}

/// The gravest first.
const KINDS: [&str; 5] = ["status", "code", "shape", "headers", "words"];

/// A cause: a kind, and each path with what the service and the emulator say there.
type Cause = (usize, Vec<(String, String, String)>);

pub(super) fn print(theirs: &Answers, ours: &Answers, only: Option<&str>, verbose: bool) -> Count {
    let emulated: BTreeMap<&str, &View> = ours
        .iter()
        .map(|(name, view)| (name.as_str(), view))
        .collect();
    let mut causes: BTreeMap<Cause, Vec<&str>> = BTreeMap::new();
    let mut count = Count {
        compared: 0,
        differ: 0,
    };
    let nothing = View::from([("failure".to_owned(), "not asked".to_owned())]);
    for (name, real) in theirs
        .iter()
        .filter(|(name, _)| only.is_none_or(|only| name.contains(only)))
    {
        let here = emulated.get(name.as_str()).copied().unwrap_or(&nothing);
        let found = differences(real, here);
        count.compared += 1;
        count.differ += usize::from(!found.is_empty());
        for cause in found {
            causes.entry(cause).or_default().push(name);
        }
    }
    let mut ordered: Vec<(Cause, Vec<&str>)> = causes.into_iter().collect();
    ordered.sort_by(|(a, left), (b, right)| a.0.cmp(&b.0).then(right.len().cmp(&left.len())));
    for ((kind, differences), names) in ordered {
        let shown = if verbose { names.len() } else { 4 };
        let more = if names.len() > shown { "; …" } else { "" };
        println!(
            "\n  {} × {}: {}{more}",
            KINDS[kind],
            names.len(),
            names[..shown.min(names.len())].join("; ")
        );
        for (path, real, here) in differences {
            println!(
                "      {path}\n        service   {}\n        emulator  {}",
                short(&real, verbose),
                short(&here, verbose)
            );
        }
    }
    println!(
        "\n{} requests compared: {} equal, {} differ",
        count.compared,
        count.compared - count.differ,
        count.differ
    );
    count
}

/// Where a status or a code is another, everything else is, too, and is left out.
fn differences(real: &View, here: &View) -> Vec<Cause> {
    let paths: BTreeSet<&String> = real.keys().chain(here.keys()).collect();
    let mut by_kind: BTreeMap<usize, Vec<(String, String, String)>> = BTreeMap::new();
    let status = real.get("status").map_or("", String::as_str);
    for path in paths {
        let (there, ours) = (real.get(path), here.get(path));
        if there != ours {
            let said =
                |value: Option<&String>| value.map_or_else(|| "nothing".to_owned(), Clone::clone);
            let kind = kind_of(
                path,
                there.is_some() && ours.is_some(),
                status.starts_with('2'),
            );
            by_kind
                .entry(kind)
                .or_default()
                .push((path.clone(), said(there), said(ours)));
        }
    }
    let gravest = by_kind.keys().next().copied().unwrap_or_default();
    by_kind
        .into_iter()
        .filter(|(kind, _)| gravest > 1 || *kind == gravest)
        .collect()
}

fn kind_of(path: &str, in_both: bool, good: bool) -> usize {
    match path {
        "status" | "failure" | "continue" => 0,
        "json.errCode" | "json.code" | "json.error" | "json.resultCode" | "json.returnCode"
        | "xml.Code" => 1,
        _ if path.starts_with("header.") => 3,
        _ if !in_both => 2,
        "json.errMsg" | "json.errDlt" | "json.desc" | "json.error_description" | "json.message" => {
            4
        }
        _ if path.starts_with("xml.") || path == "body" && !good => 4,
        _ => 2,
    }
}

fn short(text: &str, whole: bool) -> String {
    let text = text.escape_debug().to_string();
    match text.char_indices().nth(200) {
        Some((end, _)) if !whole => format!("{}…", &text[..end]),
        _ => text,
    }
}
