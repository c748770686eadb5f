// Routes actions over several providers: urgent ones are rerouted, many are throttled, emails get tracking fields.
import { strict as assert } from 'node:assert'
import { fileURLToPath } from 'node:url'
import { createGateway, loadRules, memoryState } from 'acteon'
import { assertOutcome, recordingProvider } from 'acteon/testing'

const email = recordingProvider('email')
const sms = recordingProvider('sms')
const gateway = await createGateway({
  state: memoryState(),
  rules: await loadRules(fileURLToPath(new URL('rules/multi_provider.yaml', import.meta.url))),
  providers: [email, sms, recordingProvider('webhook')],
})

const send = (action_type, payload) =>
  gateway.dispatch({ namespace: 'notifications', tenant: 'tenant-1', provider: 'email', action_type, payload })

const urgent = await send('send_notification', { priority: 'urgent', body: 'Server down!' })
assertOutcome(urgent).rerouted({ from: 'email', to: 'sms' })
console.log(`An urgent notification: ${urgent.type} from ${urgent.original_provider} to ${urgent.new_provider}.`)
assert.equal(email.calls.length, 0)

const normal = await send('send_notification', { body: 'Weekly digest' })
assertOutcome(normal).executed()
console.log(`A normal one: ${normal.type}.`)

const newsletter = await send('send_email', { to: 'user@example.com', subject: 'Newsletter' })
assertOutcome(newsletter).executed()
const sent = email.calls.at(-1).action.payload
assert.deepEqual(sent, {
  to: 'user@example.com',
  subject: 'Newsletter',
  tracking_enabled: true,
  source: 'acteon-gateway',
})
console.log(`An email: ${newsletter.type}; what was sent: ${JSON.stringify(sent)}.`)

const outcomes = []
for (let seq = 1; seq <= 99; seq++) outcomes.push(await send('send_notification', { seq }))
const passed = outcomes.filter(({ type }) => type === 'Executed').length
const throttled = assertOutcome(outcomes.at(-1)).throttled({ rule: 'throttle-notifications' })
assert.equal(passed, 98)
console.log(
  `99 more notifications: ${passed} pass, because two have passed before and the rerouted one counts; the last is ${throttled.type} for ${throttled.retry_after.secs} s.`,
)

await gateway.close()
