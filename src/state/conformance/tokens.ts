import assert from 'node:assert/strict'
import { StoreRefused, TOKEN_KEPT_MS } from '../store.js'
import {
  answer,
  failed,
  group,
  letter,
  moveTo,
  requestFor,
  reservation,
  schedule,
  SCOPE,
  suppressed,
  window,
  MACHINES,
} from './builders.js'
import { HOUR, matches, type Chapter, type World } from './harness.js'

/** What can be seen of a store, to say that nothing changed. */
const everything = async (w: World) => ({
  records: await w.records(),
  frames: await w.frames(),
  stats: { ...(await w.store.stats()), job_lag_ms: 0 },
  events: await w.store.events({}),
  groups: await w.store.groups({}),
  open: await w.store.openEntries({}),
  letters: await w.store.deadLetters({}),
})

/** Asks twice with one token: the second answer must be the first, and nothing may change between. */
async function twice<T>(w: World, send: () => Promise<T>): Promise<T> {
  const first = await send()
  const before = await everything(w)
  await w.pass(1_000)
  assert.deepEqual(await send(), first, 'the second answer differs from the first')
  assert.deepEqual(await everything(w), before, 'the second sending changed something')
  return first
}

/** Tokens and deadlines: every operation can be asked again until it answers. */
export const tokens: Chapter = (test) => {
  test('an admission repeated with its token gives the first answer, and takes nothing again', async (w) => {
    const op = w.op()
    const request = { ...op, ...requestFor({ id: 'a1', gates: [window(2, HOUR), reservation()] }, w.owner) }
    matches(await twice(w, () => w.store.admit({ ...request, now: w.now })), { kind: 'deliver' })
    await w.deliver({ id: 'a2', gates: [window(2, HOUR)] })
  })

  test('so do refusals and endings: a duplicate is counted once, a member joins once, an event moves once', async (w) => {
    const holder = await w.deliver({ id: 'a1', gates: [reservation()] })
    const sends = [
      { id: 'dup', gates: [reservation()] },
      { id: 'member', ending: group('member', { max_size: 2 }) },
      { id: 'filling', ending: group('filling', { max_size: 2 }) },
      { id: 'alert', ending: moveTo('firing') },
      { id: 'later', ending: schedule(60_000) },
      { id: 'quiet', ending: answer(suppressed()) },
    ]
    for (const sent of sends) {
      const op = w.op()
      await twice(w, () => w.store.admit({ ...op, now: w.now, ...requestFor(sent, w.owner) }))
    }
    assert.equal((await w.complete(holder)).duplicates.count, 1)
  })

  test('completing, parking and calling off', async (w) => {
    await w.deliver({ id: 'a1', lane: 'x' })
    const first = { ...(await w.entry('a1')) }
    await w.admit({ id: 'a2', lane: 'x' })
    const admission = await w.deliver({ id: 'b1' })
    const parking = { ...w.op(), owner: w.owner, key: admission.key, fence: admission.fence, attempts: [] }
    matches(await twice(w, () => w.store.park({ ...parking, now: w.now, delay_ms: 60_000 })), { kind: 'parked' })
    const completing = w.completing({ ...admission, key: first.key, fence: first.fence }, failed(), letter())
    matches(await twice(w, () => w.store.complete({ ...completing, now: w.now })), { kind: 'done', follow: [{}] })
  })

  test('resuming and running what is due: the same work, handed out once', async (w) => {
    await w.settled({ id: 'a1', ending: schedule(20_000) })
    await w.deliver({ id: 'a2' })
    w.now += 20_000
    const owner = await w.join('b')
    const resuming = { ...w.op(), owner, limit: 10 }
    assert.equal((await twice(w, () => w.store.resume({ ...resuming, now: w.now }))).length, 1)
    const due = { ...w.op(), owner, limit: 10, machines: MACHINES }
    matches(await twice(w, () => w.store.due({ ...due, now: w.now })), { ran: 1, admissions: [{}] })
  })

  test('flushing, moving by hand, redelivering, editing and discarding', async (w) => {
    await w.settled({ id: 'm', ending: group('m', { interval_ms: 60_000 }) })
    const flushing = { ...w.op(), ...SCOPE, owner: w.owner, group_key: 'together:g1' }
    matches(await twice(w, () => w.store.flush({ ...flushing, now: w.now })), { admission: {} })
    const first = await w.deliver({ id: 'a1' })
    await w.complete(first, failed(), letter('l1'))
    const { id, version, context } = (await w.store.deadLetter('l1'))!
    const again = { ...w.op(), owner: w.owner, id, version, context, force: false, idempotency_key: 'k' }
    matches(await twice(w, () => w.store.redeliver({ ...again, now: w.now })), { kind: 'deliver' })
  })

  test('writing a record, taking permits, joining', async (w) => {
    const writing = { ...w.op(), kind: 'k', name: 'n', version: 0, value: 1 }
    matches(await twice(w, () => w.store.casRecord({ ...writing, now: w.now })), { value: 1 })
    const taking = { ...w.op(), name: 'email', per_second: 10, count: 4 }
    matches(await twice(w, () => w.store.take({ ...taking, now: w.now })), { granted: 4 })
    assert.ok((await w.store.take({ ...w.op(), name: 'email', per_second: 10, count: 4 })).granted > 0)
    const joining = { ...w.op(), node: 'b' }
    await twice(w, () => w.store.join({ ...joining, now: w.now }))
  })

  test('of many sendings of one operation at the same moment one takes effect, and all have its answer', async (w) => {
    const op = w.op()
    const request = { ...op, ...requestFor({ id: 'a1', gates: [window(1, HOUR)] }, w.owner) }
    const answers = await Promise.all(Array.from({ length: 10 }, () => w.store.admit(request)))
    for (const each of answers) assert.deepEqual(each, answers[0])
    matches(answers[0], { kind: 'deliver' })
  })

  test('a token is remembered for a minute', async (w) => {
    const op = { ...w.op(), deadline: w.now + 10 * TOKEN_KEPT_MS }
    const send = () => w.store.admit({ ...op, now: w.now, ...requestFor({ id: 'a1' }, w.owner) })
    const first = await send()
    await w.pass(TOKEN_KEPT_MS - 1)
    while ((await w.store.sweep({ ...w.op(), limit: 100 })) > 0);
    assert.deepEqual(await send(), first)
  })

  test('after its deadline an operation is refused and changes nothing', async (w) => {
    const running = await w.deliver({ id: 'running' })
    const before = await everything(w)
    const late = { token: 'late', deadline: w.now - 1, now: w.now }
    const { owner } = w
    const { key, fence } = running
    const refused: (() => Promise<unknown>)[] = [
      () => w.store.admit({ ...requestFor({ id: 'a1' }, owner), ...late }),
      () => w.store.complete({ ...w.completing(running), ...late }),
      () => w.store.park({ ...late, owner, key, fence, delay_ms: 1, attempts: [] }),
      () => w.store.casRecord({ ...late, kind: 'k', name: 'n', version: 0, value: 1 }),
      () => w.store.resume({ ...late, owner, limit: 1 }),
      () => w.store.due({ ...late, owner, limit: 1, machines: MACHINES }),
      () => w.store.join({ ...late, node: 'late' }),
      () => w.store.take({ ...late, name: 'email', per_second: 1, count: 1 }),
      () => w.store.flush({ ...late, ...SCOPE, owner, group_key: 'g' }),
    ]
    for (const send of refused)
      await assert.rejects(
        send,
        (error: unknown) => error instanceof StoreRefused && error.lateMs === 1,
        send.toString(),
      )
    assert.deepEqual(await everything(w), before)
    assert.equal(await w.store.readRecord('k', 'n'), null)
  })

  test('at its deadline it still takes effect', async (w) => {
    const request = { ...requestFor({ id: 'a1' }, w.owner), token: 't', deadline: w.now, now: w.now }
    matches(await w.store.admit(request), { kind: 'deliver' })
  })
}
