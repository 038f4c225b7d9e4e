"""What the topic should be, and how a topic that is there differs from it. It is never altered."""

from dataclasses import dataclass

from services.reporter.record import LARGEST_BYTES

# A record's value and, with room to spare, its key, headers and Kafka's own framing.
LARGEST_MESSAGE_BYTES = LARGEST_BYTES + 64 * 1024


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic's shape."""

    name: str
    partitions: int
    replication_factor: int

    @property
    def min_insync_replicas(self) -> int:
        """How many replicas must have a record before it is acked: two, where there are two."""
        return min(2, self.replication_factor)

    @property
    def config(self) -> dict[str, str]:
        """What the topic's settings must say."""
        return {
            "min.insync.replicas": str(self.min_insync_replicas),
            "max.message.bytes": str(LARGEST_MESSAGE_BYTES),
        }

    def differences(self, partitions: int, replication_factor: int, config: dict[str, str]) -> list[str]:
        """What is less than it should be, in words. Settings that are not in `config` could not be read."""
        wanted = {
            "partitions": self.partitions,
            "replication factor": self.replication_factor,
            **{name: int(value) for name, value in self.config.items()},
        }
        found = {
            "partitions": partitions,
            "replication factor": replication_factor,
            **{name: int(config[name]) for name in self.config if name in config},
        }
        return [
            f"{name} {found[name]} instead of {wanted[name]}" for name in found if found[name] < wanted[name]
        ]
