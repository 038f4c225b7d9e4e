#!/usr/bin/env bash
# A Docker engine of its own, from Debian's packages alone: nothing is pulled, and none that runs here is touched.
#
#   tests/docker/engine.sh up FOLDER       prints the lines that tell a shell how to reach it
#   tests/docker/engine.sh down FOLDER     ends it, with all that runs in it
#
# Needs root and Debian. It makes the image python:3.11-slim-bookworm too. What takes long is kept in
# speakalka/docker-engine under $XDG_CACHE_HOME or ~/.cache.
set -euo pipefail

export PATH="$PATH:/usr/sbin:/sbin" # iptables, ip
cache="${XDG_CACHE_HOME:-$HOME/.cache}/speakalka/docker-engine"
programs="$cache/programs"
addresses=(--bip 172.30.0.1/24 --default-address-pool base=172.31.0.0/16,size=24)

packages() { # Docker, Compose, buildx of a newer Debian, unpacked beside the system
    local apt="$cache/apt"
    mkdir -p "$apt"/{state/lists/partial,cache/archives/partial,debs} "$programs"
    sed 's/^Suites:.*/Suites: trixie/' /etc/apt/sources.list.d/debian.sources |
        awk 'BEGIN { RS = ""; ORS = "\n\n" } !/debian-security/' > "$apt/debian.sources"
    cat > "$apt/apt.conf" <<CONF
Dir::Etc::sourcelist "$apt/debian.sources"; Dir::Etc::sourceparts "-"; Dir::Etc::preferencesparts "-";
Dir::State "$apt/state"; Dir::State::status "/var/lib/dpkg/status"; Dir::Cache "$apt/cache";
APT::Sandbox::User "root"; Acquire::Languages "none";
CONF
    cd "$apt/debs"
    APT_CONFIG="$apt/apt.conf" apt-get update -qq
    APT_CONFIG="$apt/apt.conf" apt-get download -qq docker.io docker-cli docker-compose docker-buildx containerd
    for package in *.deb; do dpkg -x "$package" "$programs"; done
    ln -sf /usr/bin/tini-static "$programs/usr/bin/docker-init"
    rm -rf "$apt"
}

base_image() {
    mmdebstrap -q --variant=minbase --include=ca-certificates,python3,python3-venv \
        --customize-hook='copy-in /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs' \
        --customize-hook='chroot "$1" python3 -m venv /usr/local' bookworm "$cache/unfinished.tar"
    mv "$cache/unfinished.tar" "$cache/base.tar"
}

reach() { # FOLDER: sets, in this shell, what `up` prints
    export PATH="$programs/usr/sbin:$programs/usr/bin:$PATH" DOCKER_HOST="unix://$1/docker.sock" DOCKER_CONFIG="$1/config"
}

up() { # FOLDER
    if ip link show docker0 >/dev/null 2>&1; then
        echo "an engine runs here already: its addresses would clash" >&2
        exit 1
    fi
    touch "$1/started"
    export DEBIAN_FRONTEND=noninteractive
    dpkg -s runc tini iptables mmdebstrap >/dev/null 2>&1 ||
        { apt-get update -qq && apt-get install -yqq --no-install-recommends runc tini iptables mmdebstrap; } >/dev/null
    mkdir -p "$cache" "$1/config/cli-plugins"
    [ -e "$programs/usr/bin/docker-init" ] || (packages)
    [ -e "$cache/base.tar" ] || base_image
    cp "$programs"/usr/libexec/docker/cli-plugins/* "$1/config/cli-plugins/"
    reach "$1"
    ip route replace unreachable 172.30.0.0/15
    setsid dockerd -H "$DOCKER_HOST" --data-root "$1/data" --exec-root "$1/exec" -p "$1/dockerd.pid" \
        "${addresses[@]}" --mtu 1400 > "$1/dockerd.log" 2>&1 < /dev/null &
    for _ in $(seq 150); do
        if docker info >/dev/null 2>&1; then break; fi
        sleep 0.2
    done
    docker info >/dev/null || { tail "$1/dockerd.log" >&2; exit 1; }
    docker import -c 'CMD ["python3"]' -c 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
        -c 'ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt' -c 'ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt' \
        "$cache/base.tar" python:3.11-slim-bookworm >/dev/null
    for name in PATH DOCKER_HOST DOCKER_CONFIG; do echo "export $name='${!name}'"; done
}

down() { # FOLDER
    [ -e "$1/started" ] || { rm -rf "$1"; return; } # what runs here is somebody else's
    set +eo pipefail # whatever is gone already, the rest goes too
    reach "$1"
    docker ps -q | xargs -r docker rm -f >/dev/null
    [ ! -e "$1/dockerd.pid" ] || kill "$(cat "$1/dockerd.pid")"
    for _ in $(seq 80); do
        [ -e "$1/dockerd.pid" ] || break
        sleep 0.25
    done
    grep -o "$1[^ ]*" /proc/self/mounts | sort -r | xargs -r -n1 umount
    ip -br link | grep -oE '^(docker0|br-[0-9a-f]{12})' | xargs -r -n1 ip link del
    for table in filter nat; do rules_away "$table"; done
    iptables -P FORWARD ACCEPT
    ip route del unreachable 172.30.0.0/15
    rm -rf "$1"
}

rules_away() { # TABLE
    local ours='DOCKER|docker0|br-[0-9a-f]{12}|172\.3[01]\.' rule chain
    iptables -t "$1" -S | grep -E '^-A (FORWARD|PREROUTING|OUTPUT|POSTROUTING)' | grep -E "$ours" | sed 's/^-A/-D/' |
        while read -r rule; do eval iptables -t "$1" "$rule"; done
    for flag in -F -X; do
        iptables -t "$1" -S | grep -oE '^-N DOCKER[^ ]*' | cut -d' ' -f2 |
            while read -r chain; do iptables -t "$1" "$flag" "$chain"; done
    done
}

"$1" "$(mkdir -p "$2" && cd "$2" && pwd)"
