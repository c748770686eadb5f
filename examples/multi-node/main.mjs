// Three nodes, one Redis and one PostgreSQL: what is promised holds over all of them. `npm run example multi-node` takes
// the servers that REDIS_URL and DATABASE_URL name, else starts its own.
import { strict as assert } from 'node:assert'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))
const program = fileURLToPath(new URL('../../bin/acteon.js', import.meta.url))
const NODES = 3
const scope = { namespace: 'demo', tenant: 'acme' }

const received = []
const receiver = createServer((request, response) => {
  let body = ''
  request.on('data', (piece) => (body += piece))
  request.on('end', () => {
    received.push(JSON.parse(body))
    response.end('{"ok":true}')
  })
})
const port = await listening(receiver)

const env = {
  ...process.env,
  EXAMPLE_PREFIX: `example_${randomBytes(4).toString('hex')}`,
  RECEIVER_URL: `http://127.0.0.1:${port}/hook`,
}
const children = []
try {
  const nodes = await Promise.all(Array.from({ length: NODES }, startNode))
  console.log(`Three nodes run: ${nodes.join(', ')}.`)
  await show(nodes)
} finally {
  await Promise.all(children.map(stopped))
  receiver.close()
}

async function show(nodes) {
  const stream = await follow(nodes[2])

  const once = await toAll(nodes, 30, () => ({ action_type: 'once', dedup_key: 'k' }))
  assert.deepEqual(once, { Executed: 1, Deduplicated: 29 })
  console.log('1. The same dedup key 30 times, to all nodes at once: 1 executed, 29 deduplicated.')

  const few = await toAll(nodes, 30, () => ({ action_type: 'few' }))
  assert.deepEqual(few, { Executed: 5, Throttled: 25 })
  console.log('2. 30 actions under a throttle of 5 a minute, to all nodes at once: 5 executed, 25 throttled.')

  const together = await toAll(nodes, 9, () => ({ action_type: 'together', metadata: { labels: { cluster: 'prod' } } }))
  assert.deepEqual(together, { Grouped: 9 })
  const batch = await until('the batch arrives', () => sent('together')[0])
  assert.equal(batch.payload.event_count, 9)
  console.log('3. 9 actions of one group, 3 to each node: one batch of 9.')

  const fired = await toAll(nodes, 3, () => ({
    action_type: 'alert',
    status: 'firing',
    metadata: { labels: { service: 'api' } },
  }))
  assert.deepEqual(fired, { StateChanged: 3 })
  await until('the event is stale', () => sent('alert').find(({ event }) => event.new_state === 'stale'))
  const { events } = await ask(nodes[1], `/v1/events?${new URLSearchParams(scope)}`)
  const { history } = await ask(
    nodes[1],
    `/v1/events/${encodeURIComponent(events[0].fingerprint)}?${new URLSearchParams(scope)}`,
  )
  assert.deepEqual(
    history.map(({ from, to }) => [from, to]),
    [
      [null, 'firing'],
      ['firing', 'stale'],
    ],
  )
  assert.deepEqual(
    sent('alert').map(({ event }) => event.new_state),
    ['firing', 'stale'],
  )
  console.log(
    '4. An event that three nodes saw fire, and that nobody acknowledged: one transition to stale, told once.',
  )

  await ask(nodes[0], '/v1/rules/once/enabled', { method: 'PUT', body: '{"enabled": false}' })
  const switched = performance.now()
  await until('the switch holds on every node', async () => {
    const rules = await Promise.all(nodes.map((node) => ask(node, '/v1/rules')))
    return rules.every((all) => all.find(({ name }) => name === 'once').enabled === false) || undefined
  })
  assert.ok(performance.now() - switched < 5_000)
  console.log('5. A rule switched off on the first node is off on all.')

  const seen = await until('the third node has streamed all', () => {
    const ids = stream.filter(({ type }) => type === 'action_dispatched').map(({ action_id }) => action_id)
    return new Set(ids).size >= 30 + 30 + 9 + 3 ? ids : undefined
  })
  const records = await until('the audit has them all', async () => {
    const { total } = await ask(nodes[0], `/v1/audit?${new URLSearchParams({ ...scope, limit: '1' })}`)
    return total >= 30 + 30 + 9 + 3 ? total : undefined
  })
  console.log(`6. The stream of the third node showed ${new Set(seen).size} actions, whichever node took them in;`)
  console.log(`   the audit in PostgreSQL has ${records} records.`)
}

/** Sends `count` actions, spread over the nodes, all at once; how many had each outcome. */
async function toAll(nodes, count, action) {
  const outcomes = await Promise.all(
    Array.from({ length: count }, (_, i) =>
      ask(nodes[i % nodes.length], '/v1/dispatch', {
        method: 'POST',
        body: JSON.stringify({ ...scope, provider: 'hook', payload: { n: i }, ...action() }),
      }),
    ),
  )
  const tally = {}
  for (const outcome of outcomes) {
    const word = typeof outcome === 'string' ? outcome : Object.keys(outcome)[0]
    tally[word] = (tally[word] ?? 0) + 1
  }
  return tally
}

function sent(actionType) {
  return received.filter(({ action_type }) => action_type === actionType)
}

async function ask(node, path, options) {
  const answer = await fetch(node + path, options)
  const body = await answer.json()
  assert.ok(answer.ok, `${path} answered ${answer.status}: ${JSON.stringify(body)}`)
  return body
}

/** What a node's stream tells from now on, as it comes. */
async function follow(node) {
  const { body } = await fetch(`${node}/v1/stream`)
  const messages = []
  void (async () => {
    let text = ''
    for await (const piece of body.pipeThrough(new TextDecoderStream())) {
      text += piece
      const blocks = text.split('\n\n')
      text = blocks.pop()
      for (const line of blocks.flatMap((block) => block.split('\n')))
        if (line.startsWith('data: ')) messages.push(JSON.parse(line.slice(6)))
    }
  })().catch(() => {})
  return messages
}

async function startNode() {
  const own = await freePort()
  const child = spawn(process.execPath, [program, '-c', 'acteon.toml', '--host', '127.0.0.1', '--port', `${own}`], {
    cwd: here,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  let said = ''
  for (const output of [child.stdout, child.stderr]) output.on('data', (piece) => (said = (said + piece).slice(-4_000)))
  const url = `http://127.0.0.1:${own}`
  await until(`the node at ${url} is ready`, async () => {
    if (child.exitCode !== null) throw new Error(`a node ended with status ${child.exitCode}:\n${said}`)
    const answer = await fetch(`${url}/ready`).catch(() => undefined)
    return answer?.ok || undefined
  })
  return url
}

function stopped(child) {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  return ended
}

async function freePort() {
  const server = createServer()
  const found = await listening(server)
  await new Promise((resolve) => server.close(resolve))
  return found
}

function listening(server) {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)))
}

async function until(what, probe) {
  for (const end = performance.now() + 30_000; performance.now() < end;) {
    const found = await probe()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`waited 30 s until ${what}`)
}
