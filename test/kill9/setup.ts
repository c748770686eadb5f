import { databaseUrl, dropSchema } from '../../src/state/postgres/store.fixture.js'
import { redisUrl, removeKeys } from '../../src/state/redis/store.fixture.js'

/** What the killed gateway is configured with: every verdict, one rule each. */

export const THROTTLE = { max: 3, windowMs: 4_000 }
export const SCHEDULE_DELAY_MS = 700
export const MAX_GROUP = 15
export const SCOPE = { namespace: 'chaos', tenant: 't1' }
/** Every state leads to every other, so that any status is a move. */
export const STATES = ['green', 'yellow', 'red']

export type Backend = 'embedded' | 'redis' | 'postgres'

export const configuration = (receiverPort: number, state: Backend, prefix: string): string => `
${state === 'embedded' ? '' : shared(state, prefix)}
[rules]
directory = "./rules"

[executor]
timeout_seconds = 5

[log]
level = "warn"

${['main', 'other']
  .map(
    (name) => `[[providers]]\nname = "${name}"\ntype = "webhook"\nurl = "http://127.0.0.1:${receiverPort}/${name}"\n`,
  )
  .join('\n')}

[[state_machines]]
name = "light"
initial_state = "green"
states = ${JSON.stringify(STATES)}

${STATES.flatMap((from) =>
  STATES.filter((to) => to !== from).map((to) => `[[state_machines.transitions]]\nfrom = "${from}"\nto = "${to}"\n`),
).join('\n')}
`

/** State that nodes share, and records in PostgreSQL, whose servers the environment names. */
const shared = (state: 'redis' | 'postgres', prefix: string): string => `
[state]
backend = "${state}"
url = "${state === 'redis' ? redisUrl() : databaseUrl()}"
prefix = "${prefix}"

[audit]
backend = "postgres"
url = "${databaseUrl()}"
prefix = "${prefix}"
`

/** Leaves the servers that nodes shared as they were found. */
export async function clear(state: Backend, prefix: string): Promise<void> {
  if (state === 'embedded') return
  await dropSchema(databaseUrl(), prefix)
  if (state === 'redis') await removeKeys(redisUrl(), prefix)
}

const rule = (name: string, action: string): string => `  - name: ${name}
    condition: { field: action_type, eq: ${name} }
    action: ${action}
`

export const rules = `rules:
${rule('suppressed', '{ type: suppress, reason: "not now" }')}
${rule('deduplicated', '{ type: deduplicate, ttl_seconds: 3600 }')}
${rule('throttled', `{ type: throttle, max_count: ${THROTTLE.max}, window_seconds: ${THROTTLE.windowMs / 1000}, key: [payload.key] }`)}
${rule('rerouted', '{ type: reroute, target_provider: other }')}
${rule('modified', '{ type: modify, changes: { added: true } }')}
${rule('grouped', `{ type: group, group_by: [payload.key], group_wait_seconds: 0.4, group_interval_seconds: 0.8, max_group_size: ${MAX_GROUP} }`)}
${rule('tracked', '{ type: state_machine, state_machine: light, fingerprint_fields: [action_type, payload.key] }')}
${rule('scheduled', `{ type: schedule, delay_seconds: ${SCHEDULE_DELAY_MS / 1000} }`)}
`

export const KINDS = [
  'plain',
  'suppressed',
  'deduplicated',
  'throttled',
  'rerouted',
  'modified',
  'grouped',
  'tracked',
  'scheduled',
] as const
export type Kind = (typeof KINDS)[number]
