"""Becomes another program that the kernel kills as soon as the one who started it is gone.

`python leash.py PARENT_PID PROGRAM ARGUMENT...`, Linux only (elsewhere it starts the program unleashed).
A program of its own, not a `preexec_fn`: that runs Python between fork and exec in a process with threads.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Leashes this process to its parent, then replaces it by the program."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the process that asked for this one is gone")
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
