//! Starting and stopping.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tempfile::TempPath;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;

use crate::config::Config;
use crate::control::Control;
use crate::server::{Authority, accept, listen};
use crate::state::State;

/// A running emulator. It has threads of its own and stops, having joined them, when dropped.
#[derive(Debug)]
pub struct Emulator {
    state: Arc<State>,
    certificate: Option<TempPath>,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

/// Requests wait on the disk and the network only, so two threads are plenty.
const THREADS: usize = 2;

impl Emulator {
    /// Listens, and returns once requests are taken.
    ///
    /// # Errors
    /// When the address is taken or the folder cannot be written.
    pub fn start(config: Config) -> io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name("chatfile-emulator")
            .enable_all()
            .build()?;
        // Sockets are made within the runtime, but nothing is waited for: the caller may have a runtime of its own.
        let entered = runtime.enter();
        let plain = listen(config.bind, config.receive_buffer)
            .map_err(|error| at(&config.bind.to_string(), error))?;
        let secure = match config.tls {
            None => None,
            Some(address) => {
                let listener = listen(address, config.receive_buffer)
                    .map_err(|error| at(&address.to_string(), error))?;
                Some((listener, Arc::new(Authority::new()?)))
            }
        };
        let authority = secure.as_ref().map(|(_, authority)| Arc::clone(authority));
        let certificate = authority.as_deref().map(write_certificate).transpose()?;
        let tls_address = match &secure {
            Some((listener, _)) => Some(listener.local_addr()?),
            None => None,
        };
        let folder = config.folder.clone();
        let state =
            State::new(config, plain.local_addr()?, tls_address, authority).map_err(|error| {
                match folder {
                    Some(folder) => at(&folder.display().to_string(), error),
                    None => error,
                }
            })?;
        let state = Arc::new(state);
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(accept(plain, None, Arc::clone(&state), stopped.clone()));
        if let Some((listener, authority)) = secure {
            let state = Arc::clone(&state);
            tokio::spawn(accept(listener, Some(authority), state, stopped.clone()));
        }
        drop(entered);
        let thread = std::thread::Builder::new()
            .name("chatfile-emulator".to_owned())
            .spawn(move || run(runtime, stopped))?;
        Ok(Self {
            state,
            certificate,
            stop,
            thread: Some(thread),
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.state.address
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.state.base_url()
    }

    /// `https://127.0.0.1:PORT`, when [`Config::tls`] asked for it.
    #[must_use]
    pub fn tls_base_url(&self) -> Option<String> {
        self.state.tls_base_url()
    }

    /// The certificate to trust for TLS, in PEM.
    #[must_use]
    pub fn ca_pem(&self) -> Option<&str> {
        self.state.authority.as_deref().map(Authority::pem)
    }

    /// A file with [`Self::ca_pem`], which goes away with the emulator.
    #[must_use]
    pub fn ca_path(&self) -> Option<&Path> {
        self.certificate.as_deref()
    }

    /// The folder that holds the files.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.state.store.folder().to_owned()
    }

    /// What whoever starts it wants to know of each service: where its calls begin, and the credentials. The first line
    /// of each is its heading.
    #[must_use]
    pub fn summary(&self) -> Vec<Vec<(&'static str, String)>> {
        let services = self.state.services.iter();
        let all = services.map(|service| service.summary(&self.base_url()));
        all.filter(|lines| !lines.is_empty()).collect()
    }

    /// What a client needs to know of each service, as variables of the environment: `NETEASE_BASE_URL`,
    /// `NETEASE_APP_KEY` and so on; and `CHATFILE_EMULATOR_URL`, below which it is steered.
    #[must_use]
    pub fn environment(&self) -> Vec<(String, String)> {
        let base = self.base_url();
        let services = self.state.services.iter();
        let variables = services.flat_map(|service| {
            let name = service.name();
            let account = service.account(&base).into_iter();
            account.map(move |(field, value)| (format!("{name}_{field}").to_uppercase(), value))
        });
        let own = ("CHATFILE_EMULATOR_URL".to_owned(), base.clone());
        std::iter::once(own).chain(variables).collect()
    }

    /// The handle for faults, clock and journal.
    #[must_use]
    pub fn control(&self) -> Control {
        Control::new(Arc::clone(&self.state))
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.state.services.iter().for_each(|one| one.close());
        let _ = self.stop.send(true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        self.state.store.close();
    }
}

/// Keeps the runtime alive until told to stop. It has a thread of its own because a runtime may not be dropped by a
/// task of another one.
fn run(runtime: Runtime, mut stopped: watch::Receiver<bool>) {
    let _ = runtime.block_on(stopped.changed());
    runtime.shutdown_timeout(Duration::from_secs(5));
}

fn write_certificate(authority: &Authority) -> io::Result<TempPath> {
    use std::io::Write as _;
    let mut file = tempfile::Builder::new()
        .prefix("chatfile-emulator-ca-")
        .suffix(".pem")
        .tempfile()?;
    file.write_all(authority.pem().as_bytes())?;
    file.flush()?;
    Ok(file.into_temp_path())
}

fn at(place: &str, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{place}: {error}"))
}
