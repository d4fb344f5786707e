"""Tries to get out of a confinement: one way each, named by the first argument.

Prints `reached`, or `refused` and the name of the error.
"""

import ctypes
import errno
import fcntl
import os
import signal
import socket
import sys

libc = ctypes.CDLL(None, use_errno=True)
X86 = os.uname().machine == "x86_64"
NUMBERS = {
    "io_uring_setup": 425,
    "pidfd_open": 434,
    "pidfd_getfd": 438,
    "keyctl": 250 if X86 else 219,
    "bpf": 321 if X86 else 280,
    "userfaultfd": 323 if X86 else 282,
    "perf_event_open": 298 if X86 else 241,
}
NEW_NAMESPACES = {"user": 0x10000000, "mount": 0x00020000, "net": 0x40000000, "pid": 0x20000000}


def checked(result):
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def call(name, *arguments):
    return checked(libc.syscall(NUMBERS[name], *[ctypes.c_long(a) for a in arguments]))


def tcp(host, port):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as s:
        s.settimeout(5)
        s.connect((host, int(port)))


def udp(host, port):
    """A question to a name server, which is answered."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(5)
        s.connect((host, int(port)))
        s.send(b"?")
        s.recv(16)


def unix(path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
        s.connect(path if path[0] == "/" else "\0" + path)


def datagrams(path):
    """A pair needs no call of `socket`, and one end of it can be connected anew."""
    one, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    one.connect(path)


def family(number, kind="1", protocol="0"):
    socket.socket(int(number), int(kind), int(protocol)).close()


def io_uring():
    parameters = ctypes.create_string_buffer(256)
    call("io_uring_setup", 4, ctypes.addressof(parameters))


def read(path):
    with open(path, "rb") as f:
        f.read(1)


def write(path):
    with open(path, "ab"):
        pass


def create(path):
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    os.unlink(path)


def memory(process):
    with open(f"/proc/{process}/mem", "rb", buffering=0):
        pass


def seize(process):
    checked(libc.ptrace(0x4206, int(process), 0, 0))


def descriptor(process):
    call("pidfd_getfd", call("pidfd_open", int(process), 0), 1, 0)


def signal_to(process):
    os.kill(int(process), 0)


def unmount(path):
    checked(libc.umount2(path.encode(), 2))


def mount(path):
    checked(libc.mount(b"tmpfs", path.encode(), b"tmpfs", 0, None))


def namespace(name):
    checked(libc.unshare(NEW_NAMESPACES[name]))


def device(path):
    os.mknod(path, 0o600 | 0o060000, os.makedev(8, 0))


def rename(old, new):
    os.rename(old, new)


def remove(path):
    os.unlink(path)


def terminal(request, above="0"):
    """A request to the terminal that is the standard input; `above` is what stands above its 32 bits."""
    request = int(request, 0) | int(above) << 40
    checked(libc.ioctl(ctypes.c_int(0), ctypes.c_ulong(request), ctypes.c_char_p(b"x")))


def anew(number):
    """The file of a descriptor, opened once more and for writing."""
    os.close(os.open(f"/proc/self/fd/{number}", os.O_WRONLY | os.O_APPEND))


def beside(number, name):
    os.close(os.open(name, os.O_RDONLY, dir_fd=int(number)))


WAYS = {
    "keyctl": lambda: call("keyctl", 0, -3, 0),
    "bpf": lambda: call("bpf", 0, 0, 0),
    "userfaultfd": lambda: call("userfaultfd", 1),
    "perf_event_open": lambda: call("perf_event_open", 0, 0, -1, -1, 0),
    "signal": signal_to,
}

for line in sys.stdin if sys.argv[1:] == ["-"] else [" ".join(sys.argv[1:])]:
    way, *arguments = line.split()
    try:
        WAYS.get(way, globals().get(way))(*arguments)
        print(line.strip() + ": reached", flush=True)
    except OSError as error:
        name = errno.errorcode.get(error.errno, type(error).__name__)
        print(line.strip() + f": refused {name}", flush=True)
