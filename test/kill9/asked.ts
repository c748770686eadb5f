import type { AuditRecord } from '../../src/audit/record.js'
import { until } from '../server.js'
import type { Load, Sent } from './load.js'

/** Which ends of which kinds of action were not met yet. */
export function missing({ sent }: Load): string[] {
  const met = new Set(sent.map(({ kind, outcome }) => `${kind}: ${outcome?.type}`))
  return [
    ...['plain: Executed', 'suppressed: Suppressed', 'rerouted: Rerouted', 'modified: Executed'],
    ...['deduplicated: Executed', 'deduplicated: Deduplicated', 'throttled: Executed', 'throttled: Throttled'],
    ...['grouped: Grouped', 'tracked: StateChanged', 'scheduled: Scheduled'],
  ].filter((end) => !met.has(end))
}

export const wordOf = (type: string): string => type.replace(/(?<!^)[A-Z]/g, (c) => `_${c}`).toLowerCase()

export const fingerprintOf = (outcome: Sent['outcome']): string => {
  if (outcome?.type !== 'StateChanged') throw new Error(`a tracked action ended as ${JSON.stringify(outcome)}`)
  return outcome.fingerprint
}

export function groupBy<T>(items: T[], by: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(by(item))
    if (group === undefined) groups.set(by(item), [item])
    else group.push(item)
  }
  return groups
}

export async function get<T>(url: string, path: string, query: Record<string, string | undefined> = {}): Promise<T> {
  const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined)
  const answer = await fetch(`${url}${path}?${new URLSearchParams(given)}`)
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  return (await answer.json()) as T
}

export async function nothingOpen(url: string): Promise<true | undefined> {
  const { actions } = await get<{ actions: unknown[] }>(url, '/v1/actions', { state: 'open' })
  const { groups } = await get<{ groups: { event_count: number }[] }>(url, '/v1/groups')
  return (actions.length === 0 && groups.every(({ event_count }) => event_count === 0)) || undefined
}

async function nothingWaits(url: string): Promise<true | undefined> {
  const metrics = await (await fetch(`${url}/metrics/prometheus`)).text()
  return /^acteon_outbox 0$/m.test(metrics) || undefined
}

/** Every record, once those that wait in the outbox are written. */
export async function allRecords(url: string): Promise<AuditRecord[]> {
  await until('every record was written', () => nothingWaits(url), 30_000)
  const all: AuditRecord[] = []
  for (let cursor: string | undefined; ;) {
    const page = await get<{ records: AuditRecord[]; next_cursor?: string | null }>(url, '/v1/audit', {
      limit: '1000',
      cursor,
    })
    all.push(...page.records)
    if (page.next_cursor == null) return all
    cursor = page.next_cursor
  }
}
