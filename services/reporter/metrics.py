"""What the reporter counts beside its RPCs."""

from prometheus_client import Counter, Gauge, Histogram

OUTCOMES = ("delivered", "filed", "redelivered", "rejected", "refused")

_REPORTS = Counter(
    "speakalka_reports_total",
    "Reports by what became of them: delivered to Kafka, filed while it was away, redelivered from a file, "
    "rejected (Kafka refuses it, or its file is damaged; a person must look), refused (the caller's fault).",
    ("outcome",),
)
REPORTS = {outcome: _REPORTS.labels(outcome) for outcome in OUTCOMES}

FALLBACK_FILES = Gauge("speakalka_fallback_files", "Files that wait in the fallback directory.")
FALLBACK_OLDEST_SECONDS = Gauge(
    "speakalka_fallback_oldest_seconds",
    "Age of the oldest file that waits for Kafka. 0 when none does, or when files are the delivery.",
)
KAFKA_CIRCUIT_OPEN = Gauge("speakalka_kafka_circuit_open", "1 while reports are filed because Kafka is away.")
KAFKA_DELIVERY_SECONDS = Histogram(
    "speakalka_kafka_delivery_seconds",
    "From handing a record to the producer until its delivery report, whatever it says.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
