import { Type, type Static, type TSchema } from 'typebox'
import { REDACT_DEFAULTS } from '../audit/redact.js'
import { DEFAULT_BREAKER } from '../delivery/circuit-terms.js'

/**
 * Every key of `acteon.toml`, its default and one line on it. From this one schema come the types, the checks with
 * their suggestions, the environment's overrides, `acteon config show` and docs/configuration.md.
 *
 * Extra words on a key: `secret: true` (never shown), `path: true` (relative to the configuration file's folder).
 */

const text = (value: string, description: string, options: object = {}) =>
  Type.String({ minLength: 1, default: value, description, ...options })
const optionalText = (description: string, options: object = {}) =>
  Type.Optional(Type.String({ minLength: 1, description, ...options }))
const flag = (value: boolean, description: string) => Type.Boolean({ default: value, description })
const count = (value: number, description: string, options: object = {}) =>
  Type.Integer({ minimum: 0, default: value, description, ...options })
const seconds = (value: number, description: string) =>
  Type.Number({ exclusiveMinimum: 0, default: value, description: `${description} Seconds; fractions are allowed.` })
const choice = <W extends string[]>(words: readonly [...W], value: W[number], description: string) =>
  Type.Enum(words, { default: value, description })
const section = <P extends Record<string, TSchema>>(properties: P, description: string) =>
  Type.Object(properties, { additionalProperties: false, description })

const server = section(
  {
    host: text('127.0.0.1', 'The address to listen on. Without access control only a loopback address is taken.'),
    node: optionalText("The node's name in records, logs and `/health`; absent: the name of its machine."),
    port: Type.Integer({ minimum: 0, maximum: 65_535, default: 8080, description: 'The port; 0 takes any free one.' }),
    shutdown_timeout_seconds: seconds(25, 'How long a stop waits for work in flight; the rest is handed back.'),
    allow_unauthenticated: flag(
      false,
      'Listen on an address that others can reach although nobody has to say who they are. Only behind something that asks.',
    ),
    tls: Type.Optional(
      section(
        {
          cert: Type.String({ minLength: 1, path: true, description: 'The certificate with its chain, PEM.' }),
          key: Type.String({ minLength: 1, path: true, description: 'Its private key, PEM, without a passphrase.' }),
          client_ca: optionalText(
            'Authorities, PEM: a caller must show a certificate that one of them signed; absent: none is asked for.',
            { path: true },
          ),
        },
        'Serve HTTPS, TLS 1.2 or later; the files are read again when they change. Absent: HTTP.',
      ),
    ),
    public_metrics: flag(false, 'Let `/metrics` be read without credentials when access control is on.'),
  },
  'Where the HTTP API and the page are served.',
)

const state = section(
  {
    backend: choice(
      ['embedded', 'memory', 'redis', 'postgres'],
      'embedded',
      'Where open work, gates, groups and events are kept: `embedded` (one directory, durable, one process), `redis` (a server or cluster that many nodes share), `postgres` (a database that many nodes share) or `memory` (gone at the end).',
    ),
    path: text('./data', 'The data directory of the embedded backend.', { path: true }),
    url: optionalText(
      'The address of a shared backend: `redis://host:6379` (`rediss` for TLS), `redis+sentinel://host1:26379,host2:26379/NAME`, `redis+cluster://host1:6379,host2:6379`, `postgres://user:password@host:5432/database`.',
    ),
    tls: Type.Optional(
      section(
        {
          ca: optionalText("Authorities, PEM, one of which signed the server's certificate; absent: this machine's.", {
            path: true,
          }),
          cert: optionalText("This client's certificate, PEM, for a server that asks for one.", { path: true }),
          key: optionalText('Its private key, PEM, without a passphrase.', { path: true }),
        },
        'For `rediss://`. PostgreSQL takes `sslrootcert`, `sslcert` and `sslkey` in its address.',
      ),
    ),
    prefix: optionalText('What the names of keys or tables in a shared backend begin with; `acteon` when absent.'),
    id_retention_seconds: seconds(86_400, 'How long an id goes on answering its recorded outcome.'),
    require_durable: flag(false, 'Refuse to start on a backend that can lose what it acknowledged.'),
    partitions: Type.Integer({
      minimum: 1,
      maximum: 4_096,
      default: 64,
      description: 'Into how many parts a shared backend is divided; fixed at its first start.',
    }),
  },
  'The state store.',
)

const redact = section(
  {
    enabled: flag(true, 'Mask fields before anything is recorded, logged, streamed or shown.'),
    fields: Type.Array(Type.String({ minLength: 1 }), {
      default: [...REDACT_DEFAULTS.fields],
      description: 'Names that are masked at any depth, in any case; a dotted path masks that path only.',
    }),
    placeholder: text(REDACT_DEFAULTS.placeholder, 'What stands in the place of a masked value.'),
  },
  'What is masked in records and in everything that is shown.',
)

const audit = section(
  {
    enabled: flag(true, 'Keep one record of each decision.'),
    backend: Type.Optional(
      Type.Enum(['embedded', 'memory', 'postgres'], { description: 'Where records are kept; absent: as the state.' }),
    ),
    url: optionalText("The address of the records' database; absent: the state's, where that is PostgreSQL too."),
    prefix: optionalText("Names the schema of the records' tables; absent: the state's, or `acteon`."),
    ttl_seconds: seconds(2_592_000, 'How long a record is kept.'),
    cleanup_interval_seconds: seconds(60, 'How often expired records are removed.'),
    store_payload: flag(true, 'Keep the (masked) payload in each record.'),
    redact,
  },
  'The audit trail.',
)

const rules = section(
  {
    directory: text('./rules', 'The directory of rule files (`*.yaml`, `*.yml`), read recursively and watched.', {
      path: true,
    }),
    on_error: choice(
      ['fail', 'skip'],
      'fail',
      'What a rule that exceeds a limit does to its action: `fail` it (RULE_ERROR) or `skip` that rule.',
    ),
    editable: flag(false, 'Let rule files be changed through the API and the page.'),
  },
  'The rules.',
)

const templates = section(
  {
    directory: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'The directory of Liquid templates for messages, read recursively and watched; absent: built-in messages.',
        path: true,
      }),
    ),
  },
  'Templates of the messages that people read.',
)

const executor = section(
  {
    max_retries: count(3, 'Attempts after the first one.', { maximum: 100 }),
    timeout_seconds: seconds(30, 'How long one attempt may take.'),
    max_concurrent: count(100, 'Attempts that run at the same time on this node, for each provider.', { minimum: 1 }),
  },
  'Delivery. Each provider may say otherwise for itself.',
)

/** @param fallback what an absent key means; for one provider that is the section's */
const breakerKeys = (fallback: Partial<typeof DEFAULT_BREAKER>) => {
  const or = (name: keyof typeof DEFAULT_BREAKER) =>
    fallback[name] === undefined ? {} : { default: fallback[name] as never }
  return {
    enabled: Type.Boolean({ ...or('enabled'), description: 'Stop calling a provider while most calls of it fail.' }),
    failure_share: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1,
      ...or('failure_share'),
      description: 'The share of failed calls within the window that opens the circuit.',
    }),
    minimum_calls: Type.Integer({
      minimum: 1,
      ...or('minimum_calls'),
      description: 'Fewer calls than this within the window prove nothing.',
    }),
    window_seconds: Type.Number({
      exclusiveMinimum: 0,
      ...or('window_seconds'),
      description: 'How far back calls count. Seconds; fractions are allowed.',
    }),
    recovery_timeout_seconds: Type.Number({
      exclusiveMinimum: 0,
      ...or('recovery_timeout_seconds'),
      description:
        'How long an open circuit refuses every call; then one call tries whether the provider is back. Seconds; fractions are allowed.',
    }),
  }
}
const ownBreaker = Type.Object(
  {
    ...Type.Partial(Type.Object(breakerKeys({}))).properties,
    fallback_provider: optionalText('The provider that stands in while the circuit is open.'),
  },
  { additionalProperties: false },
)

const circuit_breaker = section(
  {
    ...breakerKeys(DEFAULT_BREAKER),
    providers: Type.Optional(
      Type.Record(Type.String(), ownBreaker, {
        description: 'What holds for single providers, a table each: `[circuit_breaker.providers.NAME]`.',
      }),
    ),
  },
  'Circuit breakers. Each provider has one.',
)

const encryption = section(
  {
    keys: Type.Array(Type.String({ minLength: 1 }), {
      default: [],
      secret: true,
      description:
        'Keys of 32 bytes each, as 64 hex digits or base64 (`openssl rand -hex 32`). The first seals payloads and labels in state and records, all open; to exchange a key put the new one first. Empty: nothing is sealed.',
    }),
  },
  'Sealing of what is stored.',
)

const auth = section(
  {
    enabled: flag(false, 'Ask every caller who they are.'),
    config_path: text('auth.toml', 'The file with users, keys and grants.', { path: true }),
    watch: flag(true, 'Apply a change of that file within seconds.'),
  },
  'Access control.',
)

const limits = section(
  {
    open_groups: count(10_000, 'Groups that a tenant may have open.'),
    active_events: count(100_000, 'Events that a tenant may have active.'),
    reservations: count(1_000_000, 'Dedup keys that a tenant may hold.'),
    jobs: count(100_000, 'Scheduled and parked actions that a tenant may have.'),
    streams: count(50, 'Streams that a caller may have open.'),
    connections_per_address: count(
      2_500,
      'Connections that one address may have open, of 5,000 in all; behind a proxy, whose address all callers share, raise it.',
    ),
  },
  'What one tenant, or one caller, may take; above it: 429 LIMIT_REACHED.',
)

const log = section(
  {
    level: choice(['debug', 'info', 'warn', 'error', 'silent'], 'info', 'The least level that is written.'),
    format: choice(['auto', 'json', 'text'], 'auto', '`json`, `text`, or `auto`: text on a terminal, else JSON.'),
  },
  'What is written about the work, on standard error.',
)

const alerts = section(
  {
    provider: optionalText('The provider that tells people; without it nobody is told.'),
    namespace: text('acteon', 'The namespace of these actions.'),
    tenant: text('acteon', 'The tenant of these actions.'),
    action_type: text('acteon_alert', 'Their action type, so that rules can see to them.'),
  },
  'Alarms about the gateway itself: dead letters, circuits that open, reloads that are refused, a node that is degraded. They are dispatched as actions, at most one a minute and never about themselves.',
)

const telemetry = section(
  {
    otlp_endpoint: optionalText(
      'Where an OpenTelemetry collector takes traces over HTTP, such as `http://localhost:4318/v1/traces`. Without it nothing is sent.',
    ),
    otlp_headers: optionalText('Headers for the collector: `name=value`, separated by commas.', { secret: true }),
    service_name: text('acteon', 'The name under which traces are found.'),
    sample_ratio: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 1,
      description: 'The share of actions that is sent, of those whose caller did not decide it.',
    }),
  },
  'Traces for OpenTelemetry: a span for each outcome and each attempt.',
)

/** The sections of `acteon.toml`, without the lists of tables. */
export const SECTIONS = {
  server,
  state,
  audit,
  rules,
  templates,
  executor,
  circuit_breaker,
  encryption,
  auth,
  limits,
  log,
  alerts,
  telemetry,
} as const

/** Tables of sections that have names of the user's choosing: the path, and the schema of one. */
export const NAMED_TABLES = { 'circuit_breaker.providers': ownBreaker } as const

/** The values of all sections, defaults filled in. */
export type Sections = { [S in keyof typeof SECTIONS]: Static<(typeof SECTIONS)[S]> }

/** Whether a schema is a table whose names are the user's. */
export const isNamedTables = (schema: TSchema): boolean => 'patternProperties' in schema

/** Whether a schema is a section: an object with named keys of its own. */
export const isSection = (schema: TSchema): schema is TSchema & { properties: Record<string, TSchema> } =>
  (schema as { type?: string }).type === 'object' && 'properties' in schema
