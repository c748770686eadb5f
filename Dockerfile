# The gateway: small, without a shell user, without anything that is only needed to build it.
#
#   docker build -t acteon .
#   docker run -p 8080:8080 -v acteon-data:/data -v ./acteon.toml:/etc/acteon/acteon.toml:ro acteon
FROM node:20.20-alpine AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:20.20-alpine
ENV NODE_ENV=production
WORKDIR /opt/acteon
COPY --from=build /build/package.json /build/LICENSE ./
COPY --from=build /build/bin ./bin
COPY --from=build /build/node_modules ./node_modules
COPY --from=build /build/dist ./dist
RUN ln -s /opt/acteon/bin/acteon.js /usr/local/bin/acteon && mkdir /data && chown node:node /data
USER node
# What is relative in a configuration is beside it; state that shall outlive the container belongs to /data.
WORKDIR /etc/acteon
VOLUME /data
EXPOSE 8080
# Whoever changes the port or turns TLS on gives a check of their own.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD wget -q -O /dev/null http://127.0.0.1:8080/ready || exit 1
STOPSIGNAL SIGTERM
ENTRYPOINT ["acteon"]
CMD ["serve", "-c", "/etc/acteon/acteon.toml"]
