import type { FastifyBaseLogger } from 'fastify'
import { memoryAudit } from '../../audit/memory/audit.js'
import { checkMachine } from '../../events/machine.js'
import { createGateway } from '../../gateway/create.js'
import { systemClock } from '../../lib/clock.js'
import { createApp, type GatewayApp } from '../../server/app.js'
import { createLog } from '../../server/log.js'
import { memoryState } from '../../state/memory/open.js'
import { loadRules } from '../../gateway/load-rules.js'
import { recordingProvider } from '../providers.js'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Every kind of verdict and condition, over fields that fuzzers fill. */
const RULES = `
rules:
  - name: quiet
    condition: { field: payload.quiet, eq: true }
    action: { type: suppress }
  - name: pattern
    condition: { field: payload.text, regex: "^(a+)+$" }
    action: { type: modify, changes: { seen: true, nested: { gone: null } } }
  - name: cel
    condition: "action.payload.items.exists(x, x.name.contains('a')) || action.payload.n + 1 > 2.0"
    action: { type: reroute, target_provider: sms }
  - name: once
    condition: { field: action_type, eq: once }
    action: { type: deduplicate, ttl_seconds: 60, key: [payload.text, metadata.cluster] }
  - name: few
    condition: { field: action_type, eq: few }
    action: { type: throttle, max_count: 5, window_seconds: 60, key: [payload.text] }
  - name: collect
    condition: { field: action_type, eq: collect }
    action: { type: group, group_by: [metadata.cluster, payload.text], group_wait_seconds: 60 }
  - name: asks
    condition: { call: has_active_event, args: [alert, action.metadata.cluster] }
    action: { type: modify, changes: { inhibited: true } }
  - name: track
    condition: { field: action_type, eq: alert }
    action: { type: state_machine, state_machine: alert, fingerprint_fields: [metadata.cluster, payload.text] }
  - name: later
    condition: { field: action_type, eq: later }
    action: { type: schedule, delay_seconds: 3600 }
`

export interface Fuzzed extends GatewayApp {
  /** Lines of the log that tell of a fault of Acteon itself. */
  faults: string[]
  end(): Promise<void>
}

/** The whole server over a real gateway in memory, and what it logs as its own faults. */
export async function fuzzedServer(): Promise<Fuzzed> {
  const folder = await mkdtemp(join(tmpdir(), 'acteon-fuzz-'))
  await writeFile(join(folder, 'all.yaml'), RULES)
  const faults: string[] = []
  const log = createLog({ level: 'warn', format: 'json' }, (line) => {
    if (/a fault of Acteon|RangeError|TypeError|"level":"(error|fatal)"/.test(line)) faults.push(line)
  })
  const audit = memoryAudit({ clock: systemClock, ttlMs: null })
  const gateway = await createGateway({
    state: await memoryState({ audit: audit.shared }),
    audit,
    rules: await loadRules(folder),
    machines: [
      checkMachine({
        name: 'alert',
        initial_state: 'firing',
        states: ['firing', 'resolved'],
        transitions: [{ from: 'firing', to: 'resolved' }],
      }).machine!,
    ],
    providers: ['email', 'sms'].map((name) => recordingProvider(name)),
  })
  const served = await createApp({ gateway, log: log as unknown as FastifyBaseLogger })
  return {
    ...served,
    faults,
    async end() {
      await served.close()
      await gateway.close({ graceMs: 1_000 })
      await rm(folder, { recursive: true })
    },
  }
}
