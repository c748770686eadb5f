import assert from 'node:assert/strict'
import type { Lookup } from '../store.js'
import { moveTo, SCOPE } from './builders.js'
import { HOUR, type Chapter, type World } from './harness.js'

type Asked = { action_type: string; label?: string; value?: string; tenant?: string }
const active = (asked: Asked): Lookup => ({ kind: 'active_event', ...SCOPE, ...asked })
const stateOf = (fingerprint: string, tenant: string = SCOPE.tenant): Lookup => ({
  kind: 'event_state',
  namespace: SCOPE.namespace,
  tenant,
  fingerprint,
})
const ask = (w: World, ...lookups: Lookup[]) => w.store.lookup({ lookups })

const open = (w: World, id: string, more: Parameters<typeof moveTo>[1] = {}, status = 'firing') =>
  w.settled({ id, ending: moveTo(status, { fingerprint: 'f1', action_type: 'cluster_down', ...more }) })

/** What conditions ask (spec section 4). */
export const lookups: Chapter = (test) => {
  test('whether there is an active event of a type', async (w) => {
    assert.deepEqual(await ask(w, active({ action_type: 'cluster_down' })), [false])
    await open(w, 'a1')
    const asked = [active({ action_type: 'cluster_down' }), active({ action_type: 'disk_full' })]
    assert.deepEqual(await ask(w, ...asked), [true, false])
  })

  test('of a type whose label has a value, or with a value under any label', async (w) => {
    await open(w, 'a1', { labels: { cluster: 'east', region: 'eu' } })
    const type = { action_type: 'cluster_down' }
    const answers = await ask(
      w,
      active({ ...type, label: 'cluster', value: 'east' }),
      active({ ...type, label: 'cluster', value: 'eu' }),
      active({ ...type, label: 'region', value: 'east' }),
      active({ ...type, value: 'eu' }),
      active({ ...type, value: 'east' }),
      active({ ...type, value: 'west' }),
      active({ action_type: 'disk_full', label: 'cluster', value: 'east' }),
    )
    assert.deepEqual(answers, [true, false, false, true, true, false, false])
  })

  test('a closed event is not active, and a new occurrence is, under the labels that opened it', async (w) => {
    await open(w, 'a1', { labels: { cluster: 'east' } })
    await open(w, 'a2', { labels: { cluster: 'west' } }, 'acknowledged')
    const east = active({ action_type: 'cluster_down', label: 'cluster', value: 'east' })
    const west = active({ action_type: 'cluster_down', label: 'cluster', value: 'west' })
    assert.deepEqual(await ask(w, east, west), [true, false])
    await open(w, 'a3', {}, 'resolved')
    assert.deepEqual(await ask(w, east, west, active({ action_type: 'cluster_down' })), [false, false, false])
    await open(w, 'a4', { labels: { cluster: 'west' } })
    assert.deepEqual(await ask(w, east, west), [false, true])
  })

  test('one of several is enough, until the last is closed', async (w) => {
    const asked = active({ action_type: 'cluster_down', value: 'east' })
    await open(w, 'a1', { labels: { cluster: 'east' } })
    await open(w, 'a2', { labels: { cluster: 'east' }, fingerprint: 'f2' })
    await open(w, 'a3', {}, 'resolved')
    assert.deepEqual(await ask(w, asked), [true])
    await open(w, 'a4', { fingerprint: 'f2' }, 'resolved')
    assert.deepEqual(await ask(w, asked), [false])
  })

  test('moves by hand and by timeout count as well', async (w) => {
    await open(w, 'a1')
    await w.pass(300_000)
    await w.due()
    assert.deepEqual(await ask(w, stateOf('f1'), active({ action_type: 'cluster_down' })), ['stale', true])
    await w.moveByHand('resolved')
    assert.deepEqual(await ask(w, stateOf('f1'), active({ action_type: 'cluster_down' })), ['resolved', false])
  })

  test('the state of a fingerprint, or null when there is no such event', async (w) => {
    await open(w, 'a1')
    assert.deepEqual(await ask(w, stateOf('f1'), stateOf('f2'), stateOf('f1', 'other')), ['firing', null, null])
    await open(w, 'a2', {}, 'resolved')
    assert.deepEqual(await ask(w, stateOf('f1')), ['resolved'])
    await w.pass(HOUR + 1)
    assert.deepEqual(await ask(w, stateOf('f1')), [null])
  })

  test('another tenant and namespace are not seen', async (w) => {
    await open(w, 'a1')
    const elsewhere = { ...active({ action_type: 'cluster_down' }), namespace: 'other' } as Lookup
    assert.deepEqual(await ask(w, active({ action_type: 'cluster_down', tenant: 'acme.us' }), elsewhere), [
      false,
      false,
    ])
  })

  test('no lookups have no answers', async (w) => {
    assert.deepEqual(await ask(w), [])
  })
}
