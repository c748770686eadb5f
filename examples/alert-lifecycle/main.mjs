// Tracks an alert from firing through acknowledgment to resolution, lets another one go stale, and holds back the pods of
// a cluster that is down. Time is virtual: the hour passes in milliseconds.
import { strict as assert } from 'node:assert'
import { fileURLToPath } from 'node:url'
import { loadRules } from 'acteon'
import { assertEvent, assertOutcome, createSimulation } from 'acteon/testing'

const sim = await createSimulation({
  rules: await loadRules(fileURLToPath(new URL('rules', import.meta.url))),
  // What acteon.toml beside this file says, as a program says it.
  machines: [
    {
      name: 'alert',
      initial_state: 'firing',
      states: ['firing', 'acknowledged', 'resolved', 'stale'],
      transitions: [
        { from: 'firing', to: 'acknowledged' },
        { from: 'acknowledged', to: 'resolved' },
        { from: 'firing', to: 'resolved' },
      ],
      timeouts: [{ state: 'firing', after_seconds: 3600, transition_to: 'stale' }],
    },
  ],
  providers: { pagerduty: 'recording' },
})

const alert = (action_type, labels, status) => ({
  namespace: 'monitoring',
  tenant: 't1',
  provider: 'pagerduty',
  action_type,
  payload: {},
  metadata: { labels },
  ...(status !== undefined && { status }),
})
const told = () => sim.provider('pagerduty').calls.map(({ context }) => context.event?.new_state)

const fired = await sim.dispatch(alert('alert', { cluster: 'prod', service: 'api' }, 'firing'))
const { fingerprint } = assertOutcome(fired).stateChanged({ from: null, to: 'firing', notify: true })
console.log('1. The alert fires: null → firing, and PagerDuty is told.')
await sim.settle()
assert.deepEqual(told(), ['firing'])

const again = await sim.dispatch(alert('alert', { cluster: 'prod', service: 'api' }, 'firing'))
assertOutcome(again).stateChanged({ from: 'firing', to: 'firing', notify: false })
console.log('   It fires again: still firing, nobody is told twice.')

for (const [from, to] of [
  ['firing', 'acknowledged'],
  ['acknowledged', 'resolved'],
]) {
  const moved = await sim.during(sim.gateway.transition({ fingerprint, to, namespace: 'monitoring', tenant: 't1' }))
  assert.deepEqual([moved.previous_state, moved.new_state], [from, to])
  console.log(`${to === 'resolved' ? 3 : 2}. By hand: ${from} → ${to}.`)
}
await sim.settle()
assert.deepEqual(told(), ['firing', 'acknowledged', 'resolved'])

const forgotten = await sim.dispatch(alert('alert', { cluster: 'prod', service: 'web' }, 'firing'))
const other = assertOutcome(forgotten).stateChanged({ from: null, to: 'firing' })
await sim.advance('61m')
await assertEvent(sim, other.fingerprint, { state: 'stale', active: false })
console.log('4. Another alert is left alone for an hour: firing → stale, by itself.')

assertOutcome(await sim.dispatch(alert('pod_crash', { cluster: 'prod', pod: 'api-1' }))).executed()
console.log('5. A pod crashes: delivered.')
assertOutcome(await sim.dispatch(alert('cluster_down', { cluster: 'prod' }, 'firing'))).stateChanged({ to: 'firing' })
const held = await sim.dispatch(alert('pod_crash', { cluster: 'prod', pod: 'api-2' }))
assertOutcome(held).suppressed({ rule: 'inhibit-pod-alerts', reason: 'Parent cluster is down' })
assertOutcome(await sim.dispatch(alert('pod_crash', { cluster: 'test', pod: 'api-3' }))).executed()
console.log('6. The cluster goes down: its pods are held back, those of another cluster are not.')

await sim.close()
