//! The search for secrets in the memory of another process.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;

use age::secrecy::ExposeSecret;

use crate::support::machine;

/// The characters of Bech32 (BIP 173), by the five bits that each stands for.
const BECH32: &str = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// All that a process can have written to.
pub struct Memory(Vec<Vec<u8>>);

impl Memory {
    /// The memory of a process as it is now; `None` where this test may not look at it.
    pub fn of(process: u32) -> Option<Self> {
        let Ok(memory) = File::open(format!("/proc/{process}/mem")) else {
            machine::skips("only root looks into processes that do not want it");
            return None;
        };
        let maps = fs::read_to_string(format!("/proc/{process}/maps")).expect("it lives");
        let regions = maps.lines().filter_map(|line| {
            let (place, rest) = line.split_once(' ').expect("a line of maps(5)");
            let (start, end) = place.split_once('-').expect("two addresses");
            let address = |text| u64::from_str_radix(text, 16).expect("an address");
            rest.starts_with("rw").then(|| (address(start), address(end)))
        });
        let read = |(start, end)| {
            let mut bytes = vec![0; usize::try_from(end - start).expect("it is smaller")];
            memory.read_exact_at(&mut bytes, start).is_ok().then_some(bytes)
        };
        let found: Vec<_> = regions.filter_map(read).collect();
        assert!(!found.is_empty(), "nothing could be read");
        Some(Self(found))
    }

    /// How many copies of something there are.
    pub fn copies(&self, secret: &[u8]) -> usize {
        assert!(secret.len() >= 16, "it could be there by chance");
        let copies = |region: &Vec<u8>| {
            let mut rest = region.as_slice();
            let mut count = 0;
            while let Some(at) = rest.iter().position(|byte| *byte == secret[0]) {
                rest = &rest[at..];
                count += usize::from(rest.starts_with(secret));
                rest = &rest[1..];
            }
            count
        };
        self.0.iter().map(copies).sum()
    }
}

/// The 32 bytes of an X25519 identity, out of its text.
pub fn key(identity: &age::x25519::Identity) -> Vec<u8> {
    let text = identity.to_string();
    let text = text.expose_secret().to_lowercase();
    let data = text.strip_prefix("age-secret-key-1").expect("so they begin");
    let data = &data[..data.len() - 6];
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for letter in data.chars() {
        let five = BECH32.find(letter).expect("it is Bech32");
        bits = (bits << 5 | u32::try_from(five).expect("it is five bits")) & 0xfff;
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).expect("it is eight bits"));
        }
    }
    bytes
}
