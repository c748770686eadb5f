// Routes critical alerts to a webhook and deduplicates them there. The webhook is a real one, on this machine; it is
// broken for a moment, so that a retry can be seen.
import { strict as assert } from 'node:assert'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { configuredProviders, createGateway, loadRules, memoryState } from 'acteon'
import { assertOutcome } from 'acteon/testing'

const received = []
const receiver = createServer((request, response) => {
  let body = ''
  request.on('data', (piece) => (body += piece))
  request.on('end', () => {
    received.push({ path: request.url, key: request.headers['idempotency-key'], body })
    const broken = received.filter(({ path }) => path === '/webhook').length === 1
    response.writeHead(broken && request.url === '/webhook' ? 503 : 200, { 'content-type': 'application/json' })
    response.end('{"ok":true}')
  })
})
await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve))
const base = `http://127.0.0.1:${receiver.address().port}`

const gateway = await createGateway({
  state: memoryState(),
  rules: await loadRules(fileURLToPath(new URL('rules/webhook_routing.yaml', import.meta.url))),
  providers: configuredProviders([
    { name: 'slack', type: 'webhook', url: `${base}/slack` },
    { name: 'webhook', type: 'webhook', url: `${base}/webhook` },
  ]),
})
const alert = (severity, message, dedup_key) =>
  gateway.dispatch({
    namespace: 'monitoring',
    tenant: 'acme-corp',
    provider: 'slack',
    action_type: 'alert',
    payload: { severity, message },
    ...(dedup_key !== undefined && { dedup_key }),
  })
const to = (path) => received.filter((call) => call.path === path)

assertOutcome(await alert('warning', 'Response times elevated')).executed()
console.log('A warning stays on Slack: Executed.')

assertOutcome(await alert('critical', 'Database unreachable', 'db-unreachable')).rerouted({
  from: 'slack',
  to: 'webhook',
})
const [first, second] = to('/webhook')
assert.equal(first.key, second.key)
assert.equal(first.body, second.body)
console.log(
  'A critical alert goes to the webhook: Rerouted. It answered 503 first; the second attempt had the same key and bytes.',
)

assertOutcome(await alert('critical', 'Database unreachable', 'db-unreachable')).deduplicated()
console.log('The same again: Deduplicated.')

assert.deepEqual([to('/slack').length, to('/webhook').length], [1, 2])
await gateway.close()
receiver.close()
