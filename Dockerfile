# syntax=docker/dockerfile:1

FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY . .
# Registry and target stay with the builder, so that a change of the sources compiles little more than them.
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/src/target,sharing=locked \
    cargo build --locked --release --package gatehouse --bin gatehouse \
    && install -D target/release/gatehouse /out/gatehouse

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin gatehouse \
    && install -d -o gatehouse -g gatehouse -m 700 /data
COPY --from=build /out/gatehouse /usr/local/bin/gatehouse
USER 10001:10001
WORKDIR /data
# Hosting platforms set another PORT; BIND_ADDR goes before it.
ENV DATA_DIR=/data PORT=8080
VOLUME /data
EXPOSE 8080
# SIGTERM lets the requests on their way finish.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=6s --start-period=30s CMD ["gatehouse", "health"]
ENTRYPOINT ["gatehouse"]
CMD ["serve"]
