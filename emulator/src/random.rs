//! Random bytes of ids, tokens and secrets.

/// Fills it with them.
pub fn fill(bytes: &mut [u8]) {
    let filled = getrandom::fill(bytes);
    // Any system that tokio runs on has some.
    assert!(
        filled.is_ok(),
        "the system gives no random bytes: {filled:?}"
    );
}

/// As many of them as there are places.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill(&mut bytes);
    bytes
}
