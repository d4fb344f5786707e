//! Links the program of the launch without shared libraries, where this machine can: to load them takes a
//! launch a sixth of its page faults.
//!
//! `+crt-static` is of a whole build, and `xreq-main` needs the shared C library to look names up as the
//! system does. So this puts linker scripts in the way of the shared libraries that rustc names, for one
//! program alone. It stays position-independent. Where the static libraries are missing, and elsewhere
//! than on Linux with glibc, nothing is changed.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs};

/// The libraries that Rust's own name, and the archives that stand in for each.
const LIBRARIES: [(&str, &[&str]); 7] = [
    ("gcc_s", &["libgcc_eh.a", "libgcc.a", "libc.a"]),
    ("c", &["libc.a", "libgcc_eh.a", "libgcc.a"]),
    ("m", &["libm.a"]),
    ("pthread", &["libpthread.a"]),
    ("dl", &["libdl.a"]),
    ("rt", &["librt.a"]),
    ("util", &["libutil.a"]),
];

/// Makes cargo link it so, where that works.
pub(crate) fn statically() {
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    let features = env::var("CARGO_CFG_TARGET_FEATURE").unwrap_or_default();
    let is_static = features.split(',').any(|feature| feature == "crt-static");
    if !is("CARGO_CFG_TARGET_OS", "linux") || !is("CARGO_CFG_TARGET_ENV", "gnu") || is_static {
        return;
    }
    let folder = super::out_folder();
    let linker = env::var_os("RUSTC_LINKER").unwrap_or_else(|| "cc".into());
    if write_scripts(&linker, &folder).is_some() && links(&linker, &folder) {
        println!("cargo:rustc-link-arg-bin=xreq=-static-pie");
        println!("cargo:rustc-link-arg-bin=xreq=-L{}", folder.display());
    }
}

/// Writes a linker script for each library; `None` if an archive is missing.
fn write_scripts(linker: &OsStr, folder: &Path) -> Option<()> {
    for (name, archives) in LIBRARIES {
        let paths: Option<Vec<_>> = archives.iter().map(|file| find(linker, file)).collect();
        let script = format!("GROUP ( {} )\n", paths?.join(" "));
        fs::write(folder.join(format!("lib{name}.so")), script).ok()?;
    }
    Some(())
}

/// Returns the path of an archive of the C compiler.
fn find(linker: &OsStr, file: &str) -> Option<String> {
    let output = Command::new(linker).arg(format!("-print-file-name={file}")).output().ok()?;
    let path = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    // A linker script separates words by spaces; a name alone was not found.
    let is_usable = Path::new(&path).is_absolute() && !path.contains(char::is_whitespace);
    (is_usable && Path::new(&path).exists()).then_some(path)
}

/// Returns whether a program can be linked so.
fn links(linker: &OsStr, folder: &Path) -> bool {
    let source = folder.join("probe.c");
    if fs::write(&source, "int main(void) { return 0; }\n").is_err() {
        return false;
    }
    let mut command = Command::new(linker);
    command.args(["-pie", "-fPIE"]).arg(&source).arg("-o").arg(folder.join("probe"));
    // As rustc has it.
    command.args(["-nodefaultlibs", "-Wl,-Bdynamic", "-lgcc_s", "-lc", "-static-pie"]);
    command.arg(format!("-L{}", folder.display()));
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
