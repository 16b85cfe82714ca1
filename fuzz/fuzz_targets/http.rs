#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| chatfile::fuzzing::http(data));
