//! A network that passes nothing on for a while, with all connections open. What is under way has to outlast it.

use chatfile::{
    Client, ClientOptions, DownloadOptions, Openim, OpenimCredentials, OpenimUpload,
    OpenimUploadMethod, Sink, Smh, SmhCredentials, SmhUpload, SmhUploadMethod, Source,
    UploadOptions,
};
use chatfile_emulator::{Config, Emulator};
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

const MIB: usize = 1024 * 1024;
const STALL: Duration = Duration::from_millis(600);

/// It falls silent after so many bytes, and is so until somebody connects.
#[derive(Clone, Default)]
struct Network(Arc<(Mutex<State>, Condvar)>);

#[derive(Default)]
struct State {
    /// `None`: it goes on and on.
    freely: Option<usize>,
    is_silent: bool,
    silences: u32,
}

impl Network {
    /// Passes connections on to what `to` tells. Returns its address.
    fn start(to: impl FnOnce() -> String + Send + 'static) -> (Self, String) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let network = Self::default();
        let shared = network.clone();
        std::thread::spawn(move || {
            let to = to();
            for client in listener.incoming().flatten() {
                let server = TcpStream::connect(&to).unwrap();
                shared.speak();
                let back = (server.try_clone().unwrap(), client.try_clone().unwrap());
                for (from, to) in [(client, server), back] {
                    let network = shared.clone();
                    std::thread::spawn(move || network.pass(from, to));
                }
            }
        });
        (network, address)
    }

    fn fall_silent_after(&self, bytes: usize) {
        self.0.0.lock().unwrap().freely = Some(bytes);
    }

    fn silences(&self) -> u32 {
        self.0.0.lock().unwrap().silences
    }

    fn speak(&self) {
        self.0.0.lock().unwrap().is_silent = false;
        self.0.1.notify_all();
    }

    /// Returns when so many bytes may pass.
    fn wait(&self, bytes: usize) {
        let mut state = self.0.0.lock().unwrap();
        if let Some(freely) = state.freely {
            state.freely = freely.checked_sub(bytes);
            state.is_silent = state.freely.is_none();
            state.silences += u32::from(state.is_silent);
        }
        let is_silent = |state: &mut State| state.is_silent;
        drop(self.0.1.wait_while(state, is_silent).unwrap());
    }

    fn pass(&self, mut from: TcpStream, mut to: TcpStream) {
        let mut buffer = vec![0; 16 * 1024];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            self.wait(count);
            if to.write_all(&buffer[..count]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Write);
    }
}

/// A silence in the middle of an upload, and one in the middle of a download, which goes on from
/// there.
fn outlasts(client: &Client, network: &Network, emulator: &Emulator, in_parts: UploadOptions<'_>) {
    let data: Vec<u8> = (0..6 * MIB).map(|at| (at * 31 + (at >> 8)) as u8).collect();
    network.fall_silent_after(5 * MIB / 2);
    let upload = in_parts.file_name("a.bin").parallel_parts(1);
    let stored = client.upload(Source::bytes(&data), upload).unwrap();
    assert_eq!(network.silences(), 1);
    assert!(stored.attempts >= 2);
    emulator.control().clear_journal();
    network.fall_silent_after(3 * MIB);
    let options = DownloadOptions::default().parallel_parts(1);
    let got = client
        .download(&stored.file, Sink::buffer(), options)
        .unwrap();
    assert!(got.data.unwrap() == data);
    assert_eq!(network.silences(), 2);
    assert!(got.attempts >= 2);
    let journal = emulator.control().journal();
    let ranges: Vec<_> = journal.iter().filter_map(|e| e.header("range")).collect();
    assert!(
        !ranges.is_empty() && !ranges.contains(&"bytes=0-"),
        "{ranges:?}"
    );
}

fn options() -> ClientOptions {
    let options = ClientOptions::default().retry_delay(Duration::from_millis(1));
    options.stall_timeout(STALL)
}

#[test]
fn smh_outlasts_a_silence_in_the_middle() {
    let emulator = Emulator::start(Config::default()).unwrap();
    let to = emulator.base_url().trim_start_matches("http://").to_owned();
    let (network, address) = Network::start(|| to);
    let config = Config::default().smh;
    let secret = SmhCredentials::LibrarySecret(config.library_secret.as_str().into());
    let library = Smh::new(config.library_id, secret).base_url(format!("http://{address}"));
    let client = Client::smh(library, options()).unwrap();
    let in_parts = SmhUpload::default().method(SmhUploadMethod::Parts);
    let in_parts = in_parts.part_size(MIB as u64);
    let upload = UploadOptions::default().service(in_parts);
    outlasts(&client, &network, &emulator, upload);
}

#[test]
fn openim_outlasts_a_silence_in_the_middle() {
    let (tell, told) = std::sync::mpsc::channel();
    let (network, address) = Network::start(move || told.recv().unwrap());
    let mut config = Config::default();
    config.openim.min_part_size = Some(MIB as u64);
    config.openim.external_address = Some(format!("http://{address}"));
    let secret = config.openim.secret.clone();
    let emulator = Emulator::start(config).unwrap();
    let base = emulator.base_url();
    tell.send(base.trim_start_matches("http://").to_owned())
        .unwrap();
    let credentials = OpenimCredentials::User {
        admin_secret: secret.into(),
        admin_user_id: None,
        platform: 1,
    };
    let client = Client::openim(Openim::new(base, "alice", credentials), options()).unwrap();
    let in_parts = OpenimUpload::default().method(OpenimUploadMethod::Parts);
    let upload = UploadOptions::default().service(in_parts);
    outlasts(&client, &network, &emulator, upload);
}
