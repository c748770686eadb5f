import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Json } from '../lib/json.js'
import { webAddress } from './links.js'
import { messageOf, type Message } from './message.js'
import { action, flush, notice, pageAlert, pageFive } from './samples.fixture.js'

const of = (payload: Json, metadata: Record<string, string> = {}, action_type = 'alert'): Message =>
  messageOf(action({ payload, metadata, action_type }))

describe('an action', () => {
  test('is titled by its message, and its severity is no fact besides', () => {
    expect(of({ severity: 'warning', message: 'Response times elevated' })).toMatchObject({
      kind: 'action',
      title: 'Response times elevated',
      text: '',
      severity: 'warning',
      facts: [],
      letter: false,
    })
  })

  test('keeps subject and text apart, and takes the first line for a title when there is no subject', () => {
    expect(of({ subject: 'Disk full', body: 'sda1 is at 99 %.' })).toMatchObject({
      title: 'Disk full',
      text: 'sda1 is at 99 %.',
    })
    expect(of({ text: 'Disk full\n\nsda1 is at 99 %.\r\nsda2 at 98 %.' })).toMatchObject({
      title: 'Disk full',
      text: 'sda1 is at 99 %.\nsda2 at 98 %.',
    })
  })

  test('without words of its own is named by its type and its labels', () => {
    expect(of({}, { cluster: 'prod', service: 'api' }, 'cluster_alert').title).toBe(
      'Cluster alert (cluster prod, service api)',
    )
    expect(of({ seq: 1 }, {}, 'dbDown').title).toBe('DB down')
  })

  test('shows labels first, then the rest of the payload, objects member by member', () => {
    const { facts } = of(
      { message: 'x', attempts: 4, ok: false, gone: null, checks: { ping: 'lost', list: [1, 2] } },
      { a: 'b' },
    )
    expect(facts).toEqual([
      { name: 'a', value: 'b' },
      { name: 'attempts', value: '4' },
      { name: 'ok', value: 'no' },
      { name: 'checks.ping', value: 'lost' },
      { name: 'checks.list', value: '1, 2' },
    ])
  })

  test('never shows what is named like a credential', () => {
    const { facts } = of(
      { api_key: 'k-123', db: { password: 'p-123' }, list: [{ token: 't-123' }] },
      { secret: 's-123' },
    )
    expect(JSON.stringify(facts)).not.toMatch(/[kpts]-123/)
    expect(facts[0]).toEqual({ name: 'secret', value: '(not shown)' })
  })

  test('says how many facts it leaves out', () => {
    const many = Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`f${n}`, n]))
    expect(of(many)).toMatchObject({ more_facts: 13 })
    expect(of(many).facts).toHaveLength(20)
  })

  test.each([
    [{ severity: 'CRITICAL' }, 'critical'],
    [{ priority: 'P2' }, 'error'],
    [{ level: 'warn' }, 'warning'],
    [{ urgency: 'low' }, 'info'],
    [{ severity: 'resolved' }, 'ok'],
    [{ severity: 'purple' }, null],
    [{ severity: 5 }, null],
  ])('reads the severity in %j as %s', (payload, severity) => {
    expect(of(payload as Json).severity).toBe(severity)
  })

  test('that is resolved is not critical any more', () => {
    expect(messageOf(action({ status: 'resolved', payload: { severity: 'critical' } })).severity).toBe('ok')
  })

  test('keeps a word for severity that says more than ours', () => {
    expect(of({ severity: 'P2' })).toMatchObject({ severity: 'error', facts: [{ name: 'severity', value: 'P2' }] })
  })

  test('takes links only of http and https, without credentials, and each once', () => {
    const { links, facts } = of(
      {
        url: 'https://a.example/x y?q="1"',
        runbook_url: 'https://a.example/run',
        links: [{ title: 'Panel', href: 'http://b.example/' }, 'https://a.example/run', 'javascript:alert(1)'],
        evil_url: 'javascript:alert(1)',
        ftp_link: 'ftp://x',
        cred_url: 'https://u:p@c.example/',
        icon_url: 'https://c.example/i.png',
      },
      { dashboard_url: 'https://d.example' },
    )
    expect(links).toEqual([
      { title: 'Open', url: 'https://a.example/x%20y?q=%221%22' },
      { title: 'Runbook', url: 'https://a.example/run' },
      { title: 'Panel', url: 'http://b.example/' },
      { title: 'Dashboard', url: 'https://d.example/' },
    ])
    expect(facts.map(({ name }) => name)).toEqual(['evil_url', 'ftp_link', 'cred_url'])
  })

  test('that is addressed by its sender is a letter: none of its fields is shown besides its words', () => {
    const page = of({ to: 'user@example.com', subject: 'Newsletter', tracking_enabled: true, source: 'acteon-gateway' })
    expect(page).toMatchObject({ letter: true, title: 'Newsletter', facts: [] })
    expect(of({ to: 'ops@example.com', subject: 'Disk', severity: 'error', host: 'db-1' })).toMatchObject({
      letter: false,
      facts: [{ name: 'host', value: 'db-1' }],
    })
    expect(of({ channel: '#ops', text: 'hello' }).letter).toBe(true)
    expect(of({ channel: '#ops', text: 'hello', version: '1.2' }).letter).toBe(false)
  })

  test.each([['text alone'], [17], [true], [null], [[]], [['a', { b: 1 }]], [{}], [{ '': '' }], [{ title: '   ' }]])(
    'is readable whatever its payload: %j',
    (payload) => {
      expect(of(payload as Json).title.trim()).not.toBe('')
    },
  )
})

describe('a group', () => {
  test('of the five that the user’s page sends says what, where, how bad, when, and each', () => {
    const message = messageOf(pageFive)
    expect(message).toMatchObject({
      kind: 'group',
      title: '5 cluster alerts (cluster prod)',
      text: 'Between 14:03:05 and 14:03:09 UTC on 3 May 2026 (4 s).',
      severity: 'warning',
      facts: [{ name: 'cluster', value: 'prod' }],
      group: { count: 5, more: 0 },
    })
    expect(message.group!.items.map(({ summary }) => summary)).toEqual(['seq 1', 'seq 2', 'seq 3', 'seq 4', 'seq 5'])
  })

  test('says the same thing once, with how often', () => {
    const { title, group } = messageOf(
      flush(
        Array.from({ length: 40 }, () => ({ message: 'Slow' })),
        {},
      ),
    )
    expect(title).toBe('40 × Slow')
    expect(group).toMatchObject({ items: [{ summary: 'Slow', count: 40 }], more: 0 })
  })

  test('shows the worst first, leaves none of them out, and takes its severity from them', () => {
    const payloads: Json[] = Array.from({ length: 30 }, (_, n) => ({
      message: `m${n}`,
      severity: n === 29 ? 'critical' : 'info',
    }))
    const { severity, group } = messageOf(flush(payloads, {}))
    expect(severity).toBe('critical')
    expect(group!.items[0]).toMatchObject({ summary: 'm29', severity: 'critical' })
    expect(group).toMatchObject({ count: 30, more: 20 })
    expect(group!.items).toHaveLength(10)
  })

  test('does not count in words that have no plural', () => {
    expect(messageOf(flush([{}, {}], {}, { action_type: 'send_email' })).title).toBe('2 × send email')
  })

  test('of members without words of their own tells them apart by what they do not share', () => {
    const { group } = messageOf(flush([{ seq: 1, zone: 'a' }], { cluster: 'prod' }))
    expect(group!.items[0]!.summary).toBe('seq 1, zone a')
  })
})

describe('an event', () => {
  test('that opens says its state first', () => {
    expect(messageOf(pageAlert, notice())).toMatchObject({
      kind: 'event',
      title: 'Firing: Alert (cluster prod, service api)',
      text: '',
      event: { state: 'firing', previous: null, timed_out: false },
    })
  })

  test('that was acknowledged says what it was before, and how long it has been open', () => {
    const event = notice({ previous_state: 'firing', new_state: 'acknowledged' })
    expect(messageOf(pageAlert, event, Date.parse('2026-05-03T14:15:05Z'))).toMatchObject({
      title: 'Acknowledged: Alert (cluster prod, service api)',
      text: 'It was firing and is acknowledged now, 12 min after it began.',
      event: { open_ms: 720_000 },
    })
    expect(messageOf(pageAlert, event).text).toBe('It was firing and is acknowledged now.')
  })

  test('whose time ran out says that nobody acted, and for how long', () => {
    const event = notice({
      previous_state: 'firing',
      new_state: 'stale',
      changed_at: '2026-05-03T15:03:05Z',
      previous_since: '2026-05-03T14:03:05Z',
      moved_by: { timeout: 'firing' },
    })
    expect(messageOf(pageAlert, event)).toMatchObject({
      title: 'Stale: Alert (cluster prod, service api)',
      text: 'Nobody acted on it in time: it was firing for 1 h and is stale now.',
      at: '2026-05-03T15:03:05.000Z',
      event: { timed_out: true, previous_ms: 3_600_000 },
    })
  })

  test('that is resolved is ok, whatever its action says, and tells of its earlier times', () => {
    const event = notice({ previous_state: 'firing', new_state: 'resolved', occurrence: 22 })
    const message = messageOf(action({ payload: { severity: 'critical', message: 'DB down' } }), event)
    expect(message).toMatchObject({ title: 'Resolved: DB down', severity: 'ok' })
    expect(message.text).toContain('It happens for the 22nd time.')
  })
})

test('any payload and labels give a bounded, clean message, and the same one again', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constant('x'.repeat(9_000)),
    fc.constant('\u202e\u0000\r\n'),
  )
  const labels = fc.dictionary(texts, texts, { maxKeys: 30 })
  const payload = fc.oneof(
    fc.jsonValue({ maxDepth: 5 }),
    fc.record(
      { message: texts, subject: texts, severity: texts, url: fc.webUrl(), extra: fc.jsonValue() },
      { requiredKeys: [] },
    ),
  )
  const unclean = /[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e]/
  fc.assert(
    fc.property(payload, labels, fc.string({ minLength: 1, maxLength: 256 }), (given, metadata, action_type) => {
      const sent = action({
        payload: given as Json,
        metadata: Object.fromEntries(Object.entries(metadata)),
        action_type,
      })
      const message = messageOf(sent)
      expect(messageOf(sent)).toEqual(message)
      expect(message.title.length).toBeGreaterThan(0)
      expect(message.title.length).toBeLessThanOrEqual(200)
      expect(message.title).not.toMatch(/\n/)
      expect(message.text.length).toBeLessThanOrEqual(4_400)
      expect(message.facts.length).toBeLessThanOrEqual(20)
      for (const { name, value } of message.facts) {
        expect(name.length).toBeLessThanOrEqual(64)
        expect(value.length).toBeLessThanOrEqual(300)
      }
      expect(JSON.stringify(message).length).toBeLessThan(64_000)
      for (const text of [message.title, message.text, ...message.facts.flatMap(({ name, value }) => [name, value])]) {
        expect(text).not.toMatch(unclean)
        expect(text).not.toMatch(/\p{Surrogate}/u)
      }
    }),
    { numRuns: 300 },
  )
})

test('an address of another scheme, with credentials or with nothing behind it is none', () => {
  for (const text of [
    'javascript:alert(1)',
    'data:text/html,x',
    '//x.example',
    'https://',
    'https://a@b.example',
    'x',
    '',
  ])
    expect(webAddress(text)).toBeNull()
  expect(webAddress(' https://x.example/a|b<c>')).toBe('https://x.example/a%7Cb%3Cc%3E')
})
