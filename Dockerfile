# syntax=docker/dockerfile:1

FROM node:22-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json build.js compile.js LICENSE ./
COPY src ./src
RUN npm run build && npm prune --omit=dev

FROM node:22-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./

# For SQLite, configure `storage: { sqlite: /data/gateway.db }`, so that the database is in the volume.
RUN mkdir /data && chown node:node /data
VOLUME /data
USER node
EXPOSE 4000

# Only whether the process lives: where an unhealthy container is replaced, a gateway that is overloaded, or still migrates
# its database, must not be killed. Finds the address in the configuration. Override the health check if that is elsewhere than in the CMD below.
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --retries=3 \
  CMD ["node", "/app/dist/main.js", "health", "--live", "--config", "/etc/aam-gateway/gateway.yaml", "--timeout", "3s"]

# The exec form makes the gateway process 1 of the container, so that it receives SIGTERM and can drain.
ENTRYPOINT ["node", "/app/dist/main.js"]
CMD ["serve", "--config", "/etc/aam-gateway/gateway.yaml"]
