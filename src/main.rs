//! The program: everything is in the library.

use std::alloc::System;
use std::process::ExitCode;

use zeroizing_alloc::ZeroAlloc;

/// Wipes each block that is given back.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

fn main() -> ExitCode {
    xreq::memory::guard();
    xreq::commands::main(std::env::args_os()).into()
}
