//! The program that people run: a light launch, for which everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    xreq::sys::memory::guard();
    xreq::commands::launcher::main(std::env::args_os()).into()
}
