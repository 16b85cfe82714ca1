//! What the programs share: arguments, and measuring the work.

use cpu_time::ProcessTime;
use std::env;
use std::fs;

/// One run: `PROGRAM JOB BASE_URL FILE SIZE COUNT BUFFER`.
pub struct Run {
    pub job: String,
    pub base_url: String,
    /// The source of an upload, the target of a download.
    pub file: String,
    pub size: u64,
    pub count: u32,
    /// Of the transfer buffers, in bytes.
    pub buffer: usize,
}

/// Does the work so often as is asked for, and prints what it cost: CPU time in
/// microseconds, and by how many KiB the peak of the memory grew.
pub fn measured<W: FnMut(&Run)>(arguments: impl Iterator<Item = String>, begin: impl FnOnce(&Run) -> W) {
    let all: Vec<String> = arguments.collect();
    let run = Run {
        job: all[0].clone(),
        base_url: all[1].clone(),
        file: all[2].clone(),
        size: all[3].parse().expect("a size"),
        count: all[4].parse().expect("a count"),
        buffer: all[5].parse().expect("a size"),
    };
    let peak = peak_kib();
    let begun = ProcessTime::now();
    let mut work = begin(&run);
    for _ in 0..run.count {
        work(&run);
    }
    drop(work);
    println!("{} {}", begun.elapsed().as_micros(), peak_kib() - peak);
}

/// The arguments behind the name of the program.
pub fn arguments() -> impl Iterator<Item = String> {
    env::args().skip(1)
}

fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("/proc");
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).expect("a peak")
}
