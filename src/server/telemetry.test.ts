import { createServer, type IncomingHttpHeaders } from 'node:http'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { parseConfig } from '../config/load.js'
import { createLog } from './log.js'
import { startServer } from './start.js'

interface Span {
  traceId: string
  spanId: string
  parentSpanId?: string
  name: string
  attributes: { key: string; value: { stringValue?: string; intValue?: number } }[]
  status: { code?: number }
}

/** A collector, and a receiver of webhooks that breaks once, on one port. */
async function peer(collectorStatus = 200) {
  const spans: Span[] = []
  const asked: IncomingHttpHeaders[] = []
  let calls = 0
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (piece) => (body += String(piece)))
    request.on('end', () => {
      if (request.url === '/hook') return response.writeHead(++calls === 1 ? 503 : 200).end('{}')
      asked.push(request.headers)
      const sent = JSON.parse(body) as { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] }
      if (collectorStatus === 200)
        spans.push(...sent.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)))
      return response.writeHead(collectorStatus, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans, asked }
}

async function configWith(text: string) {
  const folder = mkdtempSync(join(tmpdir(), 'acteon-telemetry-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(join(folder, 'rules'))
  writeFileSync(
    join(folder, 'rules', 'a.yaml'),
    'rules:\n  - { name: quiet, condition: { field: action.action_type, eq: quiet }, action: { type: suppress } }\n',
  )
  const { config, problems } = await parseConfig({ text, file: 'acteon.toml', folder }, {})
  if (config === undefined) throw new Error(JSON.stringify(problems))
  return config
}

const tomlFor = (url: string, telemetry: string): string =>
  `[server]\nport = 0\n[state]\nbackend = "memory"\n[telemetry]\n${telemetry}\n[[providers]]\nname = "hook"\ntype = "webhook"\nurl = "${url}/hook"\n`

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const dispatch = (url: string, action_type: string, headers: Record<string, string> = {}) =>
  fetch(`${url}/v1/dispatch`, {
    method: 'POST',
    headers,
    body: JSON.stringify({
      namespace: 'n',
      tenant: 't',
      provider: 'hook',
      action_type,
      payload: { secret: 'never-in-a-span' },
    }),
  })

it("an outcome and its attempts are spans of the caller's trace, and tell nothing of the payload", async () => {
  const { url, spans, asked } = await peer()
  const config = await configWith(
    tomlFor(url, `otlp_endpoint = "${url}/v1/traces"\notlp_headers = "x-token=abc, x-other=1"\nservice_name = "gate"`),
  )
  const server = await startServer(config, { log: createLog({ level: 'silent', format: 'json' }, () => undefined) })
  await dispatch(server.url, 'send', { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` })
  await dispatch(server.url, 'quiet')
  await server.stop()

  expect(asked[0]).toMatchObject({ 'x-token': 'abc', 'x-other': '1' })
  const [sent] = spans.filter(({ traceId, name }) => traceId === TRACE && name === 'acteon dispatch')
  expect(sent!.parentSpanId).toBe('00f067aa0ba902b7')
  const attempts = spans.filter(({ parentSpanId }) => parentSpanId === sent!.spanId)
  expect(attempts.map(({ name, status }) => [name, status.code ?? 0])).toEqual([
    ['deliver to hook', 2],
    ['deliver to hook', 0],
  ])
  const quiet = spans.find(({ attributes }) => attributes.some(({ value }) => value.stringValue === 'Suppressed'))!
  expect(quiet.traceId).not.toBe(TRACE)
  expect(quiet.attributes).toContainEqual({ key: 'acteon.rule', value: { stringValue: 'quiet' } })
  expect(JSON.stringify(spans)).not.toContain('never-in-a-span')
}, 60_000)

it('a collector that refuses is told once, and stops nothing', async () => {
  const { url, spans } = await peer(400)
  const lines: string[] = []
  const config = await configWith(tomlFor(url, `otlp_endpoint = "${url}/v1/traces"`))
  const server = await startServer(config, {
    log: createLog({ level: 'info', format: 'text' }, (line) => lines.push(line)),
  })
  expect((await dispatch(server.url, 'quiet')).status).toBe(200)
  await server.stop()
  expect(spans).toEqual([])
  expect(lines.filter((line) => line.includes('The collector does not take traces'))).toHaveLength(1)
}, 60_000)

it.each([
  ['otlp_endpoint = "collector:4318"', 'telemetry.otlp_endpoint is no http or https address'],
  ['otlp_endpoint = "http://c/v1/traces"\notlp_headers = "nonsense"', 'telemetry.otlp_headers must be'],
])('%s is refused', async (telemetry, says) => {
  const config = await configWith(tomlFor('http://127.0.0.1:9', telemetry))
  await expect(startServer(config)).rejects.toThrow(says)
})
