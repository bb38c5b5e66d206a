#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| kept::findings::fuzz::view(data));
