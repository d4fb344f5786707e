//! The program: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    xreq::sys::memory::guard();
    xreq::commands::main(std::env::args_os()).into()
}
