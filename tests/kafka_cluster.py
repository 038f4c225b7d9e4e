"""A real Kafka of our own on 127.0.0.1, without Docker: three brokers and a controller.

    with KafkaCluster() as kafka:
        kafka.create_topic("step3")
        kafka.kill_broker(kafka.leader("step3"))

Needs Java 17 and, the first time, Maven. `python tests/kafka_cluster.py` runs one in the foreground, with
nothing but the standard library; `--fetch` only fetches the jars.
"""

import argparse
import os
import signal
import sys
import time
from pathlib import Path

if __name__ == "__main__":  # run as a file: imports begin at the repository
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.kafka.brokers import prepare
from tests.kafka.cluster import KafkaCluster
from tests.kafka.errors import KafkaUnavailable, NodeFailed, NodeNotRunning
from tests.kafka.jars import cache_dir

__all__ = ["KafkaCluster", "KafkaUnavailable", "NodeFailed", "NodeNotRunning", "prepare", "require_kafka"]

_USUAL_PORTS = (9092, 9093, 9094)
_LOOK_EVERY_SECONDS = 0.5


def require_kafka() -> None:
    """Skips the test where brokers cannot run, saying why; in CI (`CI=true`) it fails instead."""
    import pytest  # noqa: PLC0415 - the program runs without it

    try:
        prepare()
    except KafkaUnavailable as error:
        if os.environ.get("CI") == "true":
            pytest.fail(str(error))
        pytest.skip(str(error))


def main() -> int:
    """Runs a cluster until Ctrl-C or SIGTERM; or, with `--fetch`, only makes it possible."""
    parser = argparse.ArgumentParser(description="Runs three Kafka brokers on 127.0.0.1 until Ctrl-C.")
    parser.add_argument("--fetch", action="store_true", help="only fetch Kafka's jars into the cache")
    arguments = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        return _fetch() if arguments.fetch else _serve()
    except (KafkaUnavailable, NodeFailed, TimeoutError) as error:
        _say(f"error: {error}")
        return 1
    except KeyboardInterrupt:
        _say("stopped; its data is gone")
        return 0


def _fetch() -> int:
    prepare()
    _say(f"Kafka's jars are in {cache_dir()}")
    return 0


def _serve() -> int:
    _say("starting three brokers (the first time this fetches 45 MB of jars) ...")
    kafka = _started_on_usual_ports()
    try:
        _say(_WELCOME.format(servers=kafka.bootstrap_servers, workdir=kafka.workdir))
        while kafka.running == list(kafka.broker_ids):
            time.sleep(_LOOK_EVERY_SECONDS)
        _say("error: a broker has died; stopping the others")
    finally:
        kafka.stop()
    return 1


def _started_on_usual_ports() -> KafkaCluster:
    try:
        return KafkaCluster(ports=_USUAL_PORTS).start()
    except TimeoutError:
        raise
    except OSError as error:
        _say(f"{error.strerror}; using other ports than {_USUAL_PORTS}")
        return KafkaCluster().start()


_WELCOME = """
Kafka is ready. In another terminal:

  export KAFKA_BOOTSTRAP_SERVERS={servers}
  make run

Logs: {workdir}/broker-1.log, -2, -3. Ctrl-C stops it and removes its data.
"""


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
