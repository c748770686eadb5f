import { writeFileSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { acteon, peer, type Answer, type Seen } from './io.fixture.js'

let open: { close: () => Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(open.map((one) => one.close()))
  open = []
})
const serverThat = async (answers: Record<string, Answer | ((seen: Seen) => Answer)>) => {
  const server = await peer(answers)
  open.push(server)
  return { ...server, env: { ACTEON_ENDPOINT: server.endpoint } }
}
const executed = { Executed: { status: 'success', body: null, headers: {}, action_id: 'a1' } }
const fields = ['--namespace', 'n', '--tenant', 't', '--provider', 'email', '--type', 'send']

describe('acteon dispatch', () => {
  it('sends what the options say, and prints the outcome with the way to its story', async () => {
    const { env, seen } = await serverThat({ 'POST /v1/dispatch': { body: executed } })
    const args = ['dispatch', ...fields, '--payload', '{"to":"x"}', '--label', 'a=b=c', '--dedup-key', 'k']
    const { code, out, err } = await acteon(args, { env: { ...env, ACTEON_API_KEY: 'key' } })
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toBe('Executed (success)\n   acteon explain a1\n')
    expect(seen[0]).toMatchObject({
      url: '/v1/dispatch',
      headers: { authorization: 'Bearer key', 'content-type': 'application/json' },
      body: {
        namespace: 'n',
        tenant: 't',
        provider: 'email',
        action_type: 'send',
        payload: { to: 'x' },
        metadata: { labels: { a: 'b=c' } },
        dedup_key: 'k',
      },
    })
  })

  it('sends a file, options over its fields, and standard input', async () => {
    const { env, seen } = await serverThat({ 'POST /v1/dispatch': { body: executed } })
    const cwd = mkdtempSync(join(tmpdir(), 'acteon-cli-'))
    writeFileSync(join(cwd, 'a.json'), '{"namespace":"n","id":"1"}')
    await acteon(['dispatch', 'a.json', '--id', '2', '--dry-run'], { env, cwd })
    await acteon(['dispatch', '-', '--json'], { env, stdin: '{"id":"3"}' })
    expect(seen.map(({ url, body }) => [url, body])).toEqual([
      ['/v1/dispatch?dry_run=true', { namespace: 'n', id: '2' }],
      ['/v1/dispatch', { id: '3' }],
    ])
  })

  it('sends a list as a batch, and ends with 1 when one of it was not done', async () => {
    const { env } = await serverThat({
      'POST /v1/dispatch/batch': {
        body: [{ Deduplicated: null }, { error: { code: 'INVALID_ACTION', message: 'no tenant', retryable: false } }],
      },
    })
    const { code, out } = await acteon(['dispatch', '-'], { env, stdin: '[{},{}]' })
    expect(out).toBe('1. Deduplicated: another action holds its key\n2. refused with INVALID_ACTION: no tenant\n')
    expect(code).toBe(1)
  })

  it.each([
    ['"Deduplicated"', 0],
    ['{"Suppressed":{"rule":"r"}}', 0],
    ['{"Throttled":{"retry_after":{"secs":1,"nanos":0},"rule":"r"}}', 1],
    ['{"Failed":{"code":"TIMEOUT","message":"m","retryable":true,"attempts":4}}', 1],
    ['{"Failed":{"code":"X","message":"m","retryable":false,"attempts":1}}', 1],
    ['{"SomethingNew":{}}', 0],
  ])('%s ends with %d', async (body, expected) => {
    const { env } = await serverThat({ 'POST /v1/dispatch': { body } })
    expect((await acteon(['dispatch', ...fields], { env })).code).toBe(expected)
  })
})

describe('the exit code says what happened', () => {
  const refuse = (status: number, code: string, headers = {}): Answer => ({
    status,
    headers,
    body: { error: 'A sentence.', code, message: 'A sentence.', retryable: false },
  })
  it.each([
    [refuse(400, 'INVALID_ACTION'), 2, 'A sentence.\n'],
    [refuse(401, 'UNAUTHENTICATED'), 5, 'A sentence.\n'],
    [refuse(404, 'NOT_FOUND'), 4, 'A sentence.\n'],
    [refuse(409, 'CONFLICT'), 1, 'A sentence.\n'],
    [refuse(429, 'LIMIT_REACHED', { 'retry-after': '7' }), 1, 'A sentence. Try again in 7 s.\n'],
    [refuse(503, 'DRAINING'), 3, 'A sentence.\n'],
    [{ status: 502, body: '<html>' }, 3, expect.stringContaining('answered 502') as string],
    [{ status: 200, body: '<html>' }, 3, expect.stringContaining('is it an Acteon server?') as string],
  ])('%j', async (answer, code, err) => {
    const { env } = await serverThat({ 'POST /v1/dispatch': answer })
    expect(await acteon(['dispatch', ...fields], { env })).toEqual({ code, out: '', err })
  })

  it('and with --json the error is JSON too', async () => {
    const { env } = await serverThat({ 'GET /v1/events/f': refuse(409, 'AMBIGUOUS') })
    const { err } = await acteon(['events', 'show', 'f', '--json'], { env })
    expect(JSON.parse(err)).toMatchObject({ code: 'AMBIGUOUS', message: 'A sentence.' })
  })

  it('3 when nobody answers, with what to do', async () => {
    const gone = await peer({})
    await gone.close()
    const { code, err } = await acteon(['groups', 'list', '--endpoint', gone.endpoint])
    expect(code).toBe(3)
    expect(err).toContain(`No server answers at ${gone.endpoint} (ECONNREFUSED). Start one with \`acteon serve\``)
  })

  it.each([
    [['dispatch'], 'There is no action: name a file'],
    [['dispatch', 'nowhere.json'], 'nowhere.json: there is no such file.'],
    [['dispatch', ...fields, '--payload', '{'], '--payload is not JSON: '],
    [['dispatch', ...fields, '--label', 'x'], '--label "x" is no label; expected NAME=VALUE.'],
    [['dispatch', ...fields, '--lable', 'x=y'], "unknown option '--lable'"],
    [['dipatch'], "unknown command 'dipatch'"],
    [['groups', 'list', '--endpoint', 'localhost'], 'The endpoint "localhost" is no address'],
    [['explain'], "missing required argument 'action_id'"],
    [['tail', '--count', 'many'], '--count "many" is no count'],
    [['dead-letters', 'redeliver'], 'Name one dead letter by its id, or give --all'],
  ])('2 for a wrong command line: %j', async (args, sentence) => {
    const { code, err } = await acteon(args)
    expect(err).toContain(sentence)
    expect(code).toBe(2)
  })
})

describe('lists are tables for people and JSON for programs', () => {
  const event = {
    fingerprint: 'f1',
    state: 'firing',
    action_type: 'alert',
    updated_at: '2026-01-31T09:30:00.000Z',
    tenant: 't',
    count: 3,
  }
  it('events', async () => {
    const { env, seen } = await serverThat({ 'GET /v1/events': { body: { events: [event], count: 1 } } })
    const { out } = await acteon(['events', 'list', '--status', 'firing', '--tenant', 't'], { env })
    expect(out).toBe(
      'STATE   ACTION TYPE  TENANT  CHANGED              COUNT  FINGERPRINT\nfiring  alert        t       2026-01-31 09:30:00  3      f1\n',
    )
    expect(seen[0]!.url).toBe('/v1/events?tenant=t&status=firing')
    expect(JSON.parse((await acteon(['events', 'list', '--json'], { env })).out)).toEqual({ events: [event], count: 1 })
  })

  it('actions by the filter of the admin UI, whose terms stand beside each other', async () => {
    const row = { id: 'a1', ns: 'n', tenant: 't', type: 'alert', provider: 'sms', rule: null, outcome: 'executed' }
    const rows = [{ ...row, result: 'delivered', subject: 'db-1 is full', at: Date.UTC(2026, 0, 31, 9, 30) }]
    const { env, seen } = await serverThat({ 'GET /v1/actions': { body: { rows, total: null, next_cursor: 'c2' } } })
    const args = ['actions', '--from', '-6h', '--tenant', 't', '--', 'type:alert', '-result:broken', '"is full"']
    const { out } = await acteon(args, { env })
    const query = new URLSearchParams({ tenant: 't', q: 'type:alert -result:broken "is full"', from: '-6h' })
    expect(seen[0]!.url).toBe(`/v1/actions?${query}`)
    expect(out).toContain('2026-01-31 09:30:00  a1      alert  t       -     sms       executed, db-1 is full\n')
    expect(out).toContain('1 of more than 10000\nMore: --cursor c2\n')
  })

  it('events, groups and dead letters take the same filter', async () => {
    const { env, seen } = await serverThat({
      'GET /v1/events': { body: { events: [], count: 0 } },
      'GET /v1/groups': { body: { groups: [], total: 0 } },
      'GET /v1/dead-letters': { body: { dead_letters: [], count: 0 } },
      'POST /v1/dead-letters/redeliver': { body: { redelivered: 0, failed: 0, refused: 0, results: [] } },
    })
    for (const list of ['events', 'groups', 'dead-letters'])
      await acteon([list, 'list', '--filter', 'type:alert'], { env })
    await acteon(['dead-letters', 'redeliver', '--all', '--filter', 'type:alert'], { env })
    expect(seen.map(({ url, body }) => [url, body])).toMatchObject([
      ['/v1/events?q=type%3Aalert', undefined],
      ['/v1/groups?q=type%3Aalert', undefined],
      ['/v1/dead-letters?q=type%3Aalert', undefined],
      ['/v1/dead-letters/redeliver', { q: 'type:alert' }],
    ])
  })

  it('nothing there is said', async () => {
    const { env } = await serverThat({
      'GET /v1/events': { body: { events: [], count: 0 } },
      'GET /v1/groups': { body: { groups: [], total: 0 } },
      'GET /v1/audit': { body: { records: [], total: 0, limit: 50, offset: 0 } },
      'GET /v1/dead-letters': { body: { dead_letters: [], count: 0 } },
    })
    const outs = [
      ['events', 'list'],
      ['groups', 'list'],
      ['audit', 'list'],
      ['dead-letters', 'list'],
    ]
    const said = await Promise.all(outs.map(async (args) => (await acteon(args, { env })).out))
    expect(said).toEqual(['No events.\n', 'No groups.\n', 'No records.\n', 'No dead letters.\n'])
  })

  it('records, with the filter and the cursor', async () => {
    const { env, seen } = await serverThat({
      'GET /v1/audit': {
        body: {
          records: [
            {
              dispatched_at: '2026-01-31T09:30:00.000Z',
              action_id: 'a1',
              action_type: 'alert',
              tenant: 't',
              matched_rule: null,
              outcome: 'suppressed',
              outcome_details: { rule: 'quiet', reason: 'so' },
            },
          ],
          total: null,
          limit: 1,
          offset: 0,
          next_cursor: 'c2',
        },
      },
    })
    const { out } = await acteon(['audit', 'list', '--rule', 'quiet', '--type', 'alert', '--limit', '1'], { env })
    expect(seen[0]!.url).toBe('/v1/audit?action_type=alert&matched_rule=quiet&limit=1')
    expect(out).toContain('2026-01-31 09:30:00  a1      alert  t       -     Suppressed by rule quiet: so\n')
    expect(out).toContain('1 of more than 10000\nMore: --cursor c2\n')
  })

  it('what others sent cannot move the cursor of the terminal', async () => {
    const { env } = await serverThat({
      'GET /v1/events': { body: { events: [{ ...event, action_type: 'a\u001b[2Jb\u009b' }], count: 1 } },
    })

    expect((await acteon(['events', 'list'], { env })).out).not.toMatch(/[\u001b\u009b]/)
  })
})

describe('dead letters', () => {
  it('say what speaks against sending them again, and are left where they are when asked', async () => {
    const letter = {
      ...{ id: 'd1', action_id: 'a1', namespace: 'n', tenant: 't', provider: 'email', action_type: 'send' },
      ...{ code: 'TIMEOUT', error: 'too late', attempts: 1, created_at: '2026-01-01T00:00:00Z' },
      past_use_since: '2026-01-01T02:51:00Z',
      delivered_since: { action_id: 'a2', provider: 'sms', at: '2026-01-01T03:00:00Z' },
    }
    const { env, seen } = await serverThat({
      'GET /v1/dead-letters': { body: { dead_letters: [letter], count: 1 } },
      'GET /v1/dead-letters/d1': { body: letter },
      'POST /v1/dead-letters/redeliver': { body: { redelivered: 0, failed: 0, refused: 0, left: 1, results: [] } },
    })
    expect((await acteon(['dead-letters', 'list'], { env })).out).toMatch(
      /TIMEOUT +past use, delivered since +too late/,
    )
    const { out } = await acteon(['dead-letters', 'show', 'd1'], { env })
    expect(out).toContain('Past its use since 2026-01-01 02:51:00')
    expect(out).toContain('Its event was delivered since: action a2 by sms, 2026-01-01 03:00:00')
    const again = await acteon(['dead-letters', 'redeliver', '--all', '--worthwhile'], { env })
    expect(again.out).toBe('Redelivered 0, failed again 0, refused 0, left 1.\n')
    expect(seen.at(-1)?.body).toMatchObject({ worthwhile: true })
  })
})

describe('changes', () => {
  it('name what they change, escaped, and print what became of it', async () => {
    const { env, seen } = await serverThat({
      'PUT /v1/events/a%2Fb/transition': { body: { previous_state: 'firing', new_state: 'resolved', notify: true } },
      'DELETE /v1/groups/g1': { body: { group_id: 'x', event_count: 4 } },
      'POST /v1/dead-letters/d1/redeliver': {
        body: { Failed: { code: 'TIMEOUT', message: 'm', retryable: true, attempts: 2 } },
      },
      'POST /v1/dead-letters/redeliver': { body: { redelivered: 2, failed: 0, refused: 0, results: [] } },
      'PATCH /v1/dead-letters/d1': { body: { id: 'd1' } },
      'DELETE /v1/dead-letters/d1': { status: 204, body: '' },
      'POST /v1/audit/a1/replay': { body: { new_action_id: 'a2', success: true, error: null } },
    })
    const run = async (...args: string[]) => {
      const { code, out } = await acteon(args, { env })
      return [code, out]
    }
    expect(await run('events', 'transition', 'a/b', 'resolved', '--comment', 'done', '--tenant', 't')).toEqual([
      0,
      'firing → resolved; its receivers are told\n',
    ])
    expect(await run('groups', 'flush', 'g1')).toEqual([0, 'Sent as one: 4\n'])
    expect(await run('dead-letters', 'redeliver', 'd1', '--force')).toEqual([
      1,
      'Failed with TIMEOUT after 2 attempts: m\n',
    ])
    expect(await run('dead-letters', 'redeliver', '--all', '--provider', 'email')).toEqual([
      0,
      'Redelivered 2, failed again 0, refused 0.\n',
    ])
    expect(await run('dead-letters', 'edit', 'd1', '--payload', '{"a":null}')).toEqual([
      0,
      'Changed. `acteon dead-letters redeliver` sends it.\n',
    ])
    expect(await run('dead-letters', 'discard', 'd1', '--reason', 'spam')).toEqual([0, 'Discarded.\n'])
    expect(await run('audit', 'replay', 'a1')).toEqual([0, 'Replayed as a2\n'])
    expect(seen.map(({ method, url, body }) => [method, url, body])).toEqual([
      ['PUT', '/v1/events/a%2Fb/transition', { to_state: 'resolved', tenant: 't', comment: 'done' }],
      ['DELETE', '/v1/groups/g1', undefined],
      ['POST', '/v1/dead-letters/d1/redeliver', { force: true, renew_key: false }],
      ['POST', '/v1/dead-letters/redeliver', { provider: 'email', force: false, renew_key: false }],
      ['PATCH', '/v1/dead-letters/d1', { payload: { a: null } }],
      ['DELETE', '/v1/dead-letters/d1?reason=spam', undefined],
      ['POST', '/v1/audit/a1/replay', undefined],
    ])
  })
})

describe('acteon tail', () => {
  const frame = (id: string, outcome: unknown): string =>
    `id: ${id}\nevent: action_dispatched\ndata: ${JSON.stringify({ id, type: 'action_dispatched', timestamp: '2026-01-31T09:30:00Z', namespace: 'n', tenant: 't', action_type: 'send', action_id: `a${id}`, outcome })}\n\n`

  it('prints a line for each message, and goes on after the last one when the connection ends', async () => {
    const bodies = [
      `: ping\n\n${frame('1', 'Deduplicated')}${frame('2', { Suppressed: { rule: 'r' } })}`,
      frame('3', executed),
    ]
    const { env, seen } = await serverThat({
      'GET /v1/stream': () => ({ headers: { 'content-type': 'text/event-stream' }, body: bodies.shift()! }),
    })
    const { code, out } = await acteon(['tail', '--count', '3', '--tenant', 't'], { env })
    expect(code).toBe(0)
    expect(out.split('\n')).toEqual([
      '2026-01-31 09:30:00  n/t  send  Deduplicated: another action holds its key  a1',
      '2026-01-31 09:30:00  n/t  send  Suppressed by rule r  a2',
      '2026-01-31 09:30:00  n/t  send  Executed (success)  a3',
      '',
    ])
    expect(seen.map(({ url, headers }) => [url, headers['last-event-id']])).toEqual([
      ['/v1/stream?tenant=t', undefined],
      ['/v1/stream?tenant=t', '2'],
    ])
  })

  it('ends with 0 when it is told to stop', async () => {
    const { env } = await serverThat({
      'GET /v1/stream': { headers: { 'content-type': 'text/event-stream' }, body: frame('1', 'Deduplicated') },
    })
    const stop = new AbortController()
    const ended = await acteon(['tail', '--json'], { env, stop: stop.signal, onOut: () => stop.abort() })
    expect(ended.code).toBe(0)
    expect(JSON.parse(ended.out)).toMatchObject({ id: '1' })
  })

  it('does not try again what is refused', async () => {
    const { env, seen } = await serverThat({})
    expect((await acteon(['tail'], { env })).code).toBe(4)
    expect(seen).toHaveLength(1)
  })
})

describe('help', () => {
  it('of the program names every command, with examples and exit codes', async () => {
    const { code, out } = await acteon(['--help'])
    expect(code).toBe(0)
    for (const name of [
      'serve',
      'init',
      'rules',
      'config',
      'dispatch',
      'explain',
      'tail',
      'actions',
      'events',
      'groups',
      'audit',
      'dead-letters',
    ])
      expect(out).toMatch(new RegExp(`^  ${name} `, 'm'))
    expect(out).toContain('Examples:')
    expect(out).toContain('  78  The configuration or the rules were refused')
  })

  it.each(['serve', 'init', 'dispatch', 'explain', 'tail'])('of %s has examples', async (name) => {
    const asked = await acteon([name, '--help'])
    expect(asked.code).toBe(0)
    expect(asked.out).toMatch(/Examples?:\n/)
    expect((await acteon(['help', name])).out).toBe(asked.out)
  })

  it('has the exit codes and the version', async () => {
    expect((await acteon(['help', 'exit-codes'])).out).toContain('   3  The server could not be reached')
    expect((await acteon(['--version'])).out).toMatch(/^\d+\.\d+\.\d+/)
  })
})
