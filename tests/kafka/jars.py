"""Java, and the jars of Kafka: found, fetched through Maven once, and kept in a cache.

The cache is `$KAFKA_JARS_DIR`, else `speakalka/kafka-<version>` under `$XDG_CACHE_HOME` or `~/.cache`.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.kafka.errors import KafkaUnavailable

POM = Path(__file__).with_name("pom.xml")
OLDEST_JAVA = 17
FETCH_TIMEOUT_SECONDS = 900

# A small heap and a quick start: a broker of a test moves megabytes and lives for seconds.
_JVM_OPTIONS = (
    "-Xms96m",
    "-Xmx256m",
    "-Xss512k",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    "-Dorg.apache.logging.log4j.level=INFO",
)


@dataclass(frozen=True)
class Java:
    """A Java program, its version such as "17.0.15", the class path and further options."""

    program: str
    version: str
    classpath: str = ""
    options: tuple[str, ...] = ()

    def command(self, main_class: str, *arguments: str) -> list[str]:
        """The command line that runs a class of the jars."""
        return [self.program, *_JVM_OPTIONS, *self.options, "-cp", self.classpath, main_class, *arguments]

    def with_jars(self, folder: Path) -> "Java":
        """The same Java with all jars of a folder, in a fixed order (a class archive depends on it)."""
        return replace(self, classpath=os.pathsep.join(map(str, sorted(folder.glob("*.jar")))))

    def with_options(self, *options: str) -> "Java":
        """The same Java with further options."""
        return replace(self, options=(*self.options, *options))


def find_java() -> Java:
    """The Java of `$JAVA_HOME`, else of the path. Raises KafkaUnavailable if there is none, or an old one."""
    home = os.environ.get("JAVA_HOME")
    program = shutil.which("java", path=f"{home}/bin") if home else shutil.which("java")
    if program is None:
        raise KafkaUnavailable(f"Java is missing: install Java {OLDEST_JAVA} or newer, or set JAVA_HOME")
    said = subprocess.run([program, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "((\d+)[^"]*)"', said)
    if version is None or int(version[2]) < OLDEST_JAVA:
        raise KafkaUnavailable(f"Java is too old: Kafka needs {OLDEST_JAVA} or newer, found {said[:60]!r}")
    return Java(program, version[1])


def cache_dir() -> Path:
    """Where the jars are kept between runs; see the head of this module."""
    if chosen := os.environ.get("KAFKA_JARS_DIR"):
        return Path(chosen).absolute()
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "speakalka" / f"kafka-{kafka_version()}"


def kafka_version() -> str:
    """The version of Kafka the pom asks for."""
    return str(ET.parse(POM).getroot().findtext(".//{*}kafka.version"))


def fetched_jars() -> Path:
    """The folder with the jars, fetched first if they are not there.

    Whole or not there at all: they are copied beside it and renamed. Of two processes one fetches.
    Raises KafkaUnavailable if Maven is missing or cannot fetch them.
    """
    folder = cache_dir() / f"jars-{hashlib.sha256(POM.read_bytes()).hexdigest()[:8]}"
    if not folder.is_dir():
        with locked(cache_dir()):
            if not folder.is_dir():
                _fetch(folder)
    return folder


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds the folder against other processes; waits for them. Makes it if it is missing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".lock").open("w")
    except OSError as error:
        raise KafkaUnavailable(f"the cache for Kafka's jars cannot be written: {error}") from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fetch(folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise KafkaUnavailable("Maven is missing (program mvn): it fetches the jars of Kafka")
    with tempfile.TemporaryDirectory(prefix="fetch-", dir=folder.parent) as scratch:
        fresh = Path(scratch) / "jars"
        goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={fresh}"]
        _run_maven([maven, "--batch-mode", "--quiet", "-Dstyle.color=never", "--file", str(POM), *goal])
        fresh.rename(folder)


def _run_maven(command: Sequence[str]) -> None:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=FETCH_TIMEOUT_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise KafkaUnavailable(f"Maven was still fetching after {FETCH_TIMEOUT_SECONDS} s") from error
    if done.returncode != 0:
        reasons = [line for line in done.stdout.splitlines() if "ERROR" in line] or ["no reason given"]
        raise KafkaUnavailable(f"Maven could not fetch the jars of Kafka: {reasons[0]}")
