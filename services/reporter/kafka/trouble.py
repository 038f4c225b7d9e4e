"""What librdkafka says went wrong, as text for a person."""

import logging

from confluent_kafka import KafkaError, KafkaException

# Its lines repeat every second while brokers are away; what they say stands in our own as the trouble.
library_log = logging.getLogger("librdkafka")
library_log.addHandler(logging.NullHandler())
library_log.propagate = False


class Trouble:
    """What a client said last of the network, TLS or login."""

    def __init__(self) -> None:
        self._text = ""

    def hear(self, error: KafkaError) -> None:
        """Keeps it, unless it says only that all brokers are down, which follows on the reason."""
        if error.code() != KafkaError._ALL_BROKERS_DOWN or not self._text:
            self._text = f"{error.name()}: {error.str()}"

    def beside(self, told: str) -> str:
        """What was told, and the trouble behind it."""
        return f"{told}; {self._text}" if self._text else told


def text_of(error: BaseException) -> str:
    """What an error says, never empty."""
    if isinstance(error, KafkaException):
        return f"{error.args[0].name()}: {error.args[0].str()}"
    return str(error) or type(error).__name__
