#!/bin/sh
# Stands on PATH under the name of each of Kafka's tools. The broker's own heap would not fit beside the broker.
set -eu

# Where brokers ask who is there, the tools show the broker's own certificate.
config=/etc/kafka-tool.properties
if [ -e "$config" ]; then set -- "$@" --command-config "$config"; fi
KAFKA_HEAP_OPTS="${KAFKA_TOOL_HEAP_OPTS:--Xmx256m}" exec "/opt/kafka/bin/$(basename "$0").sh" "$@"
