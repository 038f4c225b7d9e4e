#!/usr/bin/env bash
# Makes what secure.yml needs, in secrets/ beside this file: a CA, a certificate per broker, for the administrator and
# for the UI, and a password per user. What is there is kept: delete a file, or the folder, to have it made anew.
#
#   deploy/kafka-secure/secrets.sh          needs openssl, and bash
#
# Only the owner may enter the folder. The files in it can be read by all, for a container sees a file with
# its mode and runs as a user of its own. ca.key signs certificates only: keep it elsewhere once all are made.
set -euo pipefail
umask 022

days=825
folder="$(cd "$(dirname "$0")" && pwd)/secrets"
mkdir -p "$folder"
chmod 700 "$folder"
cd "$folder"

new_key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)

ca() {
    openssl req -x509 "${new_key[@]}" -sha256 -days 3650 -subj "/CN=kafka-secure CA" \
        -addext keyUsage=critical,keyCertSign,cRLSign -keyout ca.key -out ca.pem 2>/dev/null
    chmod 600 ca.key
}

certificate() { # NAME [SUBJECT ALTERNATIVE NAMES]: NAME.pem holds key, certificate and CA
    local extensions=(extendedKeyUsage=serverAuth,clientAuth)
    [ -z "${2:-}" ] || extensions+=("subjectAltName=$2")
    openssl req "${new_key[@]}" -sha256 -subj "/CN=$1" -keyout "$1.key" -out "$1.csr" 2>/dev/null
    openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days "$days" \
        -extfile <(printf '%s\n' "${extensions[@]}") -out "$1.crt" 2>/dev/null
    cat "$1.key" "$1.crt" ca.pem > "$1.pem"
    rm "$1.key" "$1.csr" "$1.crt"
}

password() { openssl rand -hex 24; }

client_properties() { # what Kafka's own tools, run on this machine as the reader, are given by --command-config
    cat <<PROPERTIES
security.protocol=SASL_SSL
sasl.mechanism=SCRAM-SHA-512
sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="reader" password="$(cat reader.password)";
ssl.truststore.type=PEM
ssl.truststore.location=$folder/ca.pem
PROPERTIES
}

ui_settings() {
    cat <<YAML
auth: {type: LOGIN_FORM}
spring:
  security:
    user: {name: admin, password: $(password)}
YAML
}

[ -e ca.pem ] || ca
for broker in kafka1 kafka2 kafka3; do
    [ -e "$broker.pem" ] || certificate "$broker" "DNS:$broker,DNS:localhost,IP:127.0.0.1"
done
for client in admin kafka-ui; do
    [ -e "$client.pem" ] || certificate "$client"
done
for user in reporter reader; do
    [ -e "$user.password" ] || password > "$user.password"
done
client_properties > reader.properties
[ -e kafka-ui.yml ] || ui_settings > kafka-ui.yml
