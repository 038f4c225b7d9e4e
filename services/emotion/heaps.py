"""What the C library does with memory that was given back."""

import ctypes

_MIB = 1024 * 1024
# Names and numbers of glibc's malloc.h; other C libraries have no mallopt.
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8


def give_back_large_blocks() -> None:
    """Blocks of a MiB and more go back to the system at once, and threads share two heaps.

    Left to itself glibc keeps ever larger blocks once it has seen one, in a heap for each thread: a flood of
    calls of 8 MiB would stay in memory for good.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _MIB)
        mallopt(_M_ARENA_MAX, 2)
