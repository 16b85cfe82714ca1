//! What is measured, and how.

use crate::goals;
use crate::programs::{Contender, Cost, Programs, Task};
use crate::server::Server;
use crate::stats::Spread;
use std::io;
use std::path::Path;

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

/// The longest file that is held in memory as a whole, some of it thrice.
const IN_MEMORY_MAX: u64 = 16 * MIB;

/// One job at one size.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// A job of the C programs.
    pub job: &'static str,
    /// Of the file, in bytes.
    pub size: u64,
    /// Files in a row in one process.
    pub count: u32,
}

/// One tiny file, by the first call of a program.
const FIRST: (u64, u32) = (KIB, 1);
/// Many tiny files.
const TINY: (u64, u32) = (KIB, 500);
const SMALL: (u64, u32) = (64 * KIB, 200);
const MEDIUM: (u64, u32) = (MIB, 50);
/// Files of the size that services take.
const USUAL: (u64, u32) = (15 * MIB, 10);
/// One that is huge.
const HUGE: (u64, u32) = (1024 * MIB, 1);

/// What is measured of each job: huge files where the service takes them.
const JOBS: [(&str, &[(u64, u32)]); 12] = [
    ("easemob-upload", &[FIRST, TINY, SMALL, MEDIUM, USUAL]),
    ("netease-multipart", &[TINY, SMALL, MEDIUM, USUAL]),
    ("smh-simple", &[TINY, SMALL, MEDIUM, USUAL, HUGE]),
    ("netease-form", &[TINY, SMALL, MEDIUM, USUAL]),
    ("json-upload", &[TINY, SMALL, MEDIUM, USUAL]),
    ("download", &[FIRST, TINY, SMALL, MEDIUM, USUAL, HUGE]),
    ("memory-download", &[TINY, SMALL, MEDIUM, USUAL]),
    ("tls-upload", &[FIRST, TINY, SMALL, MEDIUM, USUAL]),
    ("tls-download", &[TINY, SMALL, MEDIUM, USUAL, HUGE]),
    ("threads-upload", &[TINY]),
    ("threads-download", &[TINY]),
    ("smh-parts", &[HUGE]),
];

/// What is measured.
pub fn cases() -> impl Iterator<Item = Case> {
    JOBS.into_iter().flat_map(|(job, sizes)| {
        sizes
            .iter()
            .map(move |&(size, count)| Case { job, size, count })
    })
}

/// What was measured of one contender.
#[derive(Debug, Clone)]
pub struct Measured {
    /// What it did.
    pub case: Case,
    /// Who did it.
    pub contender: String,
    /// CPU time of one file in microseconds; instructions if these were counted.
    pub cost: Spread,
    /// The cost of chatfile divided by that of this contender, round by round.
    pub ratio: Spread,
    /// The most that chatfile may cost, as a share of this contender.
    pub target: Option<f64>,
    /// Peak memory above start in KiB; `None` if instructions were counted.
    pub memory_kib: Option<f64>,
}

impl Case {
    /// As `--only` sees it.
    pub fn name(&self) -> String {
        format!("{} {} x {}", self.job, self.size_text(), self.count)
    }

    /// The most memory that chatfile may take, in KiB: of the file only what the job holds.
    pub fn memory_max_kib(&self) -> f64 {
        let held = if self.job == "memory-download" {
            self.size
        } else {
            0
        };
        (12 * MIB + held) as f64 / KIB as f64
    }

    /// The size for a person to read.
    pub fn size_text(&self) -> String {
        match self.size {
            ..MIB => format!("{} KiB", self.size / KIB),
            size if size < 1024 * MIB => format!("{} MiB", size / MIB),
            size => format!("{} GiB", size / (1024 * MIB)),
        }
    }

    /// How many times for each round chatfile and the one that a goal names run, those two alone: a few hundredths more
    /// or less decide there, and a run of 20 ms tells of no hundredth.
    fn pairs(&self) -> u32 {
        if self.fits_in_memory() { 8 } else { 1 }
    }

    /// Runs the contenders in turn, so that whatever else the machine does hits
    /// all of them; the first round only warms up.
    pub fn measure(
        &self,
        programs: &Programs,
        server: &Server,
        source: &Path,
        rounds: u32,
    ) -> io::Result<Vec<Measured>> {
        let contenders = self.contenders(programs);
        let mut costs: Vec<Vec<Cost>> = vec![Vec::new(); contenders.len()];
        let mut order: Vec<usize> = (0..contenders.len()).collect();
        for round in 0..=rounds {
            for &i in &order {
                let cost = self.run(server, source, |task| contenders[i].run(task))?;
                if round > 0 {
                    costs[i].push(cost);
                }
            }
            // There and back: what a large program leaves behind would else always be paid for by the same next one.
            order.reverse();
        }
        let rival = contenders
            .iter()
            .position(|contender| goals::of(self, contender).is_some());
        if let Some(rival) = rival {
            let mut pair = [0, rival];
            for _ in 0..rounds * self.pairs() {
                for i in pair {
                    costs[i].push(self.run(server, source, |task| contenders[i].run(task))?);
                }
                pair.reverse();
            }
        }
        let per_file = f64::from(self.count);
        Ok(contenders
            .iter()
            .zip(&costs)
            .map(|(contender, own)| {
                let ratios = costs[0].iter().zip(own).map(|(a, b)| a.cpu_us / b.cpu_us);
                Measured {
                    case: *self,
                    contender: contender.name.clone(),
                    cost: Spread::of(own.iter().map(|cost| cost.cpu_us / per_file)),
                    ratio: Spread::of(ratios),
                    target: goals::of(self, contender),
                    memory_kib: Some(own.iter().fold(0.0, |most, c| most.max(c.memory_kib))),
                }
            })
            .collect())
    }

    /// Counts what one file costs beyond another one: start and end of the
    /// process fall out. Nothing for huge files, with which it takes minutes.
    pub fn count_instructions(
        &self,
        programs: &Programs,
        server: &Server,
        source: &Path,
    ) -> io::Result<Vec<Measured>> {
        if self.size > IN_MEMORY_MAX {
            return Ok(Vec::new());
        }
        let mut results: Vec<Measured> = Vec::new();
        for contender in self.contenders(programs) {
            let count = |count| {
                let case = Self { count, ..*self };
                case.run(server, source, |task| contender.instructions(task))
            };
            let more = 4;
            let cost = (count(1 + more)? - count(1)?) / f64::from(more);
            let first = results.first().map_or(cost, |first| first.cost.median);
            results.push(Measured {
                case: *self,
                contender: contender.name.clone(),
                cost: Spread::of([cost]),
                ratio: Spread::of([first / cost]),
                target: goals::of(self, contender),
                memory_kib: None,
            });
        }
        Ok(results)
    }

    /// Who does this job at this size: chatfile first.
    fn contenders<'p>(&self, programs: &'p Programs) -> Vec<&'p Contender> {
        let all = programs.contenders.iter();
        all.filter(|contender| contender.does(self)).collect()
    }

    /// Whether it is the first call of a program, for which nothing is promised: what is
    /// set up then is for all that follow.
    pub fn is_first(&self) -> bool {
        (self.size, self.count) == FIRST
    }

    /// Whether the file may be held in memory as a whole, some of it thrice.
    pub fn fits_in_memory(&self) -> bool {
        self.size <= IN_MEMORY_MAX
    }

    /// Has a program do the job.
    pub fn run<T>(
        &self,
        server: &Server,
        source: &Path,
        run: impl FnOnce(&Task<'_>) -> io::Result<T>,
    ) -> io::Result<T> {
        let target = source.with_file_name("target.bin");
        run(&Task {
            job: self.job,
            url: &server.url(self.job.starts_with("tls-")),
            file: if self.job.ends_with("download") && self.job != "memory-download" {
                &target
            } else {
                source
            },
            size: self.size,
            count: self.count,
        })
    }
}
