"""A real PostgreSQL of our own on 127.0.0.1, thrown away afterwards.

    with PostgresServer() as server:
        url = await server.new_database()

Needs the programs of PostgreSQL, as Debian's package `postgresql` installs them.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

import asyncpg

from tests.kafka.ports import HeldPorts
from tests.kafka.processes import launch
from tests.kafka.waiting import wait_for
from tests.needs import left_out

_STOP_SECONDS = 30.0
# It refuses to run as root: there it is the user that Debian's package makes.
_AS_ROOT = ("setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--pdeathsig=QUIT")


def programs() -> Path | None:
    """The folder of initdb and postgres, the newest version's; None where there is none."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    found = installed[-1] if installed else shutil.which("initdb")
    return Path(found).parent if found else None


def require_postgres() -> None:
    """Leaves the test out where PostgreSQL is not installed, saying so; in CI it fails instead."""
    if programs() is None:
        left_out("PostgreSQL is not installed (Debian: apt-get install postgresql)")


class PostgresServer:
    """One server. `durable`: it syncs to disk as in production, which tests do without."""

    def __init__(self, *, durable: bool = False) -> None:
        found = programs()
        assert found, "PostgreSQL is not installed"
        self._programs = found
        self._durable = durable
        self._numbers = count(1)

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="speakalka-postgres-"))
        self._held = HeldPorts(1)
        self._as_user = _AS_ROOT if os.geteuid() == 0 else ()
        if self._as_user:
            shutil.chown(self._folder, "postgres", "postgres")
        initdb = [self._programs / "initdb", "-D", self._data, "-A", "trust", "-U", "speakalka", "-E", "UTF8"]
        subprocess.run(
            [*self._as_user, *map(str, initdb), "--no-sync", "--locale=C.UTF-8"],
            check=True,
            capture_output=True,
            cwd="/",
        )
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._held.release()
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self) -> None:
        """Starts it on the data it has; returns once it takes connections."""
        settings = ["max_connections=300", "listen_addresses=127.0.0.1", "log_min_messages=fatal"]
        if not self._durable:
            settings += ["fsync=off", "full_page_writes=off"]
        command = [self._programs / "postgres", "-D", self._data, "-k", self._folder, "-p", self.port]
        options = [part for setting in settings for part in ("-c", setting)]
        self._process = launch([*self._as_user, *map(str, command), *options], self._log)
        wait_for(self._is_up, 30.0, "PostgreSQL takes connections")

    def stop(self) -> None:
        """Ends it at once, with every connection; what was committed is there after `start`."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(_STOP_SECONDS)

    async def new_database(self) -> str:
        """The URL of an empty database."""
        name = f"test_{next(self._numbers)}"
        admin = await asyncpg.connect(self.url("postgres"))
        try:
            await admin.execute(f"CREATE DATABASE {name}")
        finally:
            await admin.close()
        return self.url(name)

    def url(self, database: str) -> str:
        """The URL of a database."""
        return f"postgresql://speakalka@127.0.0.1:{self.port}/{database}"

    @property
    def port(self) -> int:
        """Where it listens on 127.0.0.1."""
        return self._held.numbers[0]

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @property
    def _log(self) -> Path:
        return self._folder / "log"

    def _is_up(self) -> bool:
        if self._process.poll() is not None:
            raise AssertionError(f"PostgreSQL ended:\n{self._log.read_text()}")
        asked = [self._programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", self.port]
        return subprocess.run([*map(str, asked)], check=False).returncode == 0
