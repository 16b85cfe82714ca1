//! The main job: a C program sends a file to each service and back.

use crate::emulator::Emulator;
use crate::table::{self, Align, grouped};
use crate::{Result, cargo, example, print};
use chatfile_ffi_tests::toolchain::{Library, root};
use lexopt::prelude::{Long, Short, Value};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::time::Instant;

const HELP: &str = "\
Usage: cargo xtask demo [--faults] [FILE]

Builds the library and the emulator, starts the emulator on a free port of this
machine, compiles examples/c/roundtrip.c with $CC (cc) and runs it: it uploads
FILE to each service in each of its ways (to Huawei as a text, for it takes nine
types of files only), downloads it again, and compares. Then a file of 200,000,003 bytes
that the demo makes goes to SMH in parts and comes back, and goes there once more,
which takes no more than SMH needs to find that it has those bytes. Then it prints
what went where.

FILE is any readable file. Without one, the demo makes one of 8,000,003 bytes.
Where a file is above the limits of the services, it raises those of client and
emulator, and says so. Some take no empty file: with one, their refusal is what the
demo expects.

With --faults, every third request that the server gets fails: it answers 503,
resets the connection (in place of an answer, or in the middle of a body), or
breaks an answer off. The round trip is made three times, so that the first, the
second or the third request is the first one hit, and every call is once.

Everything is kept in the folder demo of cargo's target folder.

Exit code: 0 if all went as it should, 1 if not, 2 for wrong usage.
";

/// Odd, so that no block, chunk or group of three bytes ends with it.
const SAMPLE_SIZE: usize = 8_000_003;
/// What goes to SMH in parts, and once more.
const LARGE_SIZE: usize = 200_000_003;
/// Files that begin alike would be compared by all of their bytes.
const SAMPLE_SEED: u64 = 0x9E37_79B9_7F4A_7C15;
const LARGE_SEED: u64 = 0xD1B5_4A32_D192_ED03;
/// The smallest of the services' limits on what they are sent (Easemob).
const SMALLEST_LIMIT: u64 = 10 * 1024 * 1024;
/// What Huawei gives back.
const HUAWEI_LIMIT: u64 = 2 * 1024 * 1024;

pub fn command(parser: &mut lexopt::Parser) -> Result<ExitCode> {
    let mut file = None;
    let mut faults = false;
    while let Some(argument) = parser.next()? {
        match argument {
            Long("help") | Short('h') => return print(HELP),
            Long("faults") => faults = true,
            Value(value) if file.is_none() => file = Some(PathBuf::from(value)),
            other => return Err(other.unexpected().into()),
        }
    }
    let good = if faults {
        run_through_faults(file.as_deref())?
    } else {
        run(file.as_deref())?
    };
    Ok(ExitCode::from(if good { 0 } else { 1 }))
}

/// Runs the demo. Returns whether all went as it should.
pub fn run(file: Option<&Path>) -> Result<bool> {
    let demo = Demo::prepare(file)?;
    let good = demo.round_trip("back", &[])?;
    println!("Downloaded files are in {}.", short(&demo.folder));
    println!("{}", conclusion(good, demo.original.size));
    Ok(good)
}

/// Runs the demo with a server that fails every third time. Returns whether all
/// went as it should, and the faults have happened.
pub fn run_through_faults(file: Option<&Path>) -> Result<bool> {
    let demo = Demo::prepare(file)?;
    let mut good = true;
    let mut hit = 0;
    for first in 1..=PERIOD {
        println!(
            "Requests  {first}, {}, {} and so on fail\n",
            first + PERIOD,
            first + 2 * PERIOD
        );
        // With what came before, files would be known by their hashes.
        demo.emulator.reset()?;
        demo.emulator.set_faults(&fault_rules(first))?;
        // A hundred pauses of half a second would be the greater part of it.
        good &= demo.round_trip(&format!("back-{first}"), &["--retry-delay", "20"])?;
        let faults = demo.emulator.faults()?;
        println!("{}\n", told(&faults));
        let times = faults.iter().map(|(_, times)| times).sum::<u64>();
        // A server that never fails proves nothing; nor one that soon stops to.
        good &= times > 0 && faults.iter().any(|(_, times)| *times == 0);
        hit += times;
    }
    println!("Downloaded files are in {}.", short(&demo.folder));
    println!("{hit} requests failed on the way.");
    println!("{}", conclusion(good, demo.original.size));
    Ok(good)
}

/// Every so-many-th request fails.
const PERIOD: usize = 3;

/// More than the demo makes requests, when every third is one more.
const RULES: usize = 120;

/// How, in turn. `handle` is whether the request takes effect all the same.
const FAULTS: [&str; 5] = [
    r#"{"type":"answer","status":503}"#,
    r#"{"type":"reset_before_answer","handle":false}"#,
    r#"{"type":"truncate_body","after":20}"#,
    r#"{"type":"reset_receiving","after":50}"#,
    r#"{"type":"reset_body","after":20}"#,
];

/// Rules by which the request with this number fails, and every third after it.
fn fault_rules(first: usize) -> String {
    let rules = (0..RULES).map(|nth| {
        // A rule does not count the requests that those before it have hit.
        let skip = first - 1 + nth * (PERIOD - 1);
        let action = FAULTS[nth % FAULTS.len()];
        format!(r#"{{"skip":{skip},"times":1,"action":{action}}}"#)
    });
    format!("[{}]", rules.collect::<Vec<_>>().join(","))
}

/// What became of the rules: how many requests each kind of fault has hit.
fn told(faults: &[(String, u64)]) -> String {
    let mut kinds: Vec<(&str, u64)> = Vec::new();
    for (kind, times) in faults.iter().filter(|(_, times)| *times > 0) {
        match kinds.iter_mut().find(|(known, _)| known == kind) {
            Some((_, sum)) => *sum += times,
            None => kinds.push((kind, *times)),
        }
    }
    let sum: u64 = kinds.iter().map(|(_, times)| times).sum();
    let kinds: Vec<_> = kinds
        .iter()
        .map(|(kind, times)| format!("{kind} {times}"))
        .collect();
    format!("{sum} requests failed: {}", kinds.join(", "))
}

/// All that a round trip takes.
struct Demo {
    folder: PathBuf,
    original: Original,
    large: Original,
    max_upload: Option<u64>,
    library: Library,
    program: PathBuf,
    emulator: Emulator,
}

impl Demo {
    /// Makes it all ready, and says so.
    fn prepare(file: Option<&Path>) -> Result<Self> {
        let folder = cargo::target_dir().join("demo");
        fs::create_dir_all(&folder)?;
        let original = match file {
            Some(file) => Original::of(file)?,
            None => Original::of(&sample(&folder)?)?,
        };
        println!("File      {}", short(Path::new(&original.path)));
        println!("          {} bytes", grouped(original.size));
        println!("          SHA-256 {}", original.sha256);
        let large = Original::of(&made(&folder, "large.bin", LARGE_SIZE, LARGE_SEED)?)?;
        println!("Large     {}", short(Path::new(&large.path)));
        println!("          {} bytes, for SMH alone", grouped(large.size));
        println!("          SHA-256 {}", large.sha256);
        let max_upload = (original.size > SMALLEST_LIMIT).then(|| base64_length(original.size));
        let mut limits = Vec::new();
        if original.size > HUAWEI_LIMIT {
            limits.push(("--huawei-max-download", original.size));
            println!(
                "Limits    raised to {} bytes in the emulator: Huawei gives back 2 MiB",
                grouped(original.size)
            );
        }
        if let Some(bytes) = max_upload {
            limits
                .extend(["--easemob-max-upload", "--netease-max-upload"].map(|name| (name, bytes)));
            println!(
                "          raised to {} bytes, here and in the emulator: the services take\n          \
                 10 MiB (Easemob) and 15 MiB (NetEase)",
                grouped(bytes)
            );
        }

        println!("Building  (from nothing, this takes a few minutes)");
        let library = timed("Library", || {
            let library = example::library()?;
            let text = short(&library.shared());
            Ok((library, text))
        })?;
        let program = timed("Program", || {
            let source = root().join("examples/c/roundtrip.c");
            let program = example::compile(&library, &source, &folder)?;
            let text = format!("{}, from {}", short(&program), short(&source));
            Ok((program, text))
        })?;
        let stored = emptied(folder.join("stored"))?;
        let emulator = timed("Emulator", || {
            let emulator = Emulator::start(&stored, &limits)?;
            let text = format!("{}, files in {}", emulator.url(), short(&stored));
            Ok((emulator, text))
        })?;
        println!();
        Ok(Self {
            folder,
            original,
            large,
            max_upload,
            library,
            program,
            emulator,
        })
    }

    /// Makes the round trip, with what comes back in a folder of that name, and
    /// prints how it went.
    fn round_trip(&self, back: &str, options: &[&str]) -> Result<bool> {
        let back = emptied(self.folder.join(back))?;
        let (steps, status) = self.run_program(&back, options)?;
        let judged: Vec<Judged> = steps.iter().map(|step| self.judge(step)).collect();
        println!("\n{}", describe(&steps, &judged));
        if let Some(text) = instant(&steps) {
            println!("{text}\n");
        }
        let good = is_good(self.original.size, &steps, &judged, status);
        if !good {
            println!("The C program ended with {status}.");
        }
        Ok(good)
    }

    /// Runs the C program. Its bar and its errors go to standard error.
    fn run_program(&self, back: &Path, options: &[&str]) -> Result<(Vec<Step>, ExitStatus)> {
        let mut command: Command = example::command(&self.library, &self.program);
        if let Some(bytes) = self.max_upload {
            command.args(["--max-upload", &bytes.to_string()]);
        }
        let output = command
            .args(["--large", &self.large.path])
            .args(options)
            .arg(self.emulator.url())
            .arg(&self.original.path)
            .arg(back)
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .map_err(|e| format!("cannot run {}: {e}", self.program.display()))?;
        let text = String::from_utf8(output.stdout)?;
        let steps = text.lines().map(Step::read).collect::<Result<_>>()?;
        Ok((steps, output.status))
    }

    fn judge(&self, step: &Step) -> Judged {
        let is_large = step.service.starts_with(LARGE);
        judge(
            step,
            if is_large {
                &self.large
            } else {
                &self.original
            },
        )
    }
}

/// A path as it is seen from the root of the workspace, if it is in there.
fn short(path: &Path) -> String {
    let inside = path.strip_prefix(root()).unwrap_or(path);
    inside.display().to_string()
}

/// Makes a part of the demo ready, and prints what it is and how long that took.
fn timed<T>(what: &str, work: impl FnOnce() -> Result<(T, String)>) -> Result<T> {
    let begun = Instant::now();
    let (value, text) = work()?;
    println!(
        "{what:<8}  {text}, ready in {:.1} s",
        begun.elapsed().as_secs_f64()
    );
    Ok(value)
}

/// The file to send.
struct Original {
    /// The C interface takes UTF-8 only.
    path: String,
    size: u64,
    sha256: String,
}

impl Original {
    fn of(path: &Path) -> Result<Self> {
        let fault = |what: &dyn std::fmt::Display| format!("{}: {what}", path.display());
        let name = path
            .to_str()
            .ok_or_else(|| fault(&"its name is not UTF-8, which the C interface asks for"))?;
        // Before it is opened: opening a pipe would wait for its other end.
        let metadata = fs::metadata(path).map_err(|e| fault(&e))?;
        if !metadata.is_file() {
            return Err(fault(&"is not a regular file").into());
        }
        Ok(Self {
            path: name.to_owned(),
            size: metadata.len(),
            sha256: sha256(path).map_err(|e| fault(&e))?,
        })
    }
}

fn sample(folder: &Path) -> Result<PathBuf> {
    made(folder, "sample.bin", SAMPLE_SIZE, SAMPLE_SEED)
}

/// A file of pseudo-random bytes, the same on every machine.
fn made(folder: &Path, name: &str, size: usize, seed: u64) -> Result<PathBuf> {
    let path = folder.join(name);
    fs::write(&path, seeded_bytes(size, seed))?;
    Ok(path)
}

pub fn sample_bytes(size: usize) -> Vec<u8> {
    seeded_bytes(size, SAMPLE_SEED)
}

/// xorshift64*, by its eight bytes.
fn seeded_bytes(size: usize, mut state: u64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(size + 8);
    while bytes.len() < size {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        bytes.extend_from_slice(&state.wrapping_mul(0x2545_F491_4F6C_DD1D).to_le_bytes());
    }
    bytes.truncate(size);
    bytes
}

/// A folder with nothing in it.
pub fn emptied(folder: PathBuf) -> Result<PathBuf> {
    match fs::remove_dir_all(&folder) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => {
            return Err(format!("cannot empty {}: {e}", folder.display()).into());
        }
        _ => {}
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn sha256(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut chunk = vec![0; 256 * 1024];
    loop {
        match file.read(&mut chunk)? {
            0 => break,
            read => hash.update(&chunk[..read]),
        }
    }
    let mut text = String::new();
    for byte in hash.finalize() {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}

fn base64_length(size: u64) -> u64 {
    size.div_ceil(3).saturating_mul(4)
}

/// A line that the C program wrote.
#[derive(Debug, Clone, PartialEq)]
struct Step {
    service: String,
    verb: String,
    bytes: u64,
    seconds: f64,
    verdict: String,
    /// Where the bytes went; after a failure, what it was.
    place: String,
}

impl Step {
    fn read(line: &str) -> Result<Self> {
        let fields: Vec<&str> = line.splitn(6, '\t').collect();
        let [service, verb, bytes, seconds, verdict, place] = fields[..] else {
            return Err(format!("the C program wrote a line that is no result: {line:?}").into());
        };
        Ok(Self {
            service: service.to_owned(),
            verb: verb.to_owned(),
            bytes: bytes.parse()?,
            seconds: seconds.parse()?,
            verdict: verdict.to_owned(),
            place: place.to_owned(),
        })
    }
}

/// What we think of a step, having looked at its file ourselves.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Judged {
    good: bool,
    text: String,
    /// Of what was sent, or has come back.
    sha256: Option<String>,
}

fn judge(step: &Step, original: &Original) -> Judged {
    let plain = |good| Judged {
        good,
        text: step.verdict.clone(),
        sha256: None,
    };
    match step.verdict.as_str() {
        "stored" => Judged {
            good: step.bytes == original.size,
            text: "stored".to_owned(),
            sha256: Some(original.sha256.clone()),
        },
        "identical" => {
            let digest = sha256(Path::new(&step.place));
            let good = digest.as_ref().is_ok_and(|d| *d == original.sha256);
            Judged {
                good,
                text: if good { "identical" } else { "NOT identical" }.to_owned(),
                sha256: digest.ok(),
            }
        }
        // None were sent.
        "instant" => Judged {
            good: step.bytes == original.size,
            text: "at once".to_owned(),
            sha256: Some(original.sha256.clone()),
        },
        // What takes no empty file says so thus (ffi-tests ask each whether it does).
        "CHATFILE_E_LIMIT" if original.size == 0 => Judged {
            good: true,
            text: REFUSED.to_owned(),
            sha256: None,
        },
        _ => plain(false),
    }
}

const REFUSED: &str = "refused, as documented";

/// What the C program calls the transfers of the large file.
const LARGE: &str = "SMH large";
const LARGE_AGAIN: &str = "SMH large again";

/// In how many ways the C program carries the file.
const WAYS: usize = 9;

/// All steps were made, and each as it should: each way up and down again, unless it
/// took no empty file, and then the large file.
fn is_good(size: u64, steps: &[Step], judged: &[Judged], status: ExitStatus) -> bool {
    let code = if size == 0 { 1 } else { 0 };
    is_whole(size, steps, judged) && judged.iter().all(|j| j.good) && status.code() == Some(code)
}

fn is_whole(size: u64, steps: &[Step], judged: &[Judged]) -> bool {
    let made: Vec<_> = steps
        .iter()
        .zip(judged)
        .map(|(step, judged)| {
            let text = judged.text.as_str();
            (step.service.as_str(), step.verb.as_str(), text)
        })
        .collect();
    let large = [
        (LARGE, "upload", "stored"),
        (LARGE, "download", "identical"),
        (LARGE_AGAIN, "upload", "at once"),
    ];
    let Some(made) = made.strip_suffix(&large) else {
        return false;
    };
    let mut ways = BTreeSet::new();
    let mut rest = made;
    while let [(way, "upload", text), behind @ ..] = rest {
        rest = match (*text, behind) {
            // There is no way down for what was not taken.
            (REFUSED, _) if size == 0 => behind,
            ("stored", [(same, "download", "identical"), behind @ ..]) if same == way => behind,
            _ => return false,
        };
        ways.insert(*way);
    }
    rest.is_empty() && ways.len() == WAYS
}

/// How long the large file took, and how long it took once more.
fn instant(steps: &[Step]) -> Option<String> {
    let upload = |service: &str| {
        steps
            .iter()
            .find(|step| step.service == service && step.verb == "upload")
    };
    let (first, again) = (upload(LARGE)?, upload(LARGE_AGAIN)?);
    (again.verdict == "instant").then(|| {
        format!(
            "{} bytes took {:.2} s to SMH; the same bytes again, under another name, {:.2} s, in which none was sent:\n\
             the file is read for its hash, by which SMH knows that it has them.",
            grouped(first.bytes),
            first.seconds,
            again.seconds
        )
    })
}

/// The table, with a line below each step that says where the bytes went.
fn describe(steps: &[Step], judged: &[Judged]) -> String {
    let head = ["service", "verb", "bytes", "seconds", "SHA-256", "verdict"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for (step, judged) in steps.iter().zip(judged) {
        // The beginning is enough to see a difference; the whole is above.
        let digest = judged.sha256.as_deref().map(|d| format!("{d:.12}…"));
        rows.push(vec![
            step.service.clone(),
            step.verb.clone(),
            grouped(step.bytes),
            format!("{:.3}", step.seconds),
            digest.unwrap_or_default(),
            judged.text.clone(),
        ]);
    }
    use Align::{Left, Right};
    let table = table::columns(&[Left, Left, Right, Right, Left, Left], &rows);
    let mut lines = table.lines();
    let mut text = format!("{}\n", lines.next().unwrap_or_default());
    for (line, step) in lines.zip(steps) {
        text += line;
        text += &format!("\n    {}\n", short(Path::new(&step.place)));
    }
    text
}

fn conclusion(good: bool, size: u64) -> &'static str {
    match (good, size) {
        (true, 0) => {
            "Some services gave the empty file back as it was. The others take no empty file,\n\
             which the library says before it sends anything."
        }
        (true, _) => "Everything came back byte for byte the same.",
        (false, _) => "FAILED: see above.",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn original(size: u64) -> Original {
        Original {
            path: "x".into(),
            size,
            sha256: String::new(),
        }
    }

    #[test]
    fn the_sample_is_the_same_everywhere() {
        let bytes = sample_bytes(20);
        assert_eq!(bytes.len(), 20);
        assert_eq!(bytes[..10], sample_bytes(10));
        assert_eq!(bytes[..4], [0x7a, 0x48, 0x21, 0x9a]);
    }

    #[test]
    fn lines_of_the_c_program_are_read() {
        let step = Step::read("Easemob\tupload\t7\t0.250\tstored\ta\tb").unwrap();
        assert_eq!(
            (step.service.as_str(), step.bytes, step.place.as_str()),
            ("Easemob", 7, "a\tb")
        );
        assert!(Step::read("Easemob\tupload\t7").is_err());
        assert!(Step::read("Easemob\tupload\tx\t0\tstored\t").is_err());
    }

    #[test]
    fn an_upload_of_another_size_is_not_good() {
        let step = Step::read("Easemob\tupload\t7\t0.1\tstored\tid").unwrap();
        assert!(judge(&step, &original(7)).good);
        assert!(!judge(&step, &original(8)).good);
    }

    fn step(service: &str, verb: &str, verdict: &str) -> Step {
        Step::read(&format!("{service}\t{verb}\t7\t0.5\t{verdict}\tx")).unwrap()
    }

    #[test]
    fn only_an_empty_file_may_be_refused() {
        let refused =
            |status: &str| Step::read(&format!("E\tupload\t0\t0\tCHATFILE_E_{status}\tx")).unwrap();
        let is_good = |step, size| judge(&step, &original(size)).good;
        assert!(is_good(refused("LIMIT"), 0));
        assert!(!is_good(refused("LIMIT"), 1));
        assert!(!is_good(refused("SERVICE"), 0));
    }

    #[test]
    fn each_way_goes_up_and_comes_down_but_for_what_is_refused() {
        let of = |last: &[(&str, &str)], size| {
            let mut steps = Vec::new();
            for way in 1..WAYS {
                steps.push((format!("way {way}"), "upload", "stored"));
                steps.push((format!("way {way}"), "download", "identical"));
            }
            for (verb, text) in last {
                steps.push(("last".to_owned(), verb, text));
            }
            steps.push((LARGE.to_owned(), "upload", "stored"));
            steps.push((LARGE.to_owned(), "download", "identical"));
            steps.push((LARGE_AGAIN.to_owned(), "upload", "at once"));
            let judged: Vec<_> = steps
                .iter()
                .map(|(_, _, text)| Judged {
                    good: true,
                    text: (*text).to_owned(),
                    sha256: None,
                })
                .collect();
            let steps: Vec<_> = steps
                .iter()
                .map(|(service, verb, _)| step(service, verb, "x"))
                .collect();
            is_whole(size, &steps, &judged)
        };
        assert!(of(&[("upload", "stored"), ("download", "identical")], 7));
        assert!(of(&[("upload", REFUSED)], 0));
        assert!(!of(&[("upload", REFUSED)], 7));
        assert!(!of(&[("upload", "stored")], 7));
        assert!(!of(&[], 7));
    }

    #[test]
    fn what_was_sent_again_was_not_at_once() {
        let step = |service: &str, verdict: &str| step(service, "upload", verdict);
        let first = step(LARGE, "stored");
        assert!(instant(&[first.clone(), step(LARGE_AGAIN, "instant")]).is_some());
        assert!(instant(&[first.clone(), step(LARGE_AGAIN, "stored")]).is_none());
        assert!(instant(&[first]).is_none());
    }

    #[test]
    fn faults_are_counted_by_their_kind() {
        let faults = [("a", 1), ("b", 0), ("c", 1), ("a", 1)];
        let faults = faults.map(|(kind, times)| (kind.to_owned(), times));
        assert_eq!(told(&faults), "3 requests failed: a 2, c 1");
    }

    #[test]
    fn a_download_is_believed_only_by_its_digest() {
        let path = std::env::temp_dir().join(format!("xtask-demo-{}", std::process::id()));
        fs::write(&path, b"abc").unwrap();
        let line = format!("E\tdownload\t3\t0\tidentical\t{}", path.display());
        let step = Step::read(&line).unwrap();
        let mut original = original(3);
        assert!(!judge(&step, &original).good);
        original.sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad".into();
        assert!(judge(&step, &original).good);
        fs::remove_file(&path).unwrap();
        assert!(!judge(&step, &original).good);
    }

    /// Plays the rules of emulator/src/fault.rs.
    #[test]
    fn every_third_request_fails() {
        for first in 1..=PERIOD {
            let rules: serde_json::Value = serde_json::from_str(&fault_rules(first)).unwrap();
            let rules = rules.as_array().unwrap();
            let mut skips: Vec<_> = rules
                .iter()
                .map(|rule| (rule["skip"].as_u64().unwrap(), false))
                .collect();
            let hit = (1..=30).filter(|_| {
                skips.iter_mut().any(|(skip, spent)| {
                    let fires = !*spent && *skip == 0;
                    *spent |= fires;
                    *skip = skip.saturating_sub(1);
                    fires
                })
            });
            let expected: Vec<usize> = (first..=30).step_by(PERIOD).collect();
            assert_eq!(hit.collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn limits_leave_room_for_base64() {
        for (size, length) in [(0, 0), (1, 4), (3, 4), (4, 8), (11_796_480, 15_728_640)] {
            assert_eq!(base64_length(size), length);
        }
    }
}
