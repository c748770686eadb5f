import swagger from '@fastify/swagger'
import {
  fastify,
  LogController,
  type FastifyBaseLogger,
  type FastifyContextConfig,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import type { Access as AccessControl } from '../access/access.js'
import { FROM_PROGRAM } from '../config/origins.js'
import type { Gateway } from '../gateway/gateway.js'
import { sleep, systemClock, systemEntropy, type Cancel, type Clock } from '../lib/clock.js'
import { ActeonError } from '../lib/errors.js'
import { idSource } from '../lib/ids.js'
import { createRenderer, type Render } from '../messages/render.js'
import { createGuard, requireDeclaredAccess } from './access.js'
import { errorOf, malformedAnswer, requestIdOf, sendError } from './answers.js'
import { ACTION_BODY, BATCH_BODY, bodyBudget, drop, PLAIN_BODY, readJson } from './body.js'
import { limitConnections } from './connections.js'
import { createFeed } from './feed.js'
import { cameByTls, NO_STORE, refuseCrossSite, SECURITY_HEADERS, STRICT_TRANSPORT } from './guard.js'
import { createMetrics, type Metrics } from './metrics.js'
import { OPENAPI } from './openapi.js'
import { createLoad, LOAD_LIMITS, type Load, type LoadLimits } from './overload.js'
import type { Parts } from './parts.js'
import { createProviderHealth } from './provider-health.js'
import type { Reload } from './reload.js'
import { actionRoutes } from './routes/actions.js'
import { adminRoutes } from './routes/admin.js'
import { analyticsRoutes } from './routes/analytics.js'
import { authRoutes } from './routes/auth.js'
import { renderRoutes } from './routes/render.js'
import { auditRoutes } from './routes/audit.js'
import { circuitBreakerRoutes } from './routes/circuit-breakers.js'
import { deadLetterRoutes } from './routes/dead-letters.js'
import { dispatchRoutes } from './routes/dispatch.js'
import { eventRoutes } from './routes/events.js'
import { groupRoutes } from './routes/groups.js'
import { healthRoutes } from './routes/health.js'
import { openapiRoutes } from './routes/openapi.js'
import { pageRoutes } from './routes/page.js'
import { providerRoutes } from './routes/providers.js'
import { ruleFileRoutes } from './routes/rule-files.js'
import { ruleChangeRoutes } from './routes/rule-changes.js'
import { ruleRoutes } from './routes/rules.js'
import { streamRoutes } from './routes/stream.js'
import { trafficRoutes } from './routes/traffic.js'
import { createStreams } from './sse.js'
import type { TlsTerms } from './tls.js'
import type { App } from './typed.js'
import { checkRequest } from './validator.js'

export interface AppOptions {
  gateway: Gateway
  /** The same whose observer the gateway was given; absent: nothing is counted. */
  metrics?: Metrics
  /** The same whose `admitted` hears of admissions; absent: one that does not. */
  load?: Load
  log?: FastifyBaseLogger
  clock?: Clock
  /** Who may do what; absent: everybody may do everything. */
  access?: {
    callers: AccessControl
    /** Calls back when rights may have changed. */
    onChange(fn: () => void): () => void
    /** Why the file of the moment is not used; null: it is. */
    problem(): string | null
  }
  /** Let `/metrics` be read without credentials. */
  publicMetrics?: boolean
  /** Let rule files be changed; absent: they are only read. */
  rulesEditable?: boolean
  /** What `GET /admin/config` shows: secrets masked. */
  shownConfig?: () => unknown
  /** Where its values came from; absent: from this program. */
  origins?: Parts['origins']
  /** Rereads the configuration; absent: there is none to reread. */
  reload?: Reload
  /** Makes messages for `POST /v1/render`; absent: as they are built in. */
  render?: Render
  /** What `/health` says of sealing; absent: nothing is sealed. */
  sealing?: Parts['sealing']
  /** Serve HTTPS, with these certificates; absent: HTTP. */
  tls?: TlsTerms
  limits?: {
    /** Open streams per caller; 50. */
    streams?: number
    /** Open connections per address; 2,500. */
    connections?: number
    /** Bytes of bodies held at the same time; 256 MiB. */
    bodies?: number
    load?: LoadLimits
  }
}

/** The HTTP API over a gateway, not yet listening, and how to bring it to rest. */
export interface GatewayApp {
  app: App
  /** From now on it is not ready, and takes no changes; reads are still answered. */
  drain(): void
  /** Ends every open stream, takes no more connections, and ends once what is in hand has been answered. */
  close(): Promise<void>
}

/** Order matters to nobody: every route has its own path. */
const ROUTES = [
  healthRoutes,
  dispatchRoutes,
  actionRoutes,
  trafficRoutes,
  analyticsRoutes,
  ruleRoutes,
  ruleFileRoutes,
  ruleChangeRoutes,
  auditRoutes,
  eventRoutes,
  groupRoutes,
  deadLetterRoutes,
  providerRoutes,
  circuitBreakerRoutes,
  renderRoutes,
  streamRoutes,
  adminRoutes,
  authRoutes,
  pageRoutes,
  openapiRoutes,
]

/** Headers, in bytes and in time; how often connections are looked at that overstay. */
const LISTENING = { maxHeaderSize: 8_192, headersTimeout: 5_000, connectionsCheckingInterval: 1_000 }

/** Makes the server's app. Its limits on connections are those of docs/server.md. */
export async function createApp(options: AppOptions): Promise<GatewayApp> {
  const { gateway, clock = systemClock, log, limits = {} } = options
  const newId = idSource(clock, systemEntropy)
  const feed = createFeed(gateway.state, clock)
  const load = options.load ?? createLoad(clock, limits.load ?? LOAD_LIMITS)
  const streams = createStreams(limits.streams ?? 50)
  let draining = false
  const metrics = options.metrics ?? createMetrics(() => clock.now())
  const parts: Parts = {
    gateway,
    metrics,
    providerHealth: createProviderHealth({ gateway, metrics, clock }),
    clock,
    newId,
    feed,
    streams,
    load,
    budget: bodyBudget(limits.bodies ?? 256 * 1_024 * 1_024),
    render: options.render ?? createRenderer(),
    sealing: options.sealing ?? (() => ({ enabled: false, key: null, older: [] })),
    guard: createGuard(options.access?.callers ?? null, clock),
    access: options.access?.callers ?? null,
    authProblem: () => options.access?.problem() ?? null,
    publicMetrics: options.publicMetrics ?? false,
    rulesEditable: options.rulesEditable ?? false,
    draining: () => draining,
    shownConfig: options.shownConfig ?? (() => ({})),
    origins: options.origins ?? (() => FROM_PROGRAM),
    reload: options.reload ?? null,
  }

  const app = fastify({
    ...(log === undefined ? {} : { loggerInstance: log }),
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: (request) => requestIdOf(request.headers['x-request-id'], newId),
    routerOptions: { maxParamLength: 4_096 },
    requestTimeout: 15_000,
    keepAliveTimeout: 10_000,
    maxRequestsPerSocket: 1_000,
    ...(options.tls === undefined ? { http: LISTENING } : { https: { ...LISTENING, ...options.tls } }),
    // While it stops, `door` answers with an error body of ours.
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => {
      setHeaders(request as unknown as FastifyRequest, reply as unknown as FastifyReply)
      sendError(reply as unknown as FastifyReply, errorOf(error, request.id))
    },
    clientErrorHandler(error, socket) {
      if (socket.writable) socket.end(malformedAnswer((error as NodeJS.ErrnoException).code))
      else socket.destroy()
    },
  }) as unknown as App
  app.server.maxConnections = 5_000
  limitConnections(app.server, limits.connections ?? 2_500, clock, log)

  app.setValidatorCompiler(checkRequest as never)
  app.setSerializerCompiler(() => (data) => JSON.stringify(data))
  app.setErrorHandler((thrown, request, reply) => {
    const error = errorOf(thrown, request.id)
    if (error.code === 'INTERNAL') request.log.error({ err: thrown }, 'a fault of Acteon itself')
    return sendError(reply as unknown as FastifyReply, error)
  })
  const underWay = countRequests(app)
  app.decorateRequest('bodyBytes', 0)
  app.decorateRequest('bodyRefused', null)
  app.decorateRequest('inHand', null as never)
  app.decorateRequest('identity', null as never)
  app.decorateRequest('scope', null as never)
  app.decorateRequest('credential', null)
  requireDeclaredAccess(app)
  await app.register(swagger as never, { openapi: OPENAPI } as never)
  const methods = knownMethods(app)
  readBodies(app, parts)
  door(app, parts)
  app.setNotFoundHandler((request, reply) => {
    throw notThere(request, reply as unknown as FastifyReply, methods)
  })
  for (const routes of ROUTES) routes(app, parts)
  const stopRechecking = recheckStreams(parts, options.access?.onChange)
  app.addHook('onClose', async () => {
    stopRechecking()
    feed.stop()
    load.stop()
  })
  await app.ready()
  return {
    app,
    drain: () => {
      draining = true
    },
    async close() {
      streams.endAll('the node is stopping; connect again with Last-Event-ID')
      // Whoever has a connection open is told with its next request, and not by a connection that breaks.
      const quiet = async (): Promise<void> => {
        for (let waited = 0; waited < FAREWELL_MS && (await openConnections(app)) > 0; waited += QUIET_MS)
          await sleep(clock, QUIET_MS)
      }
      await quiet()
      const closing = app.close()
      while (underWay() > 0) await sleep(clock, QUIET_MS)
      await quiet()
      // What is left are connections that never asked for anything.
      app.server.closeAllConnections()
      await closing
    },
  }
}

const QUIET_MS = 10
const FAREWELL_MS = 250

const openConnections = (app: App): Promise<number> =>
  new Promise((resolve) => app.server.getConnections((error, count) => resolve(error === null ? count : 0)))

/** How many requests have no whole answer yet. */
function countRequests(app: App): () => number {
  let underWay = 0
  app.addHook('onRequest', async (_, reply) => {
    underWay++
    reply.raw.once('close', () => underWay--)
  })
  return () => underWay
}

/** Streams of whoever is no longer allowed them end: when the file changes, and when a credential has run out. */
function recheckStreams({ access, streams, clock }: Parts, onChange?: (fn: () => void) => () => void): () => void {
  if (access === null) return () => undefined
  let cancel: Cancel = () => {}
  const again = (): void => {
    cancel = clock.after(RECHECK_MS, () => {
      streams.recheck()
      again()
    })
  }
  again()
  const stopListening = onChange?.(() => streams.recheck())
  return () => {
    cancel()
    stopListening?.()
  }
}

const RECHECK_MS = 500

/** What every request meets first, before its body is read. */
function door(app: App, { guard, load, budget, draining }: Parts): void {
  app.addHook('onRequest', async (request, reply) => {
    request.inHand = { actions: 0, tenants: [], working: false }
    setHeaders(request, reply as unknown as FastifyReply)
    const config: Partial<FastifyContextConfig> = request.routeOptions.config ?? {}
    try {
      refuseCrossSite(request.method, request.headers)
      await guard.admit(request as unknown as FastifyRequest)
      if (draining()) {
        void reply.header('connection', 'close')
        if (!READS.has(request.method) && config.reads !== true)
          throw new ActeonError(
            'DRAINING',
            'The node is stopping and takes nothing more; another will answer. Try again, with the same id.',
            {},
            { retryAfterMs: 1_000 },
          )
      }
      if (config.takesActions === true) {
        load.enter(1)
        request.inHand.actions = 1
      }
    } catch (error) {
      drop(request.raw)
      throw error
    }
  })
  // A client may go away while its action is still in hand: what it took is given back when the work has ended, or when
  // the connection has, where no work was begun.
  const giveBack = (request: FastifyRequest): void => {
    const { actions, tenants } = request.inHand
    request.inHand = { actions: 0, tenants: [], working: false }
    load.leave(actions)
    for (const [tenant, count] of tenants) load.leaveTenant(tenant, count)
    budget.give(request.bodyBytes)
    request.bodyBytes = 0
  }
  app.addHook('onRoute', (route) => {
    const work = route.handler as (this: App, request: FastifyRequest, reply: FastifyReply) => unknown
    route.handler = async function (this: App, request: FastifyRequest, reply: FastifyReply) {
      request.inHand.working = true
      try {
        return await work.call(this, request, reply)
      } finally {
        giveBack(request)
      }
    } as unknown as typeof route.handler
  })
  app.addHook('onRequest', async (request, reply) => {
    reply.raw.once('close', () => {
      if (!request.inHand.working) giveBack(request as unknown as FastifyRequest)
    })
  })
}

const READS = new Set(['GET', 'HEAD', 'OPTIONS'])

function setHeaders(request: Pick<FastifyRequest, 'id' | 'headers' | 'raw'>, reply: FastifyReply): void {
  void reply.headers(SECURITY_HEADERS).header('x-request-id', request.id).header('cache-control', NO_STORE)
  if (cameByTls(request)) void reply.header('strict-transport-security', STRICT_TRANSPORT)
}

/** A body is JSON whatever its Content-Type says, and may be absent whatever it says. */
function readBodies(app: App, { budget }: Parts): void {
  const limitsOf = { action: ACTION_BODY, batch: BATCH_BODY }
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', async (request: FastifyRequest) => {
    const kind = request.routeOptions.config.body
    try {
      const { value, bytes } = await readJson(request.raw, kind === undefined ? PLAIN_BODY : limitsOf[kind], budget)
      request.bodyBytes = bytes
      return value
    } catch (error) {
      // Fastify would cut off a client that is still sending; the rest of its body is read and dropped instead.
      request.bodyRefused = error as Error
      return undefined
    }
  })
  app.addHook('preValidation', async ({ bodyRefused }) => {
    if (bodyRefused !== null) throw bodyRefused
  })
  app.addHook('onRequest', async (request) => {
    // Fastify refuses what is no media type before any parser is asked.
    if (request.raw.headers['content-type'] !== undefined) request.raw.headers['content-type'] = 'application/json'
  })
}

/** Each path that exists, as a pattern, with its methods. */
function knownMethods(app: App): { path: RegExp; method: string }[] {
  const known: { path: RegExp; method: string }[] = []
  app.addHook('onRoute', ({ url, method }) => {
    const path = new RegExp(`^${url.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:[a-z_]+/g, '[^/]+')}$`)
    for (const one of [method].flat()) known.push({ path, method: one })
  })
  return known
}

function notThere(
  request: FastifyRequest,
  reply: FastifyReply,
  known: { path: RegExp; method: string }[],
): ActeonError {
  const path = request.url.split('?')[0]!
  const allowed = [...new Set(known.filter((route) => route.path.test(path)).map(({ method }) => method))]
  if (allowed.length === 0)
    return new ActeonError(
      'NOT_FOUND',
      `There is no ${request.method} ${path.slice(0, 200)} here; /docs lists what there is.`,
    )
  void reply.header('allow', allowed.join(', '))
  return new ActeonError(
    'METHOD_NOT_ALLOWED',
    `${path.slice(0, 200)} takes ${allowed.join(', ')}, not ${request.method}.`,
    {
      allowed,
    },
  )
}
