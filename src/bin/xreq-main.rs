//! The whole program, which takes the place of `xreq` for all but a launch with fresh grants.

use std::process::ExitCode;

fn main() -> ExitCode {
    xreq::sys::memory::guard();
    xreq::commands::main(std::env::args_os()).into()
}
