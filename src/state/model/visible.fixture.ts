import assert from 'node:assert/strict'
import type { EntryKey, EntryView, Lookup, StateStore } from '../store.js'
import { nameOfReal as realName, plainOutcome } from './answers.fixture.js'
import type { Model } from './model.fixture.js'
import { nameOf, type Entry } from './remembered.fixture.js'
import { FINGERPRINTS, gatesOf, MAIN_TENANT, NAMESPACE, TENANTS } from './steps.fixture.js'

/** What the comparison of one sequence knows of the store. */
export interface Known {
  store: StateStore
  model: Model
  now(): number
  /** Model's owner → store's. */
  owners: number[]
  /** Entry's name → its key in the store. */
  keys: Map<string, EntryKey>
  /** The store's fences must be in the model's order: greater after each change of hands, over tries too. */
  bindFence(name: string, expected: number, real: number): void
}

/** Reads all that can be seen of the store, and fails where the model remembers it otherwise. */
export async function compareVisible(known: Known, step: number | 'everything'): Promise<void> {
  const { store, model, now, owners, keys, bindFence } = known
  const m = model.remembered
  const nameOfReal = (of: Parameters<typeof realName>[0]): string => {
    keys.set(realName(of), of.key)
    return realName(of)
  }
  await compareEntries()
  const thorough = step === 'everything' || step % 4 === 0
  for (const tenant of thorough ? TENANTS : [MAIN_TENANT]) {
    await compareGates(tenant)
    await compareEvents(tenant)
  }
  await compareGroupsAndLetters()
  if (thorough) await compareRecords()

  /** Those that are open, each time; those that are settled, a quarter each time: they seldom change. */
  async function compareEntries(): Promise<void> {
    const { items } = await store.openEntries({ limit: 1_000 })
    const open = [...m.entries.values()].filter(({ status }) => status !== 'settled')
    assert.deepEqual(items.map(nameOfReal).sort(), open.map(({ name }) => name).sort(), 'open entries')
    for (const view of items) compareEntry(m.entries.get(realName(view))!, view)
    for (const [nth, [name, key]] of [...keys].entries()) {
      if (step !== 'everything' && nth % 4 !== step % 4) continue
      const expected = m.entries.get(name)
      const real = await store.entry(key)
      // When a scheduled action is forgotten, counted from its outcome or from when it was due, is the store's affair.
      if (expected === undefined && real?.outcome?.type === 'Scheduled') continue
      assert.equal(real === null, expected === undefined, `${name} is ${real === null ? 'forgotten' : 'known'}`)
      if (real !== null) compareEntry(expected!, real)
    }
  }

  function compareEntry(expected: Entry, real: EntryView): void {
    const seen = (of: Entry | EntryView) => ({
      ...{ status: of.status, try: of.try, dispatched_at: of.dispatched_at },
      // What was settled keeps its outcome, and little else.
      takeovers: of.status === 'settled' ? null : of.takeovers,
      due_at: of.status === 'parked' || of.status === 'scheduled' ? of.due_at : null,
      outcome: of.status === 'running' ? null : plainOutcome(of.outcome),
    })
    const owner = real.owner === null ? null : owners.indexOf(real.owner)
    assert.deepEqual({ ...seen(real), owner }, { ...seen(expected), owner: expected.owner }, expected.name)
    if (expected.status !== 'settled') bindFence(expected.name, expected.fence, real.fence)
  }

  async function compareGates(tenant: string): Promise<void> {
    const gates = [...gatesOf(tenant, 3), ...gatesOf(tenant, 8).slice(0, 2)]
    const own = nameOf(tenant, 'caller', 'a0')
    for (const name of [null, own]) {
      const seen = await store.peek({ entry: name === null ? null : keys.get(own)!, gates, now: now() })
      const looked = seen.map(
        ({ rule: _rule, verdict: _verdict, used, ...rest }) =>
          JSON.parse(
            JSON.stringify({ ...rest, used: used === undefined ? used : Math.min(used, rest.limit!) }),
          ) as object,
      )
      assert.deepEqual(
        looked,
        gates.map((gate) => model.lookAt(gate, name)),
        `gates of ${tenant}`,
      )
    }
  }

  async function compareEvents(tenant: string): Promise<void> {
    const scope = { namespace: NAMESPACE, tenant }
    const lookups: Lookup[] = FINGERPRINTS.map((fingerprint) => ({ kind: 'event_state', ...scope, fingerprint }))
    for (const [n, value] of ['c0', 'c1'].entries()) {
      const action_type = `type-${n}`
      lookups.push({ kind: 'active_event', ...scope, action_type })
      lookups.push({ kind: 'active_event', ...scope, action_type, label: 'cluster', value })
      lookups.push({ kind: 'active_event', ...scope, action_type, value: 'c0' })
    }
    const active = [...m.events.values()].filter((event) => event.tenant === tenant && event.closed_at === null)
    assert.deepEqual(
      await store.lookup({ lookups }),
      lookups.map((asked) =>
        asked.kind === 'event_state'
          ? (m.events.get(`${tenant}/${asked.fingerprint}`)?.state ?? null)
          : active.some(
              ({ action_type, labels }) =>
                action_type === asked.action_type && (asked.value === undefined || labels['cluster'] === asked.value),
            ),
      ),
      'lookups',
    )
    for (const fingerprint of FINGERPRINTS) {
      const [real] = await store.event({ ...scope, fingerprint })
      const expected = m.events.get(`${tenant}/${fingerprint}`)
      const where = `event ${fingerprint} of ${tenant}`
      if (real === undefined || expected === undefined) {
        assert.equal(real, expected, where)
        continue
      }
      const fields = [
        'state',
        'occurrence',
        'version',
        'opened_at',
        'updated_at',
        'last_seen_at',
        'count',
        'labels',
        'action_type',
        'last_action_id',
      ] as const
      const pick = (of: object) =>
        Object.fromEntries(fields.map((field) => [field, (of as Record<string, unknown>)[field]]))
      assert.deepEqual(
        { ...pick(real), active: real.active, timeout: real.next_timeout },
        {
          ...pick(expected),
          active: expected.closed_at === null,
          timeout: expected.timeout === null ? null : { at: expected.timeout.at, to: expected.timeout.to },
        },
        where,
      )
      const history = await store.history({ ...scope, fingerprint })
      const lines = history.map(
        ({ version, occurrence, from, to, at }) => `${version}/${occurrence}: ${from} → ${to} @${at}`,
      )
      assert.deepEqual(lines, expected.history, `history of ${where}`)
    }
  }

  async function compareGroupsAndLetters(): Promise<void> {
    const groups = (await store.groups({ limit: 1_000 })).items
    const seen = groups.map(
      (group) =>
        `${group.tenant}/${group.group_key} ${group.group_id}: ${group.event_count} ${group.state} ${group.notify_at}`,
    )
    const expected = [...m.groups].map(([key, group]) => {
      const { ending, waiting, notified, notify_at } = group
      return `${key} ${ending.group_id}: ${waiting.length} ${notified && waiting.length === 0 ? 'notified' : 'pending'} ${notify_at}`
    })
    assert.deepEqual(seen.sort(), expected.sort(), 'groups')

    const letters = (await store.deadLetters({ limit: 1_000 })).items
    const expectedLetters = [...m.letters.values()]
    const lineOf = (id: string, name: string, nth: number, count: number) => {
      const known = m.letters.get(id)?.duplicates != null
      return `${id}: ${name} try ${nth}, ${known ? count : 'some'} duplicates`
    }
    assert.deepEqual(
      letters.map((letter) => lineOf(letter.id, nameOfReal(letter), letter.try, letter.duplicates.count)).sort(),
      expectedLetters.map(({ id, name, try: nth, duplicates }) => lineOf(id, name, nth, duplicates?.count ?? 0)).sort(),
      'dead letters',
    )
  }

  async function compareRecords(): Promise<void> {
    const entries = await store.outbox({ limit: 10_000 })
    assert.deepEqual(
      entries.map(({ entry: { decision } }) => `${decision.outcome.type}@${decision.completed_at}`).sort(),
      [...m.records].sort(),
      'records',
    )
  }
}
