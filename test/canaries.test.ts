import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer, until, type RunningServer } from './server.js'

/** Secrets that can be told from all else, and from each other. */
const planted: string[] = []
const canary = (name: string): string => {
  const secret = `cnry${planted.length.toString().padStart(2, '0')}${name}x7Qz9`
  planted.push(secret)
  return secret
}
const configured = {
  smtp: canary('smtp'),
  bearer: canary('bearer'),
  header: canary('header'),
  basic: canary('basic'),
  slack: canary('slack'),
  pagerduty: canary('routing').padEnd(32, '0'),
  twilio: canary('twilio'),
  discord: canary('discord'),
  teams: canary('teams'),
  unused: canary('unused'),
  signing: Buffer.from(canary('signing') + 'padding for the length').toString('base64'),
  sealing: 'c5'.repeat(30) + 'c5c5',
}
planted.push(configured.pagerduty, configured.signing, configured.sealing)

const AWS = 'AKIAIOSFODNN7CANARY0'
/** What is masked without anybody asking: by name, at any depth, or by form. */
const sent = {
  password: canary('password'),
  token: canary('token'),
  api_key: canary('apikey'),
  secret: canary('secret'),
  authorization: `Bearer ${canary('authorization')}`,
  nested: { deep: [{ password: canary('deep') }, { Password: canary('case') }] },
  cookie: canary('cookie'),
  private_key: canary('private'),
  access_token: canary('access'),
  refresh_token: canary('refresh'),
  client_secret: canary('client'),
  chosen: { card: canary('chosen') },
  link: `https://user:${canary('userinfo')}@example.com/path`,
  note: `the key is ${AWS}, said the log`,
}
planted.push(AWS)
const labels = { password: canary('label'), cluster: 'prod' }
const requestHeaders = {
  authorization: `Bearer ${canary('callerkey')}`,
  'x-api-key': canary('callerkey2'),
  cookie: `session=${canary('session')}`,
}
const answered = {
  password: canary('answerpassword'),
  token: canary('answertoken'),
  nested: [{ api_key: canary('answerkey') }],
}
const answerHeaders = { 'set-cookie': `s=${canary('answercookie')}`, authorization: canary('answerauth') }

let folder: string
let peer: Server
let server: RunningServer
let port: number

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'acteon-canaries-'))
  mkdirSync(join(folder, 'rules'))
  writeFileSync(
    join(folder, 'rules', 'all.yaml'),
    `rules:
  - name: looks at a secret
    condition: { field: payload.password, eq: nothing }
    action: { type: suppress }
  - name: cel looks too
    condition: "action.payload.token == 'nothing' || action.payload.nested.deep[0].password == 'nothing'"
    action: { type: suppress }
  - name: collect
    condition: { field: action_type, eq: collect }
    action: { type: group, group_by: [metadata.cluster], group_wait_seconds: 3600 }
  - name: track
    condition: { field: action_type, eq: alert }
    action: { type: state_machine, state_machine: alert, fingerprint_fields: [metadata.cluster] }
`,
  )
  peer = createServer((request, response) => {
    request.resume()
    request.on('end', () => {
      response.statusCode = request.url!.includes('refuses') ? 422 : 200
      for (const [name, value] of Object.entries(answerHeaders)) response.setHeader(name, value)
      response.setHeader('content-type', 'application/json').end(JSON.stringify(answered))
    })
  })
  await new Promise<void>((resolve) => peer.listen(0, '127.0.0.1', resolve))
  port = (peer.address() as { port: number }).port
  const base = `http://127.0.0.1:${port}`
  writeFileSync(
    join(folder, 'acteon.toml'),
    `[log]\nformat = "json"\nlevel = "debug"
[executor]\nmax_retries = 0\ntimeout_seconds = 5
[encryption]\nkeys = ["\${SEALING}"]
[audit.redact]\nfields = ["password", "token", "api_key", "secret", "authorization", "cookie", "private_key", "access_token", "refresh_token", "client_secret", "chosen.card"]
[[state_machines]]\nname = "alert"\ninitial_state = "firing"\nstates = ["firing", "resolved"]\ntransitions = [{ from = "firing", to = "resolved" }]
[[providers]]\nname = "hook"\ntype = "webhook"\nurl = "${base}/takes"\nsecret = "whsec_\${SIGNING}"\nheaders = { "x-secret" = "${configured.header}" }\nauth = { type = "bearer", token = "${configured.bearer}" }
[[providers]]\nname = "refuses"\ntype = "webhook"\nurl = "${base}/refuses"\nauth = { type = "basic", username = "u", password = "${configured.basic}" }
[[providers]]\nname = "down"\ntype = "webhook"\nurl = "http://127.0.0.1:1/?api_key=${configured.unused}&x=1"
[[providers]]\nname = "mail"\ntype = "email"\nsmtp_host = "127.0.0.1"\nsmtp_port = 1\nfrom_address = "a@example.com"\nusername = "u"\npassword = "\${SMTP}"
[[providers]]\nname = "slack"\ntype = "slack"\ntoken = "${configured.slack}"\ndefault_channel = "c"\nbase_url = "${base}"
[[providers]]\nname = "pager"\ntype = "pagerduty"\nrouting_key = "${configured.pagerduty}"\nbase_url = "${base}"
[[providers]]\nname = "sms"\ntype = "twilio"\naccount_sid = "AC00000000000000000000000000000000"\nauth_token = "${configured.twilio}"\nfrom_number = "+15550100"\nbase_url = "${base}"
[[providers]]\nname = "discord"\ntype = "discord"\nwebhook_url = "${base}/api/webhooks/1/${configured.discord}"
[[providers]]\nname = "teams"\ntype = "teams"\nwebhook_url = "${base}/teams/${configured.teams}"
`,
  )
  server = await startServer({
    cwd: folder,
    config: join(folder, 'acteon.toml'),
    env: { SEALING: configured.sealing, SIGNING: configured.signing, SMTP: configured.smtp },
  })
}, 60_000)
afterAll(async () => {
  await server?.stop()
  peer?.close()
  rmSync(folder, { recursive: true, force: true })
})

const leaks = (text: string): string[] => planted.filter((secret) => text.includes(secret))
const get = async (path: string): Promise<string> =>
  (await fetch(server.url + path, { headers: requestHeaders })).text()

describe('some forty secrets, planted wherever something comes in', () => {
  const streamed: string[] = []
  const ending = new AbortController()

  it('do not appear in what is answered to others than who sent them', async () => {
    const follow = async (path: string): Promise<void> => {
      const answer = await fetch(server.url + path, { signal: ending.signal })
      for await (const chunk of answer.body!) streamed.push(Buffer.from(chunk as Uint8Array).toString())
    }
    for (const path of ['/v1/stream', '/v1/stream/live']) void follow(path).catch(() => undefined)
    await until('the streams are open', async () => (streamed.length > 0 ? true : undefined))

    const dispatch = async (id: string, more: object) => {
      const answer = await fetch(`${server.url}/v1/dispatch`, {
        method: 'POST',
        headers: requestHeaders,
        body: JSON.stringify({
          ...{
            id,
            namespace: 'n',
            tenant: 't',
            provider: 'hook',
            action_type: 'send',
            payload: sent,
            metadata: labels,
          },
          ...more,
        }),
      })
      const text = await answer.text()
      expect([id, answer.status, text]).toEqual([id, 200, text])
      // Who sent it gets the answer of the provider as it is, and nothing of the configuration.
      expect([id, leaks(text).filter((secret) => Object.values(configured).includes(secret))]).toEqual([id, []])
    }
    await dispatch('a1', {})
    for (const provider of ['refuses', 'down', 'mail', 'slack', 'pager', 'sms', 'discord', 'teams'])
      await dispatch(`p-${provider}`, { provider, payload: { ...sent, to: '+15550101', text: 'hello', subject: 's' } })
    await dispatch('g1', { action_type: 'collect' })
    await dispatch('e1', { action_type: 'alert' })
    const wrong = [
      '{"payload": {"password": "' + sent.password,
      JSON.stringify({ password: sent.password, namespace: 7 }),
    ]
    const told: [string, string][] = []
    for (const [i, body] of wrong.entries())
      told.push([`wrong ${i}`, await (await fetch(`${server.url}/v1/dispatch`, { method: 'POST', body })).text()])
    for (const path of [
      '/health',
      '/ready',
      '/metrics',
      '/metrics/prometheus',
      '/admin/config',
      '/admin/config/values',
      '/openapi.json',
      '/',
      '/v1/actions',
      ...['a1', 'p-refuses', 'p-down', 'p-mail', 'g1', 'e1'].map((id) => `/v1/actions/${id}`),
      '/v1/audit?limit=1000',
      ...['a1', 'p-refuses', 'e1'].map((id) => `/v1/audit/${id}`),
      '/v1/dead-letters',
      '/v1/events',
      '/v1/groups',
      '/v1/providers',
      '/v1/providers/health',
      '/v1/circuit-breakers',
      '/v1/rules',
      '/nowhere',
    ])
      told.push([path, await get(path)])
    const { dead_letters } = JSON.parse(await get('/v1/dead-letters')) as { dead_letters: { id: string }[] }
    expect(dead_letters.length).toBeGreaterThan(0)
    for (const { id } of dead_letters) told.push([`/v1/dead-letters/${id}`, await get(`/v1/dead-letters/${id}`)])
    const { groups } = JSON.parse(await get('/v1/groups')) as { groups: { group_key: string }[] }
    for (const { group_key } of groups) told.push([`/v1/groups/${group_key}`, await get(`/v1/groups/${group_key}`)])
    const evaluated = await fetch(`${server.url}/v1/rules/evaluate`, {
      method: 'POST',
      body: JSON.stringify({
        namespace: 'n',
        tenant: 't',
        provider: 'hook',
        action_type: 'send',
        payload: sent,
        metadata: labels,
      }),
    })
    expect(evaluated.status).toBe(200)
    expect(told.filter(([, text]) => leaks(text).length > 0).map(([path, text]) => [path, leaks(text)])).toEqual([])
    await until('the streams told of it', async () => (streamed.join('').includes('e1') ? true : undefined))
    expect(leaks(streamed.join(''))).toEqual([])
  }, 90_000)

  it('do not appear in the log, nor, sealed, in any file', async () => {
    ending.abort()
    await server.stop()
    expect(server.log()).toContain('a1')
    expect(leaks(server.log())).toEqual([])
    const data = join(folder, 'data')
    const files = Buffer.concat(readdirSync(data).map((name) => readFileSync(join(data, name))))
    expect(leaks(files.toString('latin1'))).toEqual([])
  }, 60_000)
})
