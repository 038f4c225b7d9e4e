#!/bin/sh
# Makes topic and users and grants what each of them may do; a repeat changes nothing but passwords.
#
# The reporter may write to KAFKA_TOPIC and describe it, the reader may read it, the UI may look at everything.
set -eu

servers=kafka1:9092,kafka2:9092,kafka3:9092
tool() { # NAME ARGUMENTS: as the administrator
    name="$1"
    shift
    "/opt/kafka/bin/$name.sh" --bootstrap-server "$servers" --command-config /etc/kafka-tool.properties "$@"
}

# The password goes by file: arguments can be seen in the list of processes.
set_password() { # USER
    printf 'SCRAM-SHA-512=password=%s\n' "$(cat "/run/secrets/$1.password")" > /tmp/user.properties
    tool kafka-configs --alter --entity-type users --entity-name "$1" --add-config-file /tmp/user.properties
    rm /tmp/user.properties
}

allow() { # PRINCIPAL ARGUMENTS
    principal="$1"
    shift
    tool kafka-acls --add --allow-principal "$principal" "$@"
}

tool kafka-topics --create --if-not-exists --topic "$KAFKA_TOPIC" --partitions "$KAFKA_TOPIC_PARTITIONS" \
    --replication-factor 3 --config min.insync.replicas=2 --config max.message.bytes=4259840
set_password reporter
set_password reader
allow User:reporter --operation Write --operation Describe --topic "$KAFKA_TOPIC"
allow User:reader --operation Read --operation Describe --topic "$KAFKA_TOPIC" --group '*'
allow User:CN=kafka-ui --operation Describe --operation DescribeConfigs --cluster --topic '*'
allow User:CN=kafka-ui --operation Describe --operation Read --topic '*' --group '*'
