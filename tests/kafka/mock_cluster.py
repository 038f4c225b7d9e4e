"""librdkafka's own mock brokers, inside this process: they fail on order, at once, as real ones never would.

They keep 5 MiB per partition and drop the oldest silently; they know no ACLs, no min ISR and no size limit,
and take a record twice that a real broker would know again: what needs those is tested on real brokers.
Named as in librdkafka's rdkafka_mock.h, which the client's own library exports.
"""

import ctypes
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from confluent_kafka import cimpl

from tests.kafka.client import Record, read_all

_PRODUCER = 0
_ERROR_BYTES = 512
# Kafka's numbers of requests.
PRODUCE, INIT_PRODUCER_ID = 0, 22


def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(cimpl.__file__)  # symbols of what it is linked to are found through it
    for name in ("rd_kafka_new", "rd_kafka_mock_cluster_new"):
        getattr(library, name).restype = ctypes.c_void_p
    library.rd_kafka_mock_cluster_bootstraps.restype = ctypes.c_char_p
    return library


class MockCluster:
    """Mock brokers 1..n between enter and exit. All of them have all records: only leaders move."""

    def __init__(self, brokers: int = 3) -> None:
        self.broker_ids = tuple(range(1, brokers + 1))
        self._library = _library()
        self._partitions: dict[str, int] = {}

    def __enter__(self) -> Self:
        error = ctypes.create_string_buffer(_ERROR_BYTES)
        client = self._library.rd_kafka_new(_PRODUCER, None, error, ctypes.c_size_t(_ERROR_BYTES))
        if not client:
            raise RuntimeError(error.value.decode())
        self._client = ctypes.c_void_p(client)
        self._cluster = ctypes.c_void_p(
            self._library.rd_kafka_mock_cluster_new(self._client, len(self.broker_ids))
        )
        self.set_controller(self.broker_ids[0])  # else there is none, and who asks for it waits
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._library.rd_kafka_mock_cluster_destroy(self._cluster)
        self._library.rd_kafka_destroy(self._client)

    @property
    def bootstrap_servers(self) -> str:
        """The addresses of all brokers."""
        return str(self._library.rd_kafka_mock_cluster_bootstraps(self._cluster).decode())

    def create_topic(self, name: str, partitions: int = 3) -> None:
        """Makes a topic that every broker has."""
        copies = len(self.broker_ids)
        self._check(
            self._library.rd_kafka_mock_topic_create(self._cluster, name.encode(), partitions, copies)
        )
        self._partitions[name] = partitions

    def set_controller(self, number: int) -> None:
        """Which broker clients take for the controller."""
        self._check(self._library.rd_kafka_mock_set_controller_id(self._cluster, number))

    def set_leader(self, topic: str, partition: int, number: int) -> None:
        """Moves a partition's leadership."""
        self._check(
            self._library.rd_kafka_mock_partition_set_leader(self._cluster, topic.encode(), partition, number)
        )

    def set_topic_error(self, topic: str, code: int) -> None:
        """What is said of a topic to who asks about it; NO_ERROR: all is well."""
        self._library.rd_kafka_mock_topic_set_error(self._cluster, topic.encode(), code)

    def take_down(self, number: int) -> None:
        """A broker breaks its connections and accepts none."""
        self._check(self._library.rd_kafka_mock_broker_set_down(self._cluster, number))

    def bring_up(self, number: int) -> None:
        """A broker accepts connections again."""
        self._check(self._library.rd_kafka_mock_broker_set_up(self._cluster, number))

    def slow_down(self, number: int, milliseconds: int) -> None:
        """A broker does at once what it is asked and answers this much later; 0: at once too."""
        self._check(self._library.rd_kafka_mock_broker_set_rtt(self._cluster, number, milliseconds))

    def fail_next(self, request: int, codes: Sequence[int]) -> None:
        """The next requests of this kind do nothing and are answered with these error codes, one each."""
        errors = (ctypes.c_int * len(codes))(*codes)
        self._library.rd_kafka_mock_push_request_errors_array(
            self._cluster, ctypes.c_int16(request), ctypes.c_size_t(len(codes)), errors
        )

    def forget_failures(self, request: int) -> None:
        """Takes back the errors that no request has had yet: they would outlive the fault."""
        self._library.rd_kafka_mock_clear_request_errors(self._cluster, ctypes.c_int16(request))

    def read_all(self, topic: str, timeout: float = 30.0) -> list[Record]:
        """Every record of a topic, by partition and offset. Raises TimeoutError."""
        return read_all(self.bootstrap_servers, topic, self._partitions[topic], timeout)

    def _check(self, code: int) -> None:
        if code != 0:
            raise RuntimeError(f"librdkafka's mock cluster answers with error {code}")
