"""Becomes another program that the kernel signals as soon as the one who started it is gone, however it went.

`python leash.py SIGNAL PARENT_PID PROGRAM ARGUMENT...`, Linux only (elsewhere the program is not leashed).
"Gone" is the end of the *thread* that started it: have one do so that lives as long as its process.
A program of its own, not a `preexec_fn`: that runs Python between fork and exec in a process with threads.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Leashes this process to its parent, then replaces it by the program."""
    number, parent, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:
        sys.exit("the process that asked for this one is gone")
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
