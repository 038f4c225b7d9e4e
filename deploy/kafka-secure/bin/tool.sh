#!/bin/sh
# Stands on PATH under the name of each of Kafka's tools. The broker's own heap would not fit beside the broker.
set -eu
KAFKA_HEAP_OPTS="${KAFKA_TOOL_HEAP_OPTS:--Xmx256m}" exec "/opt/kafka/bin/$(basename "$0").sh" "$@"
