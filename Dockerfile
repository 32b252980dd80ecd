# A tag may come to mean another image, a digest cannot. To renew it:
#   docker buildx imagetools inspect node:24-bookworm-slim
# .github/dependabot.yml proposes newer ones.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim@sha256:0e0ff40c39bc087845bfb27465a0df4ea419520094bc35842ff83dd8cbe6f9b6

# Builds the npm package, so that the image has the same program.
FROM ${NODE_IMAGE} AS build
WORKDIR /source
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json build.js compile.js notices.js LICENSE README.md CHANGELOG.md SECURITY.md ./
COPY schema.graphql gateway.example.yaml ./
COPY src ./src
RUN npm pack --silent --pack-destination /tmp \
  && mkdir /app && tar --extract --file /tmp/aam-segment-gateway-*.tgz --directory /app --strip-components 1 --no-same-owner
# The compiled code fits the Node.js of this image alone, and so is not in the package.
# Without it the gateway would start later, and nobody would notice.
RUN find dist -name '*.cache' -exec cp --parents {} /app ';' && test -s /app/dist/commands/program.cjs.cache && mkdir /data
RUN cp package-lock.json .npmrc /app && cd /app && npm ci --omit=dev --prefer-offline --no-audit --no-fund \
  && rm package-lock.json .npmrc

FROM ${NODE_IMAGE}
ARG VERSION=development
LABEL org.opencontainers.image.title="aam-segment-gateway" \
  org.opencontainers.image.description="GraphQL gateway that turns Adobe Audience Manager segment IDs into names" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="${VERSION}"
ENV NODE_ENV=production
WORKDIR /app
# Belongs to root, so that the gateway cannot change its own program.
COPY --from=build /app ./

# All that is written: for SQLite, configure `storage: { sqlite: /data/gateway.db }`. The rest of the file system may be read-only.
COPY --from=build --chown=1000:1000 /data /data
VOLUME /data
# A number, because Kubernetes cannot tell from a name that it is not root (runAsNonRoot).
USER 1000:1000
EXPOSE 4000

# Only whether the process lives: where an unhealthy container is replaced, a gateway that is overloaded, or still migrates
# its database, must not be killed. Finds the address in the configuration. Override the health check if that is elsewhere than in the CMD below.
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --retries=3 \
  CMD ["node", "/app/dist/main.js", "health", "--live", "--config", "/etc/aam-gateway/gateway.yaml", "--timeout", "3s"]

# The exec form makes the gateway process 1 of the container, so that it receives SIGTERM and can drain.
ENTRYPOINT ["node", "/app/dist/main.js"]
CMD ["serve", "--config", "/etc/aam-gateway/gateway.yaml"]
