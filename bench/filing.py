"""How fast is a 20 KB report durable in a file? Against the bare system calls, on the same disk.

`python -m bench.filing`: ours is a record looked for and filed from the event loop, as the reporter does it
while Kafka is away (making the record is line 11); against it write, fsync, link, unlink and fsync of the
directory. One record at a time, and sixteen at once; the bare calls in sixteen threads.
"""

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import uvloop

from bench.reports import reports
from bench.rows import tell_rounds
from services.reporter.disk import Disk
from services.reporter.encoding import encode
from services.reporter.record import Record

ROUNDS = 9
REPORTS = 160
ANSWERS = 20  # make 20 KB
AT_ONCE = 16


def main() -> None:
    """Measures and prints two rows."""
    records = [encode(report, "step3") for report in reports(REPORTS, ANSWERS)]
    with tempfile.TemporaryDirectory(dir=".") as folder:
        rounds = [_round(Path(folder) / str(number), records) for number in range(ROUNDS + 1)][1:]
    ours, floor, our_rate, floor_rate = zip(*rounds, strict=True)
    tell_rounds("9 filing 20 KB, p50", ours, floor, "ms", at_most=1.5)
    tell_rounds("9 filing 20 KB, 16 at once", our_rate, floor_rate, "reports/s", at_least=0.8)


def _round(folder: Path, records: list[Record]) -> tuple[float, float, float, float]:
    """p50 (ms) of ours and of the floor, one at a time; rate of ours and of the floor, sixteen at once."""
    return (
        statistics.median(_run(_ours(folder / "ours", records, 1))) * 1000,
        statistics.median(_floor(folder / "floor", records, 1)) * 1000,
        _rate(lambda: _run(_ours(folder / "ours-at-once", records, AT_ONCE))),
        _rate(lambda: _floor(folder / "floor-at-once", records, AT_ONCE)),
    )


def _run(main: Coroutine[Any, Any, list[float]]) -> list[float]:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:  # as the service does
        return runner.run(main)


def _rate(work: Callable[[], list[float]]) -> float:
    begun = time.perf_counter()
    return len(work()) / (time.perf_counter() - begun)


async def _ours(folder: Path, records: list[Record], at_once: int) -> list[float]:
    disk = Disk(folder)
    shared = iter(records)
    seconds: list[float] = []

    async def work() -> None:
        for record in shared:
            begun = time.perf_counter()
            await disk.run(disk.fallback.look_and_file, record)
            seconds.append(time.perf_counter() - begun)

    await asyncio.gather(*(work() for _ in range(at_once)))
    disk.close()
    return seconds


def _floor(folder: Path, records: list[Record], at_once: int) -> list[float]:
    folder.mkdir(parents=True)
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    with ThreadPoolExecutor(at_once) as threads:
        seconds = list(
            threads.map(lambda item: _write(handle, *item), enumerate(record.value for record in records))
        )
    os.close(handle)
    return seconds


def _write(folder: int, number: int, value: bytes) -> float:
    begun = time.perf_counter()
    file = os.open(f".tmp-{number}", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600, dir_fd=folder)
    os.write(file, value)
    os.fsync(file)
    os.close(file)
    os.link(f".tmp-{number}", f"{number}.json", src_dir_fd=folder, dst_dir_fd=folder)
    os.unlink(f".tmp-{number}", dir_fd=folder)
    os.fsync(folder)
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
