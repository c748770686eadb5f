/** The server: an HTTP API over a gateway. `startServer` takes a configuration, `createApp` a gateway of your own. */
export { createApp, type AppOptions, type GatewayApp } from './app.js'
export { describeApi } from './describe.js'
export { createMetrics, observers, type Metrics } from './metrics.js'
export { startServer, type RunningServer, type StartOptions } from './start.js'
export { migrateStores } from './stores.js'
