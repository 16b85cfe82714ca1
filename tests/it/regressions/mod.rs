//! Defects that a review has found, each with a test that would find it again.
//! The peers here are raw servers on loopback that do what no good server does.

#[path = "../../../src/transfer/http/test_certificate.rs"]
mod certificate;
mod kit;
mod relay;
mod server;

mod attempts;
mod bad_framing;
mod certificates;
mod cut_answers;
mod deletes;
mod early_success;
mod idle_connections;
#[cfg(target_os = "linux")]
mod idle_waits;
mod interim_answers;
mod odd_answers;
mod own_callbacks;
mod presigned;
mod ranges;
mod reach;
mod redirects;
mod resume;
mod same_target;
mod second_reading;
mod silence;
mod silent_network;
mod slow_peers;
mod slow_sources;
mod socks;
mod targets;
mod texts;
mod tunnels;
mod urls;
