#!/bin/sh
# What an image gets as its weights: nothing, or with WEIGHTS=baked all that the emotion service needs, checked.
#
#   weights.sh GIVEN FOLDER     GIVEN may hold .deepface/weights; FOLDER becomes DEEPFACE_HOME
#
# WEIGHTS, SERVICE, WEIGHTS_SHA256 and WEIGHTS_MIRROR are the build's arguments. Proxies by the usual variables.
set -eu
given="$1" folder="$2"

fail() {
    echo "weights: $*" >&2
    exit 1
}

mkdir -p "$folder"
case "${WEIGHTS:-none}" in
    none) exit ;;
    baked) ;;
    *) fail "WEIGHTS must be none or baked, is $WEIGHTS" ;;
esac
[ "$SERVICE" = emotion ] || fail "WEIGHTS=baked is for SERVICE=emotion, not for $SERVICE"

weights="$folder/.deepface/weights"
mkdir -p "$weights"
if [ -d "$given/.deepface/weights" ]; then cp -R "$given/.deepface/weights/." "$weights"; fi
export DEEPFACE_HOME="$folder" DEEPFACE_WEIGHTS_SHA256="${WEIGHTS_SHA256:-}" EMOTION_WEIGHTS_MIRROR="${WEIGHTS_MIRROR:-}"
python -m services.emotion fetch-weights --timeout-seconds 120 ||
    fail "none could be had; build online, name WEIGHTS_MIRROR or a proxy, or give them: --build-context given-weights=FOLDER"
python -m services.emotion doctor || fail "these are not what they should be"

cd "$weights"
for file in *; do # each service that starts from this image compares them
    case "$file" in *.sha256) continue ;; esac
    [ -e "$file.sha256" ] || sha256sum "$file" > "$file.sha256"
done
chmod -R a+rX,go-w "$folder"
