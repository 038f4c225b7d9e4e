#!/usr/bin/env bash
# Makes a password for PostgreSQL, and the address that holds it, in secrets/ beside this file. What is there is kept.
#
# Only the owner may enter the folder. The files in it can be read by all, for a container sees a file with
# its mode and runs as a user of its own.
set -euo pipefail
umask 022

folder="$(cd "$(dirname "$0")" && pwd)/secrets"
mkdir -p "$folder"
chmod 700 "$folder"
cd "$folder"
[ -e password ] || openssl rand -hex 24 > password
echo "postgresql://speakalka:$(cat password)@postgres/speakalka" > database_url
