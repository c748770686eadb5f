// Consolidates alerts of one cluster into one message: after a wait, by hand, or when the group is full.
import { strict as assert } from 'node:assert'
import { fileURLToPath } from 'node:url'
import { loadRules } from 'acteon'
import { assertOutcome, createSimulation } from 'acteon/testing'

const sim = await createSimulation({
  rules: await loadRules(fileURLToPath(new URL('rules/grouping.yaml', import.meta.url))),
  providers: { slack: 'recording' },
})
const alert = (seq, cluster = 'prod') => ({
  namespace: 'monitoring',
  tenant: 't1',
  provider: 'slack',
  action_type: 'cluster_alert',
  payload: { seq },
  metadata: { labels: { cluster, severity: 'warning' } },
})
const messages = () => sim.provider('slack').calls.map(({ action }) => action.payload)
const sequence = (message) => message.events.map(({ payload }) => payload.seq)

for (let seq = 1; seq <= 5; seq++) {
  const { group_size, notify_at } = assertOutcome(await sim.dispatch(alert(seq))).grouped({ size: seq })
  console.log(`Alert ${seq} is grouped: ${group_size} waiting, due at ${notify_at}.`)
}
const [group] = await sim.groups()
assert.equal(group.event_count, 5)
assert.equal(messages().length, 0)

await sim.during(sim.gateway.flush({ group_key: group.group_key }))
await sim.settle()
assert.deepEqual(sequence(messages()[0]), [1, 2, 3, 4, 5])
assert.deepEqual(messages()[0].labels, { cluster: 'prod', severity: 'warning' })
console.log(
  `Flushed by hand: one message, ${messages()[0].event_count} alerts, labels ${JSON.stringify(messages()[0].labels)}.`,
)

await sim.dispatch(alert(6))
await sim.advance('299s')
assert.equal(messages().length, 1)
await sim.advance('2s')
assert.deepEqual(sequence(messages()[1]), [6])
console.log(`A sixth waits for the end of the interval of five minutes: ${messages()[1].reason}.`)

for (let seq = 1; seq <= 100; seq++) await sim.dispatch(alert(seq, 'test'))
await sim.settle()
assert.equal(messages()[2].event_count, 100)
assert.equal(messages()[2].reason, 'size')
console.log('A hundred alerts of another cluster fill its group: sent at once, none dropped.')

await sim.dispatch(alert(1, 'quiet'))
await sim.advance('59s')
assert.equal(messages().length, 3)
await sim.advance('2s')
assert.equal(messages()[3].reason, 'wait')
console.log('A single one is sent after the wait of a minute.')

await sim.close()
