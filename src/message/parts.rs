//! How many parts stores of S3's kind take, and how large ones: COS (smh.md §1.5), MinIO and OSS
//! (openim.md §2.5).

pub(crate) const PARTS_MAX: u64 = 10_000;
pub(crate) const PART_MAX: u64 = 5 * 1024 * 1024 * 1024;
