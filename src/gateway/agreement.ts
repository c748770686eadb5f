import { startLoop } from '../jobs/loop.js'
import type { Clock } from '../lib/clock.js'
import { canonical } from '../lib/json.js'
import { VERSION } from '../lib/version.js'
import type { StateStore, StoredRecord } from '../state/store.js'
import type { Ask } from './ask.js'
import type { DifferingNode, Observer } from './gateway.js'
import type { NodeLease } from './lease.js'

/** What nodes that share a store may differ in. */
export type Facet = 'rules' | 'configuration' | 'access'
export const FACETS: readonly Facet[] = ['rules', 'configuration', 'access']

type Digests = Partial<Record<Facet, string>>

/** Whether the nodes that share a store decide and deliver alike. */
export interface Agreement {
  /** Nodes that run something else than this one, and longer than a reload needs to reach all. */
  differing(facet: Facet): DifferingNode[]
  /** Looks what other nodes run now. */
  look(): void
  /** Tells nothing of this node any more. */
  stop(): Promise<void>
}

/** What a node tells of itself, under the number of its incarnation. */
interface Told {
  node: string
  /** Digests of different versions say nothing about each other. */
  version: string
  facets: Partial<Record<Facet, { digest: string; since: number }>>
}

const KIND = 'node-runs'
/** A reload reaches all nodes within this time (spec section 12), so until then a difference is none. */
const RELOADED_WITHIN_MS = 5_000
const PAGE = 1_000

/**
 * Tells the other nodes by a record what this one runs, and looks what they run: never in a dispatch. The record of a
 * node whose lease has run out is removed by whoever sees it first.
 * @param digests of what this node runs now; absent: it does not know
 */
export function watchAgreement(parts: {
  state: Pick<StateStore, 'listRecords' | 'casRecord' | 'nodes'>
  ask: Ask
  lease: Pick<NodeLease, 'owner' | 'storeNow'>
  clock: Clock
  node: string
  digests: () => Digests
  observer: Observer
  lookEveryMs: number
}): Agreement {
  const { state, ask, lease, clock, node, digests, observer, lookEveryMs } = parts
  let mine: Told = { node, version: VERSION, facets: {} }
  let others: Told[] = []
  let logged: Partial<Record<Facet, string>> = {}

  const nameOf = (owner: number): string => String(owner)

  async function all(): Promise<StoredRecord[]> {
    const found: StoredRecord[] = []
    for (let cursor: string | undefined; ;) {
      const page = await state.listRecords(KIND, { ...(cursor !== undefined && { cursor }), limit: PAGE })
      found.push(...page.items)
      cursor = page.next_cursor
      if (cursor === undefined) return found
    }
  }

  const write = (name: string, version: number, value: Told | null): Promise<unknown> =>
    ask('casRecord', 'until-known', (op) => state.casRecord({ ...op, kind: KIND, name, version, value }))

  function refresh(): void {
    const now = lease.storeNow()
    const found = digests()
    const facets: Told['facets'] = {}
    for (const [facet, digest] of Object.entries(found) as [Facet, string][]) {
      const before = mine.facets[facet]
      facets[facet] = before?.digest === digest ? before : { digest, since: now }
    }
    mine = { ...mine, facets }
  }

  async function look(): Promise<void> {
    refresh()
    // In this order: whoever tells of itself has joined before.
    const told = await all()
    const now = lease.storeNow()
    const alive = new Set(
      (await state.nodes()).filter(({ lease_until }) => lease_until > now).map(({ owner }) => owner),
    )
    const own = nameOf(lease.owner())
    const stored = told.find(({ name }) => name === own)
    if (stored === undefined || canonical(stored.value) !== canonical(mine))
      await write(own, stored?.version ?? 0, mine)
    const living = told.filter(({ name }) => name !== own && alive.has(Number(name)))
    for (const { name, version } of told) if (name !== own && !alive.has(Number(name))) await write(name, version, null)
    others = living.map(({ value }) => value as Told)
    tell()
  }

  function differing(facet: Facet): DifferingNode[] {
    const own = mine.facets[facet]
    const now = lease.storeNow()
    return others.flatMap(({ node: name, version, facets }) => {
      const other = facets[facet]
      if (own === undefined || other === undefined || version !== VERSION || other.digest === own.digest) return []
      const since = Math.max(own.since, other.since)
      return now - since < RELOADED_WITHIN_MS ? [] : [{ node: name, since: new Date(since).toISOString() }]
    })
  }

  function tell(): void {
    for (const facet of FACETS) {
      const found = differing(facet)
      observer.differing?.({ what: facet, nodes: found.length })
      const words = found.length === 0 ? '' : differenceText(facet, found)
      if (words !== '' && words !== logged[facet]) observer.log?.('warn', words)
      if (words === '' && (logged[facet] ?? '') !== '')
        observer.log?.('info', `${facet}: all nodes have the same again`)
      logged = { ...logged, [facet]: words }
    }
  }

  const looking = startLoop({
    clock,
    step: () => look().then(() => lookEveryMs),
    failed: (error) => observer.log?.('warn', 'what other nodes run could not be read', { error: String(error) }),
  })
  return {
    differing,
    look: looking.wake,
    async stop() {
      await looking.stop()
      const own = nameOf(lease.owner())
      try {
        const stored = (await all()).find(({ name }) => name === own)
        if (stored !== undefined) await write(own, stored.version, null)
      } catch {
        // Whoever sees that the lease is over removes it.
      }
    },
  }
}

const WORDS: Readonly<Record<Facet, (who: string, since: string) => string>> = {
  rules: (who, since) =>
    `the rules of ${who} are others than on this node since ${since}; give all nodes the same files and reload them`,
  configuration: (who, since) =>
    `providers, circuits or state machines of ${who} are configured otherwise than on this node since ${since}; give all nodes the same configuration and reload it`,
  access: (who, since) =>
    `the users and keys of ${who} are others than on this node since ${since}; give all nodes the same auth.toml`,
}

/** What differs, as a sentence without its stop. */
export function differenceText(facet: Facet, nodes: readonly DifferingNode[]): string {
  const names = nodes.map(({ node }) => `"${node}"`)
  const who = names.length === 1 ? `node ${names[0]}` : `nodes ${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
  return WORDS[facet](who, nodes.map(({ since }) => since).sort()[0]!)
}
