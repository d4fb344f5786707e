"""An agent that writes down every signal that comes to it, and needs half a second to clean up.

agent.py LOG exit|die [apart]: apart, it makes a process group of its own.
"""

import os
import signal
import sys
import time

CLEANING_UP = 0.5
ENDING = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT}
ALWAYS = {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD}
STOPS = {signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU}

log = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
dies = sys.argv[2] == "die"
watched = set(signal.valid_signals()) - ALWAYS - STOPS
if "apart" in sys.argv[3:] and os.getsid(0) != os.getpid():
    os.setpgid(0, 0)


def tell(line):
    os.write(log, f"{line}\n".encode())
    try:
        os.write(1, f"{line}\n".encode())
    except OSError:
        pass  # the terminal is gone


signal.pthread_sigmask(signal.SIG_BLOCK, watched)
tell("ready")
while True:
    number = signal.sigwaitinfo(watched).si_signo
    tell(f"got {number}")
    if number not in ENDING:
        continue
    end = time.monotonic() + CLEANING_UP
    while (rest := end - time.monotonic()) > 0:
        if more := signal.sigtimedwait(watched, rest):
            tell(f"got {more.si_signo}")
    tell("clean")
    if dies:
        signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [number])
        os.kill(os.getpid(), number)
    sys.exit(42)
