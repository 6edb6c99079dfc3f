# The image of timesketch-exporter: docs/install-docker.md.
#
# Images are pinned by tag, Python's packages by hash (requirements.lock), Debian's by version.

FROM debian:12.15-slim AS build
RUN apt-get update \
  && apt-get install --yes --no-install-recommends python3-venv=3.11.* \
  && rm -rf /var/lib/apt/lists/*
COPY . /source
# A volume that is mounted over /state's copy for the first time takes its owner over.
RUN /source/contrib/container/install /opt/timesketch-exporter \
  && install --directory --owner=65534 --group=65534 --mode=0750 /state

FROM debian:12.15-slim
ARG VERSION
LABEL org.opencontainers.image.title="timesketch-exporter" \
  org.opencontainers.image.description="Finds Timesketch timelines that say processing while nothing processes them, tells Prometheus, and repairs them safely." \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.source="https://github.com/timesketch-exporter/timesketch-exporter" \
  org.opencontainers.image.base.name="docker.io/library/debian:12.15-slim"
# Debian's Python without venv: it has no pip and no ensurepip.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends python3=3.11.* \
  && rm -rf /var/lib/apt/lists/*
COPY --from=build /opt/timesketch-exporter /opt/timesketch-exporter
COPY --from=build /state /var/lib/timesketch-exporter
ENV PATH=/opt/timesketch-exporter/bin:/usr/local/bin:/usr/bin:/bin \
  STATE_DIRECTORY=/var/lib/timesketch-exporter
USER 65534:65534
WORKDIR /var/lib/timesketch-exporter
VOLUME /var/lib/timesketch-exporter
EXPOSE 19808
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s CMD ["timesketch-exporter", "health"]
ENTRYPOINT ["timesketch-exporter"]
CMD ["serve"]
