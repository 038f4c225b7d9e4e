"""A class data archive for quick starts: the JVM maps Kafka's classes instead of reading them.

Made once by a lone node that starts and stops; it halves the start of every node after. Only a help: without
it all works, slower.
"""

import tempfile
from pathlib import Path

from tests.kafka.errors import KafkaUnavailable, NodeFailed
from tests.kafka.jars import Java, locked
from tests.kafka.node import Node
from tests.kafka.ports import HeldPorts
from tests.kafka.settings import lone_settings

_CLUSTER_ID = "AAAAAAAAAAAAAAAAAAAAAA"
_PATIENCE_SECONDS = 120.0


def with_class_archive(java: Java, jars: Path) -> Java:
    """The same Java with the archive of these jars, made now if it is missing; without, if it cannot be made.

    An empty archive remembers that it could not be made, so that nobody tries again at every start.
    """
    archive = jars.with_name(f"{jars.name}-java-{java.version}.jsa")
    try:
        _make_once(java, archive)
    except (KafkaUnavailable, OSError):  # a cache that cannot be written
        return java
    if archive.stat().st_size == 0:
        return java
    return java.with_options(f"-XX:SharedArchiveFile={archive}", "-Xshare:auto", "-Xlog:cds=off")


def _make_once(java: Java, archive: Path) -> None:
    if archive.exists():
        return
    with locked(archive.parent):
        if not archive.exists():
            _make(java, archive)


def _make(java: Java, archive: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="archive-", dir=archive.parent) as scratch:
        fresh = Path(scratch) / "classes.jsa"
        try:
            _start_and_stop_a_node(
                java, java.with_options(f"-XX:ArchiveClassesAtExit={fresh}"), Path(scratch)
            )
        except (NodeFailed, TimeoutError):
            fresh.unlink(missing_ok=True)
        fresh.touch()
        fresh.rename(archive)


def _start_and_stop_a_node(java: Java, recording: Java, home: Path) -> None:
    ports = HeldPorts(2)
    settings = lone_settings(ports.numbers, home / "data")
    empty, node = Node("lone", home, settings, java), Node("lone", home, settings, recording)
    try:
        empty.begin_format(_CLUSTER_ID)
        empty.finish_format(_PATIENCE_SECONDS)
        node.begin_start()
        node.finish_start(_PATIENCE_SECONDS)
        node.begin_stop()
        node.wait_gone(_PATIENCE_SECONDS)
    finally:
        empty.end()
        node.end()
        ports.release()
