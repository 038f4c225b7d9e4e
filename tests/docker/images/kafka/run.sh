#!/bin/sh
# KAFKA_* become server.properties by the image's own KafkaDockerWrapper, which also formats the volume once.
set -eu
jars='/opt/kafka/libs/*'
said="$(java -Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$jars" kafka.docker.KafkaDockerWrapper setup \
    --default-configs-dir /etc/kafka/docker --mounted-configs-dir /mnt/shared/config \
    --final-configs-dir /opt/kafka/config 2>&1)" \
    || case "$said" in *"already formatted"*) ;; *) echo "$said" >&2; exit 1 ;; esac
# shellcheck disable=SC2086 # several options
exec java $KAFKA_HEAP_OPTS -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dlog4j2.configurationFile=/etc/kafka/docker/log4j2.properties \
    -cp "$jars" kafka.Kafka /opt/kafka/config/server.properties
