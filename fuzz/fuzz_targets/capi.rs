#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| chatfile_capi_fuzzed::fuzzing::calls_from_c(data));
