"""The system calls that a sandbox lacks, as a filter that bubblewrap puts in place.

Namespaces hide files, network and processes; the filter takes away what they do not: ways to hold
memory that no limit sees, to look into other processes, to make namespaces again, and the calls in
which faults of the kernel were found most often. It is a program for the kernel's classic packet
filter, over `struct seccomp_data`: the call's number at byte 0, the architecture at byte 4, the
arguments from byte 16 on, eight bytes each.

Source: https://docs.kernel.org/userspace-api/seccomp_filter.html; numbers from the kernel's
`asm/unistd_64.h` (x86_64) and `asm-generic/unistd.h` (aarch64).
"""

import errno
import os
import platform
import struct
from collections.abc import Iterator

from core.errors import InterpreterError
from core.i18n import _

# name: (number on x86_64, number on aarch64; None where it has no such call)
Numbers = dict[str, tuple[int, int | None]]

_OTHER_PROCESSES: Numbers = {
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "kcmp": (312, 272),
    "pidfd_getfd": (438, 438),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
}
_MEMORY_NO_LIMIT_SEES: Numbers = {
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "vmsplice": (278, 75),
    "io_setup": (206, 0),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    # Their limit is one of the user, whom the app may share with the sandbox
    "inotify_init": (253, None),
    "inotify_init1": (294, 26),
    "fanotify_init": (300, 262),
}
_NAMESPACES_AND_MOUNTS: Numbers = {
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "swapon": (167, 224),
    "swapoff": (168, 225),
}
_THE_MACHINE: Numbers = {
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "reboot": (169, 142),
    "syslog": (103, 116),
    "acct": (163, 89),
    "personality": (135, 92),
    "mbind": (237, 235),
    "set_mempolicy": (238, 237),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "adjtimex": (159, 171),
}
REFUSED: Numbers = {
    **_OTHER_PROCESSES,
    **_MEMORY_NO_LIMIT_SEES,
    **_NAMESPACES_AND_MOUNTS,
    **_THE_MACHINE,
}
# Calls of which it depends on an argument
JUDGED: Numbers = {
    "clone": (56, 220),
    "clone3": (435, 435),
    "socket": (41, 198),
    "socketpair": (53, 199),
    "ioctl": (16, 29),
    "setsockopt": (54, 208),
}
# (the kernel's name for an architecture, column of the numbers)
_ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
# From here on calls are newer than this list; the numbers of x32 are far beyond
_FIRST_UNKNOWN = 463
_NEW_NAMESPACES = 0x7E020000
_AF_UNIX = 1
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C
# Both make a socket hold more of the kernel's memory
_SO_SNDBUF, _SO_SNDBUFFORCE = 7, 32
_NUMBER, _ARCHITECTURE, _FIRST, _SECOND, _THIRD = 0, 4, 16, 24, 32

_LOAD, _IF_EQUAL, _IF_AT_LEAST, _IF_ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOWED, _KILLED, _FAILS_WITH = 0x7FFF0000, 0x80000000, 0x00050000


def program(machine: str | None = None) -> bytes:
    """The filter for a machine such as "x86_64"; raises `InterpreterError` for an unknown one."""
    machine = machine or platform.machine()
    if machine not in _ARCHITECTURES:
        raise InterpreterError(
            _(
                "The code interpreter's sandbox knows x86_64 and aarch64, and this machine is "
                "{machine}. Run Prompt Lab on one of them to have it."
            ).format(machine=machine)
        )
    architecture, column = _ARCHITECTURES[machine]
    return b"".join(_operations(architecture, column))


def descriptor() -> int:
    """The filter as an open file in memory, for `bwrap --seccomp`; whoever gets it closes it."""
    # Before the file: a machine that is not known must leave nothing open
    written = program()
    made = os.memfd_create("seccomp")
    os.write(made, written)
    os.lseek(made, 0, os.SEEK_SET)
    return made


def _operations(architecture: int, column: int) -> Iterator[bytes]:
    number = {name: numbers[column] or 0 for name, numbers in JUDGED.items()}
    yield _do(_LOAD, _ARCHITECTURE)
    yield _do(_IF_EQUAL, architecture, 1, 0)
    yield _do(_RETURN, _KILLED)
    yield _do(_LOAD, _NUMBER)
    yield from _when(_IF_AT_LEAST, _FIRST_UNKNOWN, _fails(errno.ENOSYS))
    # Its flags are in memory, where a filter cannot look; the C library then uses clone
    yield from _when(_IF_EQUAL, number["clone3"], _fails(errno.ENOSYS))
    for numbers in REFUSED.values():
        call = numbers[column]
        if call is not None:
            yield from _when(_IF_EQUAL, call, _fails(errno.EPERM))
    yield from _judged(
        number["clone"], _FIRST, _when(_IF_ANY_BIT, _NEW_NAMESPACES, _fails(errno.EPERM))
    )
    # ZeroMQ ends the process at EPERM, and takes EOPNOTSUPP for "not here"
    only_unix = [_do(_IF_EQUAL, _AF_UNIX, 1, 0), _fails(errno.EOPNOTSUPP)]
    yield from _judged(number["socket"], _FIRST, only_unix)
    yield from _judged(number["socketpair"], _FIRST, only_unix)
    # Typing into the terminal that the app was started from
    for request in (_TIOCSTI, _TIOCLINUX):
        yield from _judged(number["ioctl"], _SECOND, _when(_IF_EQUAL, request, _fails(errno.EPERM)))
    for option in (_SO_SNDBUF, _SO_SNDBUFFORCE):
        yield from _judged(
            number["setsockopt"], _THIRD, _when(_IF_EQUAL, option, _fails(errno.EPERM))
        )
    yield _do(_RETURN, _ALLOWED)


def _judged(call: int, argument: int, rule: list[bytes]) -> list[bytes]:
    """A rule on an argument of one call; its lower 32 bits, which are all that these calls read."""
    steps = [_do(_LOAD, argument), *rule, _do(_LOAD, _NUMBER)]
    return [_do(_IF_EQUAL, call, 0, len(steps)), *steps]


def _when(test: int, value: int, verdict: bytes) -> list[bytes]:
    return [_do(test, value, 0, 1), verdict]


def _fails(number: int) -> bytes:
    return _do(_RETURN, _FAILS_WITH + number)


def _do(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    """`struct sock_filter`: what to do, and how many steps to leave out after a test."""
    return struct.pack("=HBBI", code, if_true, if_false, value)
