//! The program: its first line, its options, its end.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};

use chatfile_emulator::{Action, Config, Emulator, Rule, Setting};

struct Program {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Program {
    fn start(arguments: &[&str]) -> Self {
        let mut child = command(arguments)
            .arg("--exit-with-stdin")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, output }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Where it listens, by its first line.
    fn address(&mut self) -> SocketAddr {
        let line = self.line();
        line.strip_prefix("listening on http://")
            .unwrap()
            .parse()
            .unwrap()
    }

    /// Closes its standard input and returns what it still printed.
    fn end(mut self) -> String {
        drop(self.child.stdin.take());
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).unwrap();
        assert!(self.child.wait().unwrap().success());
        rest
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // After `end` it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chatfile-emulator"));
    command.args(arguments);
    command
}

fn config(address: SocketAddr) -> serde_json::Value {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .write_all(b"GET /_emulator/config HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

impl Program {
    fn fails(arguments: &[&str]) -> (i32, String) {
        let output = command(arguments).stdin(Stdio::null()).output().unwrap();
        assert!(output.stdout.is_empty());
        (
            output.status.code().unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    }
}

#[test]
fn it_listens_says_so_and_ends_with_its_input() {
    let mut program = Program::start(&[]);
    let address = program.address();
    let config = config(address);
    let folder = config["folder"].as_str().unwrap().to_owned();
    assert!(std::path::Path::new(&folder).exists());
    let rest = program.end();
    for part in [
        "client_id",
        "client_secret",
        "AppKey",
        "AppSecret",
        "/nimserver/",
        "/easemob-demo/testapp/",
    ] {
        assert!(rest.contains(part), "{part} in {rest}");
    }
    for value in [
        &config["easemob"]["client_secret"],
        &config["netease"]["app_secret"],
    ] {
        assert!(rest.contains(value.as_str().unwrap()));
    }
    assert!(!std::path::Path::new(&folder).exists());
}

#[test]
fn options_reach_the_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let mut program = Program::start(&[
        "--port=0",
        "--dir",
        path,
        "--tls",
        "--journal",
        "5",
        "--receive-buffer",
        "65536",
        "--easemob-max-upload",
        "11",
        "--easemob-token-ttl",
        "12",
        "--easemob-file-ttl",
        "13",
        "--easemob-calls-per-second",
        "14",
        "--easemob-restrict-access",
        "presence",
        "--easemob-no-range",
        "--netease-max-upload",
        "15",
        "--netease-calls-per-second",
        "16",
        "--netease-deletes-per-day",
        "17",
        "--netease-no-range",
    ]);
    let config = config(program.address());
    let (easemob, netease) = (&config["easemob"], &config["netease"]);
    assert_eq!(config["folder"], path);
    for (value, expected) in [
        (&easemob["max_upload"], 11),
        (&easemob["token_ttl"], 12),
        (&easemob["file_ttl"], 13),
        (&easemob["calls_per_second"], 14),
        (&netease["max_upload"], 15),
        (&netease["calls_per_second"], 16),
        (&netease["deletes_per_day"], 17),
    ] {
        assert_eq!(*value, expected);
    }
    assert_eq!(easemob["restrict_access"], "presence");
    assert_eq!(
        (&easemob["range"], &netease["range"]),
        (&false.into(), &false.into())
    );
    assert!(
        config["ca_pem"]
            .as_str()
            .unwrap()
            .starts_with("-----BEGIN CERTIFICATE-----")
    );
    let second = program.line();
    assert!(
        second.contains(config["tls_base_url"].as_str().unwrap()),
        "{second}"
    );
    program.end();
    // A folder that was given stays.
    assert!(folder.path().join("files").exists());
}

/// A switch is turned, a number is one more, and the rest is as it is.
#[test]
fn every_setting_of_every_service_reaches_the_configuration() {
    let (mut arguments, mut expected) = (Vec::new(), Vec::new());
    for setting in chatfile_emulator::Config::default().settings() {
        let (service, field) = setting.name.split_once('-').unwrap();
        let value = match setting.value.parse::<u64>() {
            _ if setting.is_switch => (setting.value != "true").to_string(),
            Ok(number) => (number + 1).to_string(),
            // It is not set.
            Err(_) if setting.value == "null" => continue,
            Err(_) => setting.value.clone(),
        };
        let off = if setting.is_switch && value == "false" {
            "no-"
        } else {
            ""
        };
        arguments.push(format!("--{service}-{off}{field}"));
        if !setting.is_switch {
            arguments.push(value.clone());
        }
        expected.push((setting.name, value));
    }
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let mut program = Program::start(&arguments);
    let config = config(program.address());
    let summary = program.end();
    for (name, expected) in expected {
        let (service, field) = name.split_once('-').unwrap();
        let found = &config[service][field.replace('-', "_")];
        let text = found
            .as_str()
            .map_or_else(|| found.to_string(), str::to_owned);
        assert_eq!(text, expected, "{name}");
        // What a client needs is in the summary.
        let is_needed = ["app-secret", "client-secret", "library-secret", "secret"];
        if is_needed.contains(&field) {
            assert!(summary.contains(&text), "{name} in {summary}");
        }
    }
}

#[test]
fn mistakes_are_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (code, text) = Program::fails(&["--port", &port]);
    assert!(code == 1 && text.contains(&port), "{text}");
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    let (code, text) = Program::fails(&["--dir", path]);
    assert!(code == 1 && text.contains(path), "{text}");
    for arguments in [
        &["--nonsense"][..],
        &["--port", "many"],
        &["--port"],
        &["--easemob-restrict-access", "maybe"],
        &["extra"],
        &["--"],
    ] {
        let (code, text) = Program::fails(arguments);
        assert!(
            code == 2 && text.contains("--help"),
            "{arguments:?}: {text}"
        );
    }
}

/// On the command line a word is text; what is no text has to be what it is.
#[test]
fn a_bad_value_of_any_setting_is_named() {
    let all = serde_json::to_value(chatfile_emulator::Config::default()).unwrap();
    for setting in chatfile_emulator::Config::default().settings() {
        let (service, field) = setting.name.split_once('-').unwrap();
        if !all[service][field.replace('-', "_")].is_number() {
            continue;
        }
        let option = format!("--{}", setting.name);
        for value in ["many", "-1", "1.5", "{}"] {
            let mut config = chatfile_emulator::Config::default();
            let set = config.set(&setting.name, || Ok(value.to_owned()));
            assert!(set.is_err(), "{option} {value}");
        }
        // The program says so and ends; one value stands for all.
        let (code, text) = Program::fails(&[&option, "many"]);
        assert!(code == 2 && text.contains("--help"), "{option}: {text}");
    }
}

/// What a shell says to the lines of `--env`.
#[cfg(unix)]
#[test]
fn its_lines_fill_the_environment_of_a_shell() {
    let mut program = Program::start(&["--env", "--netease-app-secret", "it's $HOME"]);
    let first = program.line();
    let address = first.strip_prefix("# listening on ").unwrap().to_owned();
    let lines = program.end();
    let asked = "printf '%s\\n' \"$NETEASE_APP_SECRET\" \"$NETEASE_BASE_URL\" \"$SMH_BASE_URL\" \"$EASEMOB_APP_KEY\"";
    let output = Command::new("sh")
        .args(["-c", &format!("{lines}{asked}")])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let expected = [
        "it's $HOME",
        &format!("{address}/nimserver"),
        &address,
        "easemob-demo#testapp",
    ];
    assert_eq!(said.lines().collect::<Vec<_>>(), expected);
    let all = Emulator::start(Config::default()).unwrap().environment();
    let urls = all.iter().filter(|(name, _)| name.ends_with("_BASE_URL"));
    assert_eq!(lines.matches("_BASE_URL=").count(), urls.count());
}

/// It runs while the emulator does, and ends it.
#[cfg(unix)]
#[test]
fn a_command_runs_beside_it() {
    let run = |words: &[&str]| {
        let output = command(words).stdin(Stdio::null()).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        (output.status.code().unwrap(), said)
    };
    let (code, said) = run(&[
        "--netease-app-secret",
        "s",
        "--",
        "sh",
        "-c",
        "echo $NETEASE_APP_SECRET -h; exit 5",
    ]);
    assert_eq!((code, said.as_str()), (5, "s -h\n"));
    assert_eq!(run(&["--", "/no/such/program"]).0, 1);
    // As in a shell: 128 and the number of the signal, here of SIGTERM.
    assert_eq!(run(&["--", "sh", "-c", "kill $$"]).0, 143);
}

/// As it changes the default.
fn option(setting: &Setting) -> String {
    let (service, field) = setting.name.split_once('-').unwrap();
    let off = match (setting.is_switch, setting.value.as_str()) {
        (true, "true") => "no-",
        _ => "",
    };
    format!("--{service}-{off}{field}")
}

#[test]
fn help_names_every_option() {
    let output = command(&["--help"]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let source = include_str!("../../src/main.rs");
    let mut options = 0;
    for option in source.split("Long(\"").skip(1) {
        let option = option.split('"').next().unwrap();
        assert!(help.contains(&format!("--{option}")), "{option}");
        options += 1;
    }
    assert!(output.status.success() && options > 8);
    for setting in Config::default().settings() {
        let line = format!("\n  {}", option(&setting));
        assert!(help.contains(&line), "{}", setting.name);
    }
    let version = command(&["-V"]).output().unwrap().stdout;
    assert!(version.starts_with(b"chatfile-emulator "));
}

#[test]
fn the_page_names_every_option_verb_and_fault() {
    let page = include_str!("../../../docs/emulator.md");
    let program = include_str!("../../src/main.rs");
    let options = program.split("Long(\"").skip(1);
    let options = options.filter_map(|rest| rest.split('"').next());
    for option in options.filter(|option| !["help", "version", "exit-with-stdin"].contains(option))
    {
        assert!(page.contains(&format!("`--{option}")), "--{option}");
    }
    for setting in Config::default().settings() {
        let option = option(&setting);
        let is_named = page.split(&option).skip(1).any(|rest| {
            !rest.starts_with(|next: char| next.is_ascii_alphanumeric() || next == '-')
        });
        assert!(is_named, "{option}");
    }
    // The complaint about an unknown verb lists the known ones.
    let emulator = crate::common::start();
    let unknown = Rule::new(Action::EmptyBody).verb("nonsense");
    let complaint = emulator
        .control()
        .add_fault(unknown)
        .unwrap_err()
        .to_string();
    let verbs = complaint.split_once("there are ").unwrap().1;
    for verb in verbs.split(", ") {
        assert!(page.contains(&format!("`{verb}`")), "{verb}");
    }
    let faults = include_str!("../../src/fault.rs");
    let names = faults.split("=> \"").skip(1);
    let names: Vec<&str> = names.filter_map(|rest| rest.split('"').next()).collect();
    assert!(names.len() > 15);
    for name in names {
        assert!(page.contains(&format!("| `{name}` |")), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn a_terminated_program_tidies_up() {
    let mut child = command(&["--tls"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    let address = line
        .trim()
        .strip_prefix("listening on http://")
        .unwrap()
        .parse()
        .unwrap();
    let folder = config(address)["folder"].as_str().unwrap().to_owned();
    let killed = Command::new("kill").arg(child.id().to_string()).status();
    if !killed.is_ok_and(|status| status.success()) {
        println!("skipped: there is no kill program");
        child.kill().unwrap();
        child.wait().unwrap();
        return;
    }
    // The pipe is read to its end, or a full one would keep the program from ending.
    output.read_to_string(&mut line).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(!std::path::Path::new(&folder).exists());
}
