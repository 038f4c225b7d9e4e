#!/usr/bin/env bash
# Healthy: the broker answers an ApiVersions request inside its container. No JVM is started, so it may run often.
set -euo pipefail

exec 3<>"/dev/tcp/127.0.0.1/${KAFKA_HEALTH_PORT:-9092}"
# Length 14, API key 18 (ApiVersions), version 0, correlation id 1, client id "ping".
printf '\0\0\0\016\0\022\0\0\0\0\0\001\0\004ping' >&3
# The reply begins with its length and our correlation id.
[ "$(head -c 8 <&3 | wc -c)" -eq 8 ]
