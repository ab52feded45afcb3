# Stormwatch as an image: no shell, no package manager, nobody but user 65532, nothing that is written to.
#
#   docker build --build-arg VERSION=$(node -p 'require("./package.json").version') --build-arg REVISION=$(git rev-parse HEAD) -t stormwatch .
#
# Bases are named by their full tags. distroless has none that stay: renovate (renovate.json) adds the digests of all three.

FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY src ./src
COPY commands ./commands
RUN npm run build && find dist -name '*.map' -delete

# What runs needs no compiler and no test.
FROM node:24.21.0-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM gcr.io/distroless/nodejs24-debian12:nonroot
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Stormwatch" \
  org.opencontainers.image.description="The etcd storm watcher that lives in Slack" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="$VERSION" \
  org.opencontainers.image.revision="$REVISION" \
  org.opencontainers.image.base.name="gcr.io/distroless/nodejs24-debian12:nonroot"
# An arena of the C library's malloc for each core keeps memory that nobody uses.
ENV NODE_ENV=production MALLOC_ARENA_MAX=2
WORKDIR /app
COPY package.json LICENSE ./
COPY config ./config
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
USER 65532:65532
# Slack's requests (HTTP mode); health and metrics
EXPOSE 3000 9402
# The program is process 1 and hears SIGTERM itself: work under way has 20 s.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["/nodejs/bin/node", "-e", "fetch('http://127.0.0.1:9402/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["/nodejs/bin/node", "dist/src/main.js"]
CMD ["serve"]
