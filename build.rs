//! The two things that Cargo cannot do by itself: the linking of the launch program, and the preparation of
//! the built-in providers.

#[path = "build/link.rs"]
mod link;
#[path = "build/providers.rs"]
mod providers;

use std::path::PathBuf;
use std::{env, io};

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=build");
    link::statically();
    providers::prepare(&out_folder())
}

fn out_folder() -> PathBuf {
    PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"))
}
