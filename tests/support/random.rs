//! Random numbers that are the same at each run.

/// A sequence of random numbers (xorshift64).
pub struct Random(u64);

impl Random {
    /// The sequence that begins with a number, which is not 0.
    pub fn new(seed: u64) -> Self {
        assert_ne!(seed, 0, "from 0 there is no way on");
        Self(seed)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}
