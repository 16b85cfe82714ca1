//! The checked-in header is the one that is made from here.

#[test]
fn the_checked_in_header_is_current() {
    let generated = include_str!(concat!(env!("OUT_DIR"), "/chatfile.h"));
    let checked_in = include_str!("../../include/chatfile.h");
    if generated == checked_in {
        return;
    }
    let difference = generated
        .lines()
        .zip(checked_in.lines())
        .enumerate()
        .find(|(_, (new, old))| new != old);
    panic!(
        "include/chatfile.h is not what capi/build makes; mend it with:\n\n    \
         cargo xtask header\n\nfirst difference (line, (generated, checked in)): {difference:?}"
    );
}
