"""The cluster our Kafka tests stand on: it dies, comes back and cleans up when told to, and only then."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import KafkaError, Message, Producer

from tests.kafka.jars import find_java
from tests.kafka.waiting import wait_for
from tests.kafka_cluster import KafkaCluster, KafkaUnavailable, NodeFailed, NodeNotRunning, require_kafka

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def kafka_cluster() -> Iterator[KafkaCluster]:
    """Three brokers for all tests of this file; each test leaves all three running."""
    require_kafka()
    with KafkaCluster() as cluster:
        yield cluster


def test_acked_records_outlive_killed_brokers(kafka_cluster: KafkaCluster) -> None:
    """Records acked before and after the leader was killed are all read, once, in spite of all kills."""
    kafka_cluster.create_topic("killed", partitions=1)
    _produce(kafka_cluster, "killed", range(20))
    victim = kafka_cluster.leader("killed")
    kafka_cluster.kill_broker(victim)
    _produce(kafka_cluster, "killed", range(20, 40))
    assert kafka_cluster.leader("killed") != victim
    kafka_cluster.kill_all_brokers()
    assert not any(map(_listens, kafka_cluster.bootstrap_servers.split(",")))
    kafka_cluster.start_all_brokers()
    kafka_cluster.wait_for_isr("killed", 3)
    records = kafka_cluster.read_all("killed")
    assert [record.value for record in records] == list(map(_value, range(40)))
    assert [record.offset for record in records] == list(range(40))
    assert {(record.key, record.headers) for record in records} == {(b"key", (("ce_id", b"1"),))}


def test_a_frozen_broker_answers_nothing_until_it_is_thawed(kafka_cluster: KafkaCluster) -> None:
    """A frozen broker takes connections, drops out of the ISR, and comes back into it when thawed."""
    kafka_cluster.create_topic("frozen", partitions=1)
    victim = kafka_cluster.leader("frozen")
    kafka_cluster.freeze_broker(victim)
    assert _listens(kafka_cluster.address(victim))
    kafka_cluster.wait_for_isr("frozen", 2)
    _produce(kafka_cluster, "frozen", range(5))
    kafka_cluster.thaw_broker(victim)
    kafka_cluster.wait_for_isr("frozen", 3)
    assert len(kafka_cluster.read_all("frozen")) == 5


def test_one_broker_of_three_acks_nothing(kafka_cluster: KafkaCluster) -> None:
    """With two brokers stopped acks=all fails, as min.insync.replicas=2 promises."""
    kafka_cluster.create_topic("lonely", partitions=1)
    kafka_cluster.stop_broker(1)
    kafka_cluster.stop_broker(2)
    kafka_cluster.wait_for_isr("lonely", 1)
    with pytest.raises(AssertionError, match="1 of 1 records were not acked"):
        _produce(kafka_cluster, "lonely", range(1), timeout=1.0)
    kafka_cluster.start_all_brokers()


def test_a_deleted_topic_is_gone_and_may_come_again_empty(kafka_cluster: KafkaCluster) -> None:
    """A topic deleted and created again has none of the old records."""
    kafka_cluster.create_topic("again", partitions=1)
    _produce(kafka_cluster, "again", range(3))
    kafka_cluster.delete_topic("again")
    kafka_cluster.create_topic("again", partitions=2)
    assert kafka_cluster.read_all("again") == []


def test_a_second_cluster_stands_beside_the_first_and_leaves_nothing(kafka_cluster: KafkaCluster) -> None:
    """Two clusters share no port and no data; stop leaves no process, no directory and no held port."""
    with KafkaCluster(brokers=1) as second:
        second.create_topic("mine", partitions=1, replication=1)
        _produce(second, "mine", range(3))
        assert len(second.read_all("mine")) == 3
        pid, workdir, address = second.pid(1), second.workdir, second.address(1)
        assert address not in kafka_cluster.bootstrap_servers
    assert not _exists(pid)
    assert not workdir.exists()
    assert _can_be_bound(address)
    kafka_cluster.wait_until_ready()


def test_a_start_that_fails_shows_the_log_and_leaves_nothing(tmp_path: Path) -> None:
    """A broker that cannot start is reported with the end of its log; the data is removed, the log stays."""
    require_kafka()
    broken = KafkaCluster(brokers=1, workdir=tmp_path, broker_config={"num.io.threads": "none"})
    with pytest.raises(NodeFailed, match=r"num\.io\.threads"):
        broken.start()
    assert broken.running == []
    assert not (tmp_path / "data").exists()
    assert (tmp_path / "broker-1.log").exists()


def test_a_killed_owner_takes_its_children_with_it() -> None:
    """kill -9 of the process that started the brokers ends them too, though nobody could clean up."""
    code = (
        "import sys, time, pathlib\n"
        "from tests.kafka.processes import launch\n"
        "sleeper = launch([sys.executable, '-c', 'import time; time.sleep(60)'], pathlib.Path('/dev/null'))\n"
        "print(sleeper.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        assert _exists(pid)
        owner.kill()
    wait_for(lambda: not _exists(pid), 10, "the child gone")


def test_the_program_stops_on_sigterm() -> None:
    """`python tests/kafka_cluster.py` prints where its brokers are; SIGTERM ends it and them, with code 0."""
    require_kafka()
    program = [sys.executable, "-S", "tests/kafka_cluster.py"]  # -S: the standard library is all it has
    with subprocess.Popen(program, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        lines = iter(running.stdout.readline, "")
        export = next(line for line in lines if "export KAFKA_BOOTSTRAP_SERVERS=" in line)
        addresses = re.findall(r"127\.0\.0\.1:\d+", export)
        assert len(addresses) == 3
        assert all(map(_listens, addresses))
        running.terminate()
        assert running.wait(timeout=20) == 0
    assert not any(map(_listens, addresses))


def test_a_dead_broker_cannot_be_killed_again() -> None:
    """Asking something of a broker that is not there is an error of the test, and says so."""
    with pytest.raises(NodeNotRunning, match="not started"):
        KafkaCluster().kill_broker(1)


def test_a_machine_without_java_says_so_in_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without Java there is one clear line, not a traceback from the depths."""
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(KafkaUnavailable, match=r"^Java is missing: install Java 17 .*$"):
        find_java()


def _produce(cluster: KafkaCluster, topic: str, numbers: range, timeout: float = 20.0) -> None:
    """Produces a record per number with acks=all; fails unless each is acked."""
    failed: list[KafkaError] = []

    def settled(error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            failed.append(error)

    producer = Producer(
        {
            "bootstrap.servers": cluster.bootstrap_servers,
            "enable.idempotence": True,
            "message.timeout.ms": int(timeout * 1000),
        }
    )
    for number in numbers:
        producer.produce(topic, _value(number), b"key", headers=[("ce_id", b"1")], on_delivery=settled)
    producer.flush()
    assert not failed, f"{len(failed)} of {len(numbers)} records were not acked: {failed[0]}"


def _value(number: int) -> bytes:
    return b"%d" % number


def _listens(address: str) -> bool:
    host, port = address.split(":")
    with socket.socket() as visitor:
        return visitor.connect_ex((host, int(port))) == 0


def _can_be_bound(address: str) -> bool:
    host, port = address.split(":")
    with socket.socket() as guest:
        guest.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        guest.bind((host, int(port)))
        guest.listen()
    return True


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
