"""How much a sandbox may take, and how much of what it says is read.

Limits of single processes (`RLIMITS`) hold inside, by the operating system. What all of a sandbox
takes together is measured from outside, by `watch`.
"""

from dataclasses import dataclass

MIB = 1 << 20

# By the names of `resource`. NPROC counts the processes and threads of one sandbox, as each has a
# user namespace of its own (Linux 5.14 and newer). CORE is 1: at 0 a program that the system sends
# core dumps to is still started, at 1 it is not.
RLIMITS: dict[str, int] = {
    "NPROC": 64,
    "DATA": 1024 * MIB,
    "AS": 4096 * MIB,
    "NOFILE": 256,
    "FSIZE": 128 * MIB,
    "CORE": 1,
    "MEMLOCK": 0,
    "MSGQUEUE": 0,
    "SIGPENDING": 512,
}
# Of the folders in memory that can be written, in bytes
DATA_FOLDER = "/mnt/data"
FOLDERS: dict[str, int] = {"/tmp": 64 * MIB, "/dev/shm": 16 * MIB, DATA_FOLDER: 256 * MIB}

# Of one message from inside, in bytes; of one file, up or down, and of the parts that it comes in
MAX_FRAME = 6 * MIB
MAX_FILE = 32 * MIB
FILE_PART = 2 * MIB
MAX_FILES = 200
# Bytes of UTF-8, somewhat less than file systems take
MAX_NAME = 240
# Of what the relay shows of one run: characters, messages, displayed results and their bytes
SHOWN_TEXT = 100_000
SHOWN_MESSAGES = 1000
SHOWN_RESULTS = 20
SHOWN_BYTES = 12 * MIB
MAX_CODE = 200_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What is allowed to one sandbox.

    seconds: of one run, after which it is interrupted; grace_s: from an interrupt to the end of the
    sandbox. start_s: until it is ready. memory: bytes of all its processes and folders together.
    floor: bytes that must stay free on this machine. run_bytes, run_frames: of what is read in one
    run; more ends the sandbox, as an honest relay never sends it.
    """

    seconds: float = 60.0
    grace_s: float = 8.0
    start_s: float = 120.0
    memory: int = 1536 * MIB
    floor: int = 512 * MIB
    run_bytes: int = 16 * MIB
    run_frames: int = 2000
