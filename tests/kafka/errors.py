"""What can go wrong with a cluster of our own.

RuntimeError
├── KafkaUnavailable   this machine cannot run brokers at all (no Java, no Maven, no jars)
├── NodeFailed         a node did not start, or died while it started; shows the end of its log
└── NodeNotRunning     the test asked something of a node that is not there
TimeoutError           a condition was not met in the time given for it
"""


class KafkaUnavailable(RuntimeError):
    """Brokers cannot run on this machine; the message is one line and says what is missing."""


class NodeFailed(RuntimeError):
    """A node's program ended before it served."""


class NodeNotRunning(RuntimeError):
    """The node is not running, so it can be neither stopped nor frozen."""
