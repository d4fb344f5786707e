//! Signals as orders: what a process that stays does when one comes.

use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use signal_hook::{flag, low_level::pipe};

/// Gives orders as their signals come, from a thread of its own, for as long as they are taken.
///
/// # Errors
///
/// The system has no room for it.
pub(crate) fn forward<T: Copy + Send + 'static>(
    orders: &[(i32, T)],
    give: impl Fn(T) -> bool + Send + 'static,
) -> io::Result<()> {
    let (mut wakes, wake) = UnixStream::pair()?;
    let came: Vec<_> = orders
        .iter()
        .map(|(signal, order)| {
            let came = Arc::new(AtomicBool::new(false));
            // It is noted before the thread wakes.
            flag::register(*signal, Arc::clone(&came))?;
            pipe::register(*signal, wake.try_clone()?)?;
            Ok((came, *order))
        })
        .collect::<io::Result<_>>()?;
    let listening = move || {
        while wakes.read_exact(&mut [0]).is_ok() {
            for (came, order) in &came {
                if came.swap(false, Ordering::SeqCst) && !give(*order) {
                    return;
                }
            }
        }
    };
    thread::Builder::new().name("signals".to_owned()).spawn(listening).map(drop)
}
