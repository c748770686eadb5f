import assert from 'node:assert/strict'
import { failed, group, letter, moveTo, reservation, schedule, SCOPE, window } from './builders.js'
import { DAY, everyPage, HOUR, matches, type Chapter, type World } from './harness.js'

/** Caps per tenant. */
export const limits: Chapter = (test) => {
  const refused = (what: string, cap: number) => ({ kind: 'limit', what, cap })

  test(
    'a group beyond the cap is refused; who joins an open one, and other tenants, are not',
    async (w) => {
      await w.settled({ id: 'a1', ending: group('a1', { name: 'g1' }) })
      await w.settled({ id: 'a2', ending: group('a2', { name: 'g2' }) })
      const third = { id: 'a3', ending: group('a3', { name: 'g3' }), gates: [window(1, HOUR), reservation()] }
      assert.deepEqual(await w.admit(third), refused('open_groups', 2))
      assert.deepEqual(await w.admit(third), refused('open_groups', 2), 'nothing was taken, the id is unknown')
      await w.settled({ id: 'a4', ending: group('a4', { name: 'g1' }) })
      await w.settled({ id: 'a5', tenant: 'other', ending: group('a5', { name: 'g3' }) })
      await w.store.flush({ ...w.op(), ...SCOPE, owner: w.owner, group_key: 'together:g1' })
      matches(await w.settled(third), { outcome: { type: 'Grouped' }, try: 1 })
    },
    { limits: { open_groups: 2 } },
  )

  test(
    'an event beyond the cap is refused; moves of known ones are not, and a closed one makes room',
    async (w) => {
      const send = (id: string, fingerprint: string, status: string) =>
        w.admit({ id, ending: moveTo(status, { fingerprint }) })
      await send('a1', 'f1', 'firing')
      assert.deepEqual(await send('a2', 'f2', 'firing'), refused('active_events', 1))
      matches(await send('a3', 'f1', 'acknowledged'), { kind: 'settled' })
      matches(await send('a4', 'f1', 'resolved'), { kind: 'settled' })
      matches(await send('a5', 'f2', 'firing'), { kind: 'settled' })
    },
    { limits: { active_events: 1 } },
  )

  test(
    'a key beyond the cap is refused; a released one makes room, and another gate still decides first',
    async (w) => {
      const first = await w.deliver({ id: 'a1', gates: [reservation('x')] })
      matches(await w.admit({ id: 'a2', gates: [reservation('y'), window(1, HOUR)] }), refused('reservations', 1))
      matches(await w.admit({ id: 'a3', gates: [reservation('x')] }), { outcome: { type: 'Deduplicated' } })
      await w.deliver({ id: 'a4', gates: [window(1, HOUR)] })
      await w.complete(first, failed())
      await w.deliver({ id: 'a5', gates: [reservation('y')] })
    },
    { limits: { reservations: 1 } },
  )

  test(
    'a job beyond the cap is refused; one that ran makes room',
    async (w) => {
      await w.settled({ id: 'a1', ending: schedule(1_000) })
      await w.settled({ id: 'a2', ending: schedule(1_000) })
      assert.deepEqual(await w.admit({ id: 'a3', ending: schedule(1_000) }), refused('jobs', 2))
      matches(await w.settled({ id: 'a4', tenant: 'other', ending: schedule(1_000) }), {})
      await w.pass(1_000)
      await w.due()
      await w.settled({ id: 'a3', ending: schedule(1_000) })
    },
    { limits: { jobs: 2 } },
  )
}

/** Upkeep, lists and figures. */
export const upkeep: Chapter = (test) => {
  const sweep = async (w: World): Promise<number> => {
    let removed = 0
    for (let last = -1; last !== 0; removed += last) last = await w.store.sweep({ ...w.op(), limit: 10 })
    return removed
  }

  test('sweeping frees what has expired, in short steps, and changes no decision', async (w) => {
    const gates = [reservation('k', { ttl_ms: 5_000 }), window(1, 5_000)]
    await w.complete(await w.deliver({ id: 'held', gates }))
    const open = await w.deliver({ id: 'open', gates: [reservation('open', { ttl_ms: 1_000 })] })
    await w.settled({ id: 'member', ending: group('member', { wait_ms: DAY }) })
    await w.settled({ id: 'alert', ending: moveTo('acknowledged') })
    await w.pass(4_999)
    await sweep(w)
    matches(await w.settled({ id: 'x1', gates: [gates[0]!] }), { outcome: { type: 'Deduplicated' } })
    matches(await w.settled({ id: 'x2', gates: [gates[1]!] }), { outcome: { type: 'Throttled' } })
    await w.pass(5 * 60_000)
    await sweep(w)
    matches(await w.settled({ id: 'x3', gates: [reservation('open')] }), { outcome: { type: 'Deduplicated' } })
    matches(await w.admit({ id: 'held' }), { kind: 'replayed' })
    matches(await w.store.group({ ...SCOPE, group_key: 'together:g1' }), [{ event_count: 1 }])
    matches(await w.store.event({ ...SCOPE, fingerprint: 'f1' }), [{ state: 'acknowledged' }])
    await w.complete(open)
  })

  test('when all has expired it is all removed, and then there is nothing left to remove', async (w) => {
    for (let n = 0; n < 30; n++) {
      const gates = [reservation(`k${n}`), window(3, 1_000, { key: String(n).padStart(64, '0') })]
      await w.complete(await w.deliver({ id: `a${n}`, gates }))
    }
    await w.settled({ id: 'e1', ending: moveTo('firing') }).then(({ follow }) => w.complete(follow[0]!))
    await w.settled({ id: 'e2', ending: moveTo('resolved') }).then(({ follow }) => w.complete(follow[0]!))
    await w.pass(2 * DAY)
    assert.ok((await sweep(w)) > 30)
    assert.equal(await w.store.sweep({ ...w.op(), limit: 10 }), 0)
    assert.equal(await w.store.entry({ ...SCOPE, space: 'caller', id: 'a1' }), null)
    assert.deepEqual(await w.store.event({ ...SCOPE, fingerprint: 'f1' }), [])
  })

  test('open entries are listed oldest first, whatever keeps them open, page by page', async (w) => {
    await w.deliver({ id: 'running', lane: 'x' })
    await w.pass(1)
    await w.admit({ id: 'queued', lane: 'x' })
    await w.pass(1)
    const { owner, key, fence } = await w.deliver({ id: 'parked' })
    await w.store.park({ ...w.op(), owner, key, fence, delay_ms: 60_000, attempts: [] })
    await w.pass(1)
    await w.settled({ id: 'scheduled', ending: schedule(60_000) })
    await w.complete(await w.deliver({ id: 'settled' }))
    await w.deliver({ id: 'elsewhere', tenant: 'other' })
    const listed = await everyPage(2, (cursor) => w.store.openEntries({ ...SCOPE, limit: 2, cursor }))
    assert.deepEqual(
      listed.map(({ key: { id }, status }) => [id, status]),
      ['running', 'queued', 'parked', 'scheduled'].map((name) => [name, name]),
    )
    assert.equal((await w.store.openEntries({})).items.length, 5)
  })

  test('open entries are listed by what keeps them open, and by id', async (w) => {
    await w.deliver({ id: 'running', lane: 'x' })
    await w.admit({ id: 'queued', lane: 'x' })
    for (const id of ['s1', 's2', 's3', 's4']) await w.settled({ id, ending: schedule(60_000) })
    await w.deliver({ id: 'running', tenant: 'other' })
    await w.deliver({ id: "it's \ue000 😀" })
    const listed = async (asked: Parameters<typeof w.store.openEntries>[0]) =>
      (await everyPage(2, (cursor) => w.store.openEntries({ limit: 2, ...asked, cursor }))).map(
        ({ key: { tenant, id } }) => `${tenant} ${id}`,
      )
    const { tenant } = SCOPE
    assert.deepEqual(await listed({ ...SCOPE, statuses: ['running', 'queued', 'parked'] }), [
      `${tenant} running`,
      `${tenant} queued`,
      `${tenant} it's \ue000 😀`,
    ])
    assert.deepEqual(
      await listed({ ...SCOPE, statuses: ['scheduled'] }),
      ['s1', 's2', 's3', 's4'].map((id) => `${tenant} ${id}`),
    )
    assert.deepEqual(await listed({ ...SCOPE, statuses: ['parked'] }), [])
    assert.deepEqual(await listed({ id: 'running' }), [`${tenant} running`, 'other running'])
    assert.deepEqual(await listed({ ...SCOPE, id: 'running' }), [`${tenant} running`])
    assert.deepEqual(await listed({ id: "it's \ue000 😀" }), [`${tenant} it's \ue000 😀`])
    assert.deepEqual(await listed({ id: 's3', statuses: ['running'] }), [])
    assert.deepEqual(await listed({ id: 'unknown' }), [])
  })

  test('groups are listed page by page, complete and without doubles', async (w) => {
    const names = ['g0', 'g1', 'g2', 'g3', 'g4']
    for (const name of names) await w.settled({ id: name, ending: group(name, { name }) })
    await w.settled({ id: 'x', tenant: 'other', ending: group('x') })
    const listed = await everyPage(2, (cursor) => w.store.groups({ ...SCOPE, limit: 2, cursor }))
    assert.deepEqual(
      listed.map(({ group_key }) => group_key).sort(),
      names.map((name) => `together:${name}`),
    )
    assert.equal((await w.store.groups({})).items.length, 6)
  })

  test('events are listed newest change first, one per fingerprint, page by page', async (w) => {
    const send = async (fingerprint: string, status: string) => {
      await w.pass(1_000)
      await w.settled({ id: `${fingerprint}-${status}`, ending: moveTo(status, { fingerprint }) })
    }
    for (const fingerprint of ['f1', 'f2', 'f3', 'f4', 'f5']) await send(fingerprint, 'firing')
    await send('f2', 'resolved')
    await send('f1', 'acknowledged')
    const list = (more: object) => everyPage(2, (cursor) => w.store.events({ ...SCOPE, limit: 2, cursor, ...more }))
    const fingerprints = async (more: object) => (await list(more)).map(({ fingerprint }) => fingerprint)
    assert.deepEqual(await fingerprints({}), ['f1', 'f2', 'f5', 'f4', 'f3'])
    assert.deepEqual(await fingerprints({ status: 'firing' }), ['f5', 'f4', 'f3'])
    assert.deepEqual(await fingerprints({ active: true }), ['f1', 'f5', 'f4', 'f3'])
    assert.deepEqual(await fingerprints({ active: false }), ['f2'])
    assert.deepEqual(await fingerprints({ tenant: 'other' }), [])
  })

  test('the figures count what is there', async (w) => {
    await w.deliver({ id: 'running', lane: 'x' })
    await w.admit({ id: 'queued', lane: 'x' })
    const { owner, key, fence } = await w.deliver({ id: 'parked' })
    await w.store.park({ ...w.op(), owner, key, fence, delay_ms: 60_000, attempts: [] })
    await w.settled({ id: 'scheduled', ending: schedule(30_000) })
    await w.settled({ id: 'member', ending: group('member', { wait_ms: HOUR }) })
    await w.settled({ id: 'alert', ending: moveTo('acknowledged') })
    await w.complete(await w.deliver({ id: 'failing' }), failed(), letter())
    matches(await w.store.stats(), {
      queued: 1,
      parked: 1,
      scheduled: 1,
      groups: 1,
      events: 1,
      dead_letters: 1,
      outbox: 4,
      job_lag_ms: 0,
    })
    await w.pass(40_000)
    assert.equal((await w.store.stats()).job_lag_ms, 10_000)
  })

  test('a store that works says so', async (w) => {
    matches(await w.store.health(), { ok: true })
    assert.ok(w.store.durability.class !== '' && w.store.durability.says !== '')
  })
}
