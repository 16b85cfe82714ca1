//! The CheckSum and the frequency control (netease.md §1.1, §1.6).

use sha1::{Digest, Sha1};

use super::reply::Refusal;
use super::{Context, NAME};
use crate::config::{
    CHECKSUM_WINDOW_S, DESC_BAD_CHECKSUM, DESC_BAD_HEADER, DESC_FREQUENCY, DESC_STALE,
    DESC_UNKNOWN_APP,
};
use crate::limits::Limit;
use crate::store::{hex, lock};

/// "at most 128 characters"
const LONGEST_NONCE: usize = 128;

/// Checks who calls. Header names match in any case, values do not.
pub(super) fn check(context: &Context<'_>) -> Result<(), Refusal> {
    let header = |name: &str| {
        context
            .head
            .header(name)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| Refusal::parameter(DESC_BAD_HEADER))
    };
    let (app_key, nonce) = (header("appkey")?, header("nonce")?);
    let (time, sum) = (header("curtime")?, header("checksum")?);
    if nonce.chars().count() > LONGEST_NONCE || !time.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Refusal::parameter(DESC_BAD_HEADER));
    }
    let refused = |description: &str| {
        Refusal::Code(context.config.bad_checksum.code(), description.to_owned())
    };
    if app_key != context.config.app_key {
        return Err(refused(DESC_UNKNOWN_APP));
    }
    let expected = Sha1::digest(format!("{}{nonce}{time}", context.config.app_secret));
    if sum != hex(&expected) {
        return Err(refused(DESC_BAD_CHECKSUM));
    }
    let now_s = context.now_ms().div_euclid(1000);
    let stale = time
        .parse::<i64>()
        .map_or(true, |time| (now_s - time).abs() > CHECKSUM_WINDOW_S);
    if stale {
        return Err(refused(DESC_STALE));
    }
    check_nonce(context, &nonce, now_s)
}

fn check_nonce(context: &Context<'_>, nonce: &str, now_s: i64) -> Result<(), Refusal> {
    if !context.config.refuse_repeated_nonce {
        return Ok(());
    }
    let mut nonces = lock(&context.memory.nonces);
    nonces.retain(|_, seen| (now_s - *seen).abs() <= CHECKSUM_WINDOW_S);
    if nonces.insert(nonce.to_owned(), now_s).is_some() {
        return Err(Refusal::Code(431, "duplicate HTTP request".to_owned()));
    }
    Ok(())
}

/// Counts a call against its limit per second; passing it blocks the call for a while.
pub(super) fn count_upload(context: &Context<'_>, call: &str) -> Result<(), Refusal> {
    let seconds = i64::try_from(context.config.block_seconds).unwrap_or(i64::MAX / 1000);
    let limit = Limit {
        calls: context.config.calls_per_second,
        window_ms: 1000,
        block_ms: seconds.saturating_mul(1000),
    };
    count(context, call, limit, context.now_ms())
}

/// Counts a call of del.action: so many in a day of China's time, then none for a day.
pub(super) fn count_delete(context: &Context<'_>) -> Result<(), Refusal> {
    const DAY_MS: i64 = 86_400_000;
    let limit = Limit {
        calls: context.config.deletes_per_day,
        window_ms: DAY_MS,
        block_ms: DAY_MS,
    };
    let china_ms = context.now_ms() + crate::config::CHINA_OFFSET_MS;
    count(context, "delete", limit, china_ms)
}

fn count(context: &Context<'_>, call: &str, limit: Limit, now_ms: i64) -> Result<(), Refusal> {
    let name = format!("{NAME}/{call}");
    if context.state.limits.allow(&name, limit, now_ms) {
        return Ok(());
    }
    Err(Refusal::Code(416, DESC_FREQUENCY.to_owned()))
}
