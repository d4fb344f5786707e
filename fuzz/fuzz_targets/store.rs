#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| xreq_fuzz::store::check(data));
