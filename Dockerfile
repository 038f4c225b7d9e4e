# One image per service:  docker build --build-arg SERVICE=evaluator .
# BASE may name any image with Python 3.11 and pip on glibc, best with its digest.
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS wheel
WORKDIR /source
RUN --mount=type=cache,target=/root/.cache/pip \
    --mount=type=bind,source=requirements/build.txt,target=requirements/build.txt \
    pip install --only-binary=:all: --no-deps --require-hashes -r requirements/build.txt
COPY pyproject.toml README.md LICENSE ./
COPY protos/interview protos/interview
COPY services services
COPY clients/cli/speakalka clients/cli/speakalka
RUN python -m hatchling build --target wheel --directory /wheels

FROM ${BASE} AS dependencies
ARG SERVICE
RUN python -m venv --without-pip /opt/speakalka
RUN --mount=type=cache,target=/root/.cache/pip \
    --mount=type=bind,source=requirements,target=/requirements \
    pip --python /opt/speakalka/bin/python install --only-binary=:all: --no-deps --require-hashes \
        -r "/requirements/${SERVICE}.txt"

# Nothing, or with WEIGHTS=baked what the emotion service needs. --build-context given-weights=FOLDER brings a folder
# that holds .deepface/weights; what is missing there is fetched.
FROM scratch AS given-weights
FROM dependencies AS weights
ARG SERVICE
ARG WEIGHTS=none
ARG WEIGHTS_SHA256
ARG WEIGHTS_MIRROR
RUN --mount=type=bind,from=wheel,source=/wheels,target=/wheels \
    --mount=type=bind,from=given-weights,target=/given \
    --mount=type=bind,source=deploy/weights.sh,target=/weights.sh \
    pip --python /opt/speakalka/bin/python install --no-cache-dir --no-deps --no-index /wheels/*.whl \
 && PATH=/opt/speakalka/bin:$PATH sh /weights.sh /given /weights

FROM ${BASE}
# A volume takes the owner of the folder that it is first mounted on.
RUN groupadd --system --gid 10001 speakalka \
 && useradd --system --uid 10001 --gid speakalka --no-create-home --home-dir /var/lib/speakalka \
        --shell /usr/sbin/nologin speakalka \
 && install -d -o speakalka -g speakalka -m 0750 \
        /var/lib/speakalka /var/lib/speakalka/data /var/lib/speakalka/reports /var/lib/speakalka/weights
COPY --from=dependencies /opt/speakalka /opt/speakalka
# The command-line client does not run here: its own requirements are not installed.
RUN --mount=type=bind,from=wheel,source=/wheels,target=/wheels \
    pip --python /opt/speakalka/bin/python install --no-cache-dir --no-deps --no-index /wheels/*.whl \
 && rm /opt/speakalka/bin/speakalka
ARG SERVICE
ARG VERSION=0.1.0
# What the image is made of: docker run --rm --entrypoint cat IMAGE /opt/speakalka/sbom.cdx.json
RUN --mount=type=bind,source=deploy/sbom.py,target=/sbom.py \
    /opt/speakalka/bin/python /sbom.py "speakalka-${SERVICE}" "${VERSION}" > /opt/speakalka/sbom.cdx.json
COPY --from=weights --chown=10001:10001 /weights /var/lib/speakalka/weights
# onnxruntime would report to its maker.
ENV PATH=/opt/speakalka/bin:$PATH \
    ORT_DISABLE_TELEMETRY=1 \
    DEEPFACE_HOME=/var/lib/speakalka/weights \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONSAFEPATH=1 \
    PYTHONUNBUFFERED=1 \
    SERVICE=${SERVICE}
WORKDIR /var/lib/speakalka
USER 10001:10001
STOPSIGNAL SIGTERM
# Arguments go to the service's own command: `docker run … fetch-weights`.
ENTRYPOINT ["/bin/sh", "-c", "exec python -m \"services.$SERVICE\" \"$@\"", "speakalka"]
ARG BASE
ARG REVISION=unknown
LABEL org.opencontainers.image.title="speakalka-${SERVICE}" \
      org.opencontainers.image.description="The ${SERVICE} of Speakalka, AI technical interviews" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.base.name="${BASE}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="Apache-2.0"
