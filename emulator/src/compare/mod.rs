//! `chatfile-emulator compare`: the same requests to a real service and to an emulator, and where their answers differ.

mod node;
mod places;
mod report;
mod table;
mod view;
mod wire;

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use chatfile_emulator::{Asked, Config, hex};
use serde_json::{Value, json};

use node::{Known, Missing};
use places::Service;
use table::Case;
use view::View;
use wire::{Answer, Place};

/// What was asked for on the command line.
#[derive(Default)]
pub(super) struct Wanted {
    /// The services; none is all that the environment has credentials for.
    pub(super) services: Vec<String>,
    /// Where the service's answers are written to.
    pub(super) record: Option<String>,
    /// A recording in place of the service.
    pub(super) recording: Option<String>,
    /// Requests of the user's own in place of ours.
    pub(super) table: Option<String>,
    /// Only cases whose name has this are compared; all are sent.
    pub(super) only: Option<String>,
    /// All names and all differences.
    pub(super) verbose: bool,
    /// How the emulator is set up.
    pub(super) config: Config,
}

/// The answers to a table: each with its name.
type Answers = Vec<(String, View)>;

/// Tables compiled in that cannot be read are a mistake of ours, and said to be one.
pub(super) fn run(wanted: &Wanted) -> io::Result<ExitCode> {
    let unknown: Vec<&String> = wanted
        .services
        .iter()
        .filter(|name| !places::all().any(|service| service.name == name.as_str()))
        .collect();
    if let Some(name) = unknown.first() {
        let names: Vec<_> = places::all().map(|service| service.name).collect();
        let names = names.join(", ");
        let why = format!("no service is called {name}; there are {names}");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
    }
    let mut output = match &wanted.record {
        Some(path) => Some(BufWriter::new(File::create(path).map_err(|error| {
            io::Error::new(error.kind(), format!("{path}: {error}"))
        })?)),
        None => None,
    };
    let (mut compared, mut differ) = (0, 0);
    for service in places::all() {
        let named = wanted.services.iter().any(|name| name == service.name);
        if !named && !wanted.services.is_empty() {
            continue;
        }
        let recorded = wanted
            .recording
            .as_deref()
            .map(|path| read_recording(path, service.name))
            .transpose()?;
        if recorded.as_ref().is_some_and(Vec::is_empty) {
            continue;
        }
        let real = match (service.values(), &recorded) {
            (Ok(known), _) => known,
            // With a recording any credentials will do, since they are masked.
            (Err(_), Some(_)) => service.stand_in(&wanted.config),
            (Err(missing), None) => {
                println!(
                    "{}: not compared, for it needs {}",
                    service.name,
                    missing.join(", ")
                );
                continue;
            }
        };
        let cases = service
            .cases(wanted.table.as_deref())
            .map_err(io::Error::other)?;
        let tag = fresh_tag();
        let (emulator, emulated) = service.emulated(&wanted.config, &real)?;
        // A service must be reached before the emulator is asked the same.
        let base = real.value("base").unwrap_or_default().to_owned();
        let (theirs, skipped) = match recorded {
            Some(recorded) => (recorded, Vec::new()),
            None => ask(&service, &cases, real, &tag).map_err(io::Error::other)?,
        };
        let (ours, _) = ask(&service, &cases, emulated, &tag).map_err(io::Error::other)?;
        drop(emulator);
        if let Some(output) = &mut output {
            let about = json!({ "service": service.name, "emulator": env!("CARGO_PKG_VERSION"), "requests": theirs.len() });
            writeln!(output, "{about}")?;
            for (name, view) in &theirs {
                writeln!(output, "{}", json!({ "case": name, "view": view }))?;
            }
        }
        let from = match &wanted.recording {
            Some(path) => path.clone(),
            None => base,
        };
        println!("{}: {from} beside the emulator", service.name);
        let count = report::print(&theirs, &ours, wanted.only.as_deref(), wanted.verbose);
        if !skipped.is_empty() {
            let needs = skipped[0].1.as_str();
            println!(
                "{} requests were not sent, for they need what the environment does not say ({needs})",
                skipped.len()
            );
        }
        compared += count.compared;
        differ += count.differ;
    }
    if let Some(mut output) = output {
        output.flush()?;
    }
    Ok(ExitCode::from(match (compared, differ) {
        (0, _) => 2,
        (_, 0) => 0,
        _ => 1,
    }))
}

/// Names of this run begin with it.
fn fresh_tag() -> String {
    let now = time::OffsetDateTime::now_utc().unix_timestamp_nanos();
    hex(&(now as u64).to_be_bytes())[6..14].to_owned()
}

/// Sends a service's requests; the answers that count, and the cases that could not be sent and why.
fn ask(
    service: &Service,
    cases: &[Case],
    mut known: Known,
    tag: &str,
) -> Result<(Answers, Vec<(String, String)>), String> {
    let (api, _) = places::api(&known).ok_or("the base URL is none")?;
    known.set("api", api.authority.clone());
    known.set("tag", tag);
    known.set("scheme", if api.tls { "https" } else { "http" });
    if let Some(asked) = &service.store {
        let store = store_of(service.name, asked, &mut known)?;
        known.set("store", store.authority.clone());
        known.set("store_scheme", if store.tls { "https" } else { "http" });
    }
    let (mut answers, mut skipped) = (Vec::new(), Vec::new());
    for (number, case) in cases.iter().enumerate() {
        known.begin(number);
        let case_name = case.case.as_deref().unwrap_or_default();
        for step in &case.steps {
            if let Some(seconds) = step.wait {
                std::thread::sleep(Duration::from_secs_f64(seconds.clamp(0.0, 10.0)));
                continue;
            }
            let places = known_places(&known);
            let made = step.request(&mut known, |name| place_of(&places, name));
            let name = match step.shown() {
                Some("") => Some(unique(&answers, case_name.to_owned())),
                Some(step) => Some(unique(&answers, format!("{case_name}, {step}"))),
                None => None,
            };
            let (to, request) = match made {
                Ok(made) => made,
                Err(Missing::Value(value)) => {
                    if let Some(name) = name {
                        skipped.push((name, value));
                    }
                    continue;
                }
                Err(Missing::Answer(part)) => {
                    if let Some(name) = name {
                        let why = "an earlier answer lacks what is needed".to_owned();
                        let part = part.split_once('.').map_or("", |(_, path)| path);
                        answers.push((
                            name,
                            View::from([("failure".to_owned(), format!("{why}: {part}"))]),
                        ));
                    }
                    continue;
                }
            };
            known.remember(hex(&<md5::Md5 as md5::Digest>::digest(&request.body)));
            let answer = to.send(&request);
            if let Some(name) = name {
                let view = view::of(&answer, &known, request.head.starts_with(b"HEAD "));
                answers.push((name, view));
            }
            if let Some(name) = &step.name {
                known.answered(name, answer);
            }
        }
    }
    Ok((answers, skipped))
}

/// Answers of one name are told apart by their number.
fn unique(answers: &Answers, name: String) -> String {
    let same = answers.iter().filter(|(known, _)| {
        known
            .strip_prefix(name.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(" ("))
    });
    match same.count() {
        0 => name,
        count => format!("{name} ({})", count + 1),
    }
}

/// API and store, as they are now.
fn known_places(known: &Known) -> [Option<(Place, String)>; 2] {
    let store = known.value("store").map(|authority| {
        let place = Place {
            tls: known.value("store_scheme") == Some("https"),
            authority: authority.to_owned(),
        };
        (place, String::new())
    });
    [places::api(known), store]
}

fn place_of(places: &[Option<(Place, String)>; 2], name: &str) -> Option<(Place, String)> {
    match name {
        "store" => places[1].clone(),
        _ => places[0].clone(),
    }
}

/// Where a service keeps its files, by what it says of that.
fn store_of(name: &str, asked: &Asked, known: &mut Known) -> Result<Place, String> {
    let mut last = Answer::default();
    for case in table::read(asked.table)? {
        for step in case.steps {
            let places = known_places(known);
            let made = step.request(known, |name| place_of(&places, name));
            let (to, request) = made.map_err(|missing| format!("{missing:?}"))?;
            last = to.send(&request);
            if let Some(name) = &step.name {
                known.answered(name, last.clone());
            }
        }
    }
    let url = last.part(asked.part).unwrap_or_default();
    let place = Place::of(&url).map(|(place, _)| place);
    place.ok_or_else(|| {
        let said = String::from_utf8_lossy(&last.body).into_owned();
        let said = last.failure.map_or(said, str::to_owned);
        format!("{name} says no address of its store: {said}")
    })
}

fn read_recording(path: &str, service: &str) -> io::Result<Answers> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{path}: {error}"));
    let file = BufReader::new(File::open(path).map_err(named)?);
    let mut answers = Answers::new();
    let mut current = String::new();
    for line in file.lines() {
        let line: Value =
            serde_json::from_str(&line.map_err(named)?).map_err(|error| named(error.into()))?;
        if let Some(service) = line["service"].as_str() {
            service.clone_into(&mut current);
        } else if current == service {
            let view = serde_json::from_value(line["view"].clone())
                .map_err(|error| named(error.into()))?;
            answers.push((line["case"].as_str().unwrap_or_default().to_owned(), view));
        }
    }
    Ok(answers)
}

impl Service {
    fn cases(&self, own: Option<&str>) -> Result<Vec<Case>, String> {
        if let Some(path) = own {
            let text = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
            return table::read(&text).map_err(|why| format!("{path}: {why}"));
        }
        let mut cases = Vec::new();
        for text in self.tables {
            cases.extend(
                table::read(text).map_err(|why| format!("the table of {}: {why}", self.name))?,
            );
        }
        Ok(cases)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    #[test]
    fn each_table_reads_and_asks_enough() {
        for service in super::places::all() {
            let cases = service.cases(None).unwrap();
            let shown = cases
                .iter()
                .flat_map(|case| &case.steps)
                .filter(|step| step.shown().is_some());
            assert!(shown.count() >= 60, "{}", service.name);
        }
    }
}
