import type { Server as HttpsServer } from 'node:https'
import { hostname } from 'node:os'
import { createRedactor } from '../audit/redact.js'
import type { Config } from '../config/check.js'
import { listenProblem } from '../config/listen.js'
import type { LoadedConfig } from '../config/load.js'
import { FROM_PROGRAM, type Origins } from '../config/origins.js'
import { configError } from '../config/problems.js'
import { createGateway } from '../gateway/create.js'
import type { Gateway } from '../gateway/gateway.js'
import { systemClock, systemEntropy } from '../lib/clock.js'
import { idSource } from '../lib/ids.js'
import { createRenderer } from '../messages/render.js'
import { NO_TEMPLATES, openTemplates, type Templates } from '../messages/templates.js'
import type { Providers } from '../providers/lookup.js'
import { createProviders } from '../providers/registry.js'
import { watchFiles } from '../lib/watch.js'
import { createAlerts, type Alerts } from './alerts.js'
import { createApp } from './app.js'
import { openAuthority } from './authority.js'
import { createLog, logDeliveries, logObserver, type Logger } from './log.js'
import { createMetrics, observers } from './metrics.js'
import { createLoad } from './overload.js'
import { configurationDigest, createReload, type Reload } from './reload.js'
import { sealStores } from './sealing.js'
import { openStores } from './stores.js'
import { telemetryOf } from './telemetry.js'
import { followTls, readTls, tellOfEnd } from './tls.js'

export interface StartOptions {
  /** Instead of `[server] host` and `port`; port 0 takes any free one. */
  host?: string
  port?: number
  /** Instead of what `[log]` asks for. */
  log?: Logger
  /** Reads the configuration again, for a reload; absent: there is nothing to reread. @throws ActeonError */
  reread?: () => Promise<LoadedConfig>
  /** Where the configuration's values came from; absent: from this program. */
  origins?: Origins
}

/** A gateway that listens. */
export interface RunningServer {
  url: string
  gateway: Gateway
  /** What runs, for whoever started it. */
  summary: {
    address: string
    node: string
    state: string
    durability: string
    audit: string
    rules: { directory: string; loaded: number; warnings: string[] }
    providers: { name: string; type: string }[]
    machines: string[]
  }
  /**
   * Rereads providers, circuits, templates, secrets and state machines, all or nothing, and the certificates of
   * `[server.tls]`. Never rejects: what is wrong is in the log and in `/health`.
   */
  reload(): Promise<void>
  /** Settles when the data directory can no longer be trusted: nothing is accepted any more, and the process should end. */
  failed: Promise<Error>
  /** Puts a fault that nobody caught into the log, as the last thing before a stop. */
  tellFault: (error: unknown) => void
  /**
   * Not ready at once; what is in hand is finished within `[server] shutdown_timeout_seconds`, the rest is handed back.
   * Calling it again waits for the same end.
   */
  stop(): Promise<void>
}

/**
 * Puts a gateway together from its configuration, and serves it.
 * @throws ActeonError CONFIG_INVALID, RULES_INVALID, DATA_DIRECTORY_IN_USE, DATA_DAMAGED; the system's error when it
 * cannot listen there
 */
export async function startServer(config: Config, options: StartOptions = {}): Promise<RunningServer> {
  const { host = config.server.host, port = config.server.port } = options
  refuseUnsafe(config, host)
  const { tls, node = hostname() } = config.server
  const log = options.log ?? createLog(logTerms(config))
  const redactor = createRedactor(config.audit.redact)
  const metrics = createMetrics(() => systemClock.now())
  const load = createLoad(systemClock)
  let fail: (error: Error) => void = () => {}
  const failed = new Promise<Error>((resolve) => (fail = resolve))
  const stores = await openStores(config, (error) => {
    log.fatal({ err: error }, 'the data directory can no longer be trusted; nothing more is accepted')
    fail(error)
  })
  // In the order in which they were opened; the last is closed first.
  const opened: (() => Promise<void>)[] = [
    () => stores.state.close(),
    ...(stores.audit === null ? [] : [() => stores.audit!.close()]),
  ]
  const closeAll = async (): Promise<void> => {
    for (const close of opened.splice(0).reverse()) await close()
  }
  try {
    const { state, audit, ...sealing } = await sealStores(stores, config, log)
    opened.push(() => sealing.close())
    const authority = await openAuthority(config, {
      state,
      clock: systemClock,
      newId: idSource(systemClock, systemEntropy),
      log,
    })
    if (authority !== null) opened.push(() => authority.close())
    const telemetry = await telemetryOf(config.telemetry, { node, log })
    opened.push(() => telemetry.close())
    const { directory } = config.templates
    const templates = directory === undefined ? null : await openTemplates(directory)
    const render = createRenderer(() => templates?.current() ?? NO_TEMPLATES)
    if (templates !== null) opened.push(watchFiles(directory!, systemClock, () => void reread(templates, log)))
    const makeProviders = (entries: Config['providers']): Providers =>
      createProviders(entries, {
        clock: systemClock,
        entropy: systemEntropy,
        log: logDeliveries(log, redactor),
        render,
      })
    const alerts = alertsOf(config, log)
    let running = (): Config => config
    const gateway = await createGateway({
      state,
      audit,
      shared: config.state.backend === 'redis' || config.state.backend === 'postgres',
      rules: { directory: config.rules.directory, watch: true },
      providers: makeProviders(config.providers),
      machines: config.machines,
      executor: executorTerms(config),
      circuitBreaker: config.circuit_breaker,
      onRuleError: config.rules.on_error === 'skip' ? 'skip' : 'fail',
      redact: config.audit.redact,
      storePayload: config.audit.store_payload,
      node,
      digests: () => ({
        configuration: configurationDigest(running()),
        ...(authority !== null && { access: authority.digest() }),
      }),
      pace: { sweep_audit: config.audit.cleanup_interval_seconds * 1_000 },
      observer: observers(metrics.observer, logObserver(log), telemetry.observer, alerts?.observer ?? {}, {
        stateOperation: (operation, durationMs) => {
          if (operation === 'admit') load.admitted(durationMs)
        },
      }),
    })
    const reload = createReload({
      first: { config, origins: options.origins ?? FROM_PROGRAM },
      read: options.reread ?? null,
      gateway,
      makeProviders,
      templates,
      log,
    })
    running = reload.config
    const configuration = alarmed(reload, alerts)
    alerts?.start(gateway)
    const graceMs = config.server.shutdown_timeout_seconds * 1_000
    opened.push(() => gateway.close({ graceMs }))
    const served = await createApp({
      gateway,
      metrics,
      load,
      log,
      ...(authority !== null && { access: authority }),
      publicMetrics: config.server.public_metrics,
      rulesEditable: config.rules.editable,
      shownConfig: () => shownConfig(configuration.config()),
      origins: configuration.origins,
      reload: configuration,
      render,
      sealing: sealing.shown,
      ...(tls !== undefined && { tls: readTls(tls) }),
      limits: { streams: config.limits.streams, connections: config.limits.connections_per_address },
    })
    opened.push(() => served.close())
    const address = await served.app.listen({ host, port })
    const url = address.replace(/\/+$/, '')
    const certificates = tls && followTls(served.app.server as unknown as HttpsServer, tls, systemClock, log)
    if (certificates !== undefined) opened.push(() => certificates.close())
    if (tls !== undefined) tellOfEnd(readTls(tls), systemClock, log)
    const stop = async (): Promise<void> => {
      await alerts?.stop()
      served.drain()
      // Requests in hand are answered meanwhile, new ones refused with 503, so nobody finds a closed door.
      await gateway.close({ graceMs })
      await closeAll()
      log.info('stopped')
      if ('ended' in log) await (log as ReturnType<typeof createLog>).ended()
    }
    let stopping: Promise<void> | undefined
    return {
      url,
      gateway,
      summary: summaryOf(config, gateway, url),
      failed,
      async reload() {
        certificates?.now()
        // What is wrong was said where a person looks.
        await configuration.now().catch(() => undefined)
      },
      tellFault: (error) => log.fatal({ err: error }, 'a fault that nobody caught; the gateway stops'),
      stop: () => (stopping ??= stop()),
    }
  } catch (error) {
    await closeAll()
    throw error
  }
}

/** All of the directory or, when a file is wrong, nothing: then those that are in use stay. */
async function reread(templates: Templates, log: Logger): Promise<void> {
  const before = templates.current().version
  try {
    const { version, files } = await templates.reload()
    if (version !== before) log.info({ version, files: files.length }, `templates: ${files.length} files loaded`)
  } catch (error) {
    log.error({ err: error }, 'templates: the files were refused, those that are in use stay')
  }
}

function alertsOf({ alerts: { provider, ...rest } }: Config, log: Logger): Alerts | null {
  return provider === undefined ? null : createAlerts({ provider, ...rest }, { clock: systemClock, log })
}

/** A reload that is refused is told to people. */
function alarmed(configuration: Reload, alerts: Alerts | null): Reload {
  return {
    ...configuration,
    now: () =>
      configuration.now().catch((error: unknown) => {
        alerts?.raise('reload_refused', configuration.problem() ?? String(error))
        throw error
      }),
  }
}

/** Nobody has to say who they are here, so nobody but this machine may reach it, unless that is what is wanted. */
function refuseUnsafe(config: Config, host: string): void {
  const problem = listenProblem(host, config)
  if (problem !== null) throw configError([problem])
}

const logTerms = ({ log }: Config): { level: string; format: 'json' | 'text' } => ({
  level: log.level,
  format: log.format === 'text' || (log.format === 'auto' && process.stderr.isTTY) ? 'text' : 'json',
})

const executorTerms = ({ executor }: Config) => ({
  max_retries: executor.max_retries,
  timeout_seconds: executor.timeout_seconds,
  max_concurrent: executor.max_concurrent,
})

/** As `[section] key` would say it; secrets are masked by the configuration itself. */
function shownConfig({ providers, machines, ...sections }: Config): unknown {
  return JSON.parse(JSON.stringify({ ...sections, providers, state_machines: machines }))
}

function summaryOf(config: Config, gateway: Gateway, url: string): RunningServer['summary'] {
  const { loaded, warnings } = gateway.rules.status()
  const { state, audit } = config
  return {
    address: url,
    node: gateway.node,
    state: state.backend === 'embedded' ? state.path : state.backend,
    durability: gateway.state.durability.says,
    audit: audit.enabled ? (audit.backend ?? state.backend) : 'off',
    rules: { directory: config.rules.directory, loaded, warnings },
    providers: config.providers.map(({ name, type }) => ({ name, type })),
    machines: config.machines.map(({ name }) => name),
  }
}
