"""What candidates say and show must not stand in what a crash leaves on the disk."""

import resource
from pathlib import Path

from services.common import logs

_FILTER = Path("/proc/self/coredump_filter")

log = logs.get_logger()


def keep_memory_out_of_dumps() -> None:
    """From now on a crash of this process leaves no core file, and nothing to a program that takes dumps."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Such a program gets its dump whatever the limit is (core(5)): so of no kind of memory.
    if _FILTER.is_file():
        try:
            _FILTER.write_text("0")
        except OSError as error:
            log.warning("a core dump could hold what candidates said or showed", why=str(error))
