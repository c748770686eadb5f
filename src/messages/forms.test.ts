import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Action } from '../action/action.js'
import type { Json } from '../lib/json.js'
import { DISCORD_LIMITS } from './discord.js'
import { textOfHtml } from './email.js'
import { createRenderer } from './render.js'
import { SLACK_LIMITS } from './slack.js'
import { septetsOf, SMS_LIMITS } from './sms.js'
import { bytesAsJsonString } from '../lib/json.js'
import { TEAMS_LIMITS } from './teams.js'
import { action, flush, HOSTILE, notice, pageAlert, pageFive } from './samples.fixture.js'

const render = createRenderer()
const slack = (sent: Action) => render('slack', sent).content
const email = (sent: Action) => render('email', sent).content
const discord = (sent: Action) => render('discord', sent).content
const teams = (sent: Action) => render('teams', sent).content
const pagerduty = (sent: Action) => render('pagerduty', sent).content
const sms = (sent: Action) => render('twilio', sent).content.body
const plain = (sent: Action) => render('log', sent).content.text

/** Actions that put a text wherever a message takes texts from. */
const everywhere = (text: string): Action[] => {
  const labels = { [text]: text, cluster: text, severity: 'error' }
  return [
    action({
      payload: {
        subject: text,
        message: `${text}\n${text}`,
        extra: text,
        [text]: text,
        links: [{ title: text, url: 'https://x.example' }],
      },
      metadata: labels,
      action_type: text.slice(0, 256),
    }),
    action({ payload: { to: 'a@example.com', channel: '#c', subject: text, body: text } }),
    flush([{ message: text }, { [text]: text }], labels),
    action({ payload: text, namespace: text, tenant: text, id: text }),
  ]
}

/** Every text in a value, with the name it has. */
function textsIn(value: unknown, name = ''): { name: string; text: string }[] {
  if (typeof value === 'string') return [{ name, text: value }]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([inner, one]) => textsIn(one, Array.isArray(value) ? name : inner))
}

const anything = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom(...HOSTILE),
  fc.constantFrom('&'.repeat(5_000), '<'.repeat(900), '*'.repeat(5_000), '🔥'.repeat(3_000), 'line\n'.repeat(2_000)),
)
const hostileActions = fc
  .record({
    payload: fc.oneof(
      fc.dictionary(anything, anything, { maxKeys: 40 }),
      fc.record(
        { message: anything, subject: anything, severity: fc.constantFrom('critical', 'info', 'x') },
        { requiredKeys: [] },
      ),
      fc.record({ to: anything, subject: anything, body: anything }),
    ),
    metadata: fc.dictionary(anything, anything, { maxKeys: 30 }),
    members: fc.array(fc.dictionary(fc.constantFrom('message', 'a', 'severity'), anything), { maxLength: 30 }),
    grouped: fc.boolean(),
  })
  .map(({ payload, metadata, members, grouped }) =>
    grouped
      ? flush(members as Json[], { ...metadata })
      : action({ payload: { ...payload } as Json, metadata: { ...metadata } }),
  )

const runs = { numRuns: 120 }

describe('Slack', () => {
  test('shows the page’s five as one message', () => {
    expect(slack(pageFive)).toMatchInlineSnapshot(`
      {
        "blocks": [
          {
            "text": {
              "emoji": false,
              "text": "🟡 5 cluster alerts (cluster prod)",
              "type": "plain_text",
            },
            "type": "header",
          },
          {
            "text": {
              "text": "Between 14:03:05 and 14:03:09 UTC on 3 May 2026 (4 s).",
              "type": "mrkdwn",
              "verbatim": true,
            },
            "type": "section",
          },
          {
            "text": {
              "text": "\`14:03:05\`  seq 1
      \`14:03:06\`  seq 2
      \`14:03:07\`  seq 3
      \`14:03:08\`  seq 4
      \`14:03:09\`  seq 5",
              "type": "mrkdwn",
              "verbatim": true,
            },
            "type": "section",
          },
          {
            "fields": [
              {
                "text": "*cluster*
      prod",
                "type": "mrkdwn",
                "verbatim": true,
              },
            ],
            "type": "section",
          },
          {
            "elements": [
              {
                "text": "Warning  ·  monitoring / t1  ·  cluster_alert  ·  <!date^1777816989^{date_short_pretty}, {time_secs}|3 May 2026, 14:03:09 UTC>",
                "type": "mrkdwn",
                "verbatim": true,
              },
            ],
            "type": "context",
          },
        ],
        "text": "[Warning] 5 cluster alerts (cluster prod)",
      }
    `)
  })

  test('shows what a notification of an event says', () => {
    const { text, blocks } = render('slack', pageAlert, { event: notice() }).content
    expect(text).toBe('Firing: Alert (cluster prod, service api)')
    expect(blocks![0]).toMatchObject({ type: 'header', text: { text: 'Firing: Alert (cluster prod, service api)' } })
  })

  test.each(HOSTILE)('lets nothing of a payload be a mention, a link or a tag: %j', (text) => {
    for (const sent of everywhere(text))
      for (const { name, text: shown } of textsIn(slack(sent))) {
        if (name !== 'text') continue
        const markup = shown.match(/<[^>]*>?/g) ?? []
        for (const one of markup) expect(one).toMatch(/^<(!date\^\d+\^[^|]*\|[^<>]*|https?:\/\/[^|<>]*(\|[^<>]*)?)>$/)
        expect(shown.replaceAll(/<[^<>]*>/g, '')).not.toMatch(/&(?!(amp|lt|gt);)/)
      }
  })

  test('keeps the limits of Block Kit', () => {
    fc.assert(
      fc.property(hostileActions, (sent) => {
        const { text, blocks = [] } = slack(sent)
        expect(text.length).toBeGreaterThan(0)
        expect(text.length).toBeLessThanOrEqual(SLACK_LIMITS.text)
        expect(blocks.length).toBeLessThanOrEqual(SLACK_LIMITS.blocks)
        for (const block of blocks as { type: string; text?: { text: string }; fields?: { text: string }[] }[]) {
          if (block.text !== undefined) {
            expect(block.text.text.length).toBeGreaterThan(0)
            expect(block.text.text.length).toBeLessThanOrEqual(block.type === 'header' ? 150 : 3_000)
          }
          expect(block.fields?.length ?? 0).toBeLessThanOrEqual(10)
          for (const field of block.fields ?? []) expect(field.text.length).toBeLessThanOrEqual(2_000)
        }
      }),
      runs,
    )
  })

  test('makes links of addresses in a text, whole', () => {
    const { blocks } = slack(action({ payload: { title: 't', message: 'see https://x.example/a?b=1&c=2.' } }))
    expect(JSON.stringify(blocks)).toContain('see <https://x.example/a?b=1&amp;c=2>.')
  })

  test('sends blocks of the payload as they are, but for mentions', () => {
    const blocks: Json[] = [
      { type: 'section', text: { type: 'mrkdwn', text: '<!channel> *hi* <https://x.example|x>' } },
      {
        type: 'rich_text',
        elements: [{ type: 'rich_text_section', elements: [{ type: 'broadcast', range: 'here' }] }],
      },
    ]
    expect(slack(action({ payload: { blocks, text: 'hi' } }))).toEqual({
      text: 'hi',
      blocks: [
        { type: 'section', text: { type: 'mrkdwn', text: '&lt;!channel> *hi* <https://x.example|x>' } },
        { type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: '@here' }] }] },
      ],
    })
  })

  test('sends a long letter whole, in several sections', () => {
    const line = 'A line of a long letter, with & and < in it.\n'
    const text = line.repeat(80).trim()
    const { blocks } = slack(action({ payload: { channel: '#c', text } }))
    const sent = textsIn(blocks)
      .filter(({ name }) => name === 'text')
      .map(({ text: part }) => part)
      .join('\n')
    expect(sent).toBe(text.replaceAll('&', '&amp;').replaceAll('<', '&lt;'))
  })
})

describe('mail', () => {
  test('shows the page’s five as text', () => {
    const { subject, text } = email(pageFive)
    expect(subject).toBe('[Warning] 5 cluster alerts (cluster prod)')
    expect(text).toMatchInlineSnapshot(`
      "[Warning] 5 cluster alerts (cluster prod)

      Between 14:03:05 and 14:03:09 UTC on 3 May 2026 (4 s).

      14:03:05  seq 1
      14:03:06  seq 2
      14:03:07  seq 3
      14:03:08  seq 4
      14:03:09  seq 5

      cluster: prod

      monitoring / t1, cluster_alert, 3 May 2026, 14:03:09 UTC, id 01999999-aaaa-7bbb-8ccc-000000000001"
    `)
  })

  test.each(HOSTILE)('lets no text become HTML or a header line: %j', (text) => {
    for (const sent of everywhere(text)) {
      const { subject, html } = email(sent)
      expect(subject).not.toMatch(/[\u0000-\u001f\u007f]/)
      const tags = [...html.matchAll(/<\/?([^\s>/]*)/g)].map(([, name]) => name!.toLowerCase())
      expect(new Set(tags)).toEqual(new Set([...tags].filter((tag) => OURS.has(tag))))
      // Quotes are escaped in texts, so every attribute is one of ours.
      for (const [, name] of html.matchAll(/\s([a-z-]+)="/g)) expect(ATTRIBUTES).toContain(name)
      for (const [, url] of html.matchAll(/href="([^"]*)"/g)) expect(url).toMatch(/^https?:\/\//)
      expect(html).not.toMatch(/<[^>]*\ssrc=|<style>[^<]*(url\(|@import)|style="[^"]*url\(/)
    }
  })
  const OURS = new Set('!doctype html head meta title style body div table tr td h1 p a br strong'.split(' '))
  const ATTRIBUTES =
    'lang charset name content class style role width cellpadding cellspacing border align colspan href'.split(' ')

  test('says in HTML what it says as text', () => {
    const { text, html } = email(pageFive)
    const words = (one: string): string[] => one.replaceAll(/[·,:]|\s:/g, ' ').split(/\s+/)
    for (const word of words(text.replace('[Warning]', 'Warning'))) expect(words(textOfHtml(html))).toContain(word)
  })

  test('sends a letter in the words of its sender, whole', () => {
    const body = `Dear Ada,\n\n${'your invoice of May is ready. '.repeat(400)}\n\nYours`
    const letter = email(
      action({ payload: { to: 'a@example.com', subject: 'Your invoice', body, tracking_enabled: true } }),
    )
    expect(letter.subject).toBe('Your invoice')
    expect(letter.text).toBe(body)
    expect(letter.html).not.toMatch(/tracking|monitoring/)
    const page = email(action({ payload: { to: 'a@example.com', subject: 'Newsletter', tracking_enabled: true } }))
    expect(page).toMatchObject({ subject: 'Newsletter', text: 'Newsletter' })
  })

  test('sends HTML of the payload as it is, with its words as text', () => {
    const html = '<style>p{}</style><p>Dear <b>Ada</b> &amp; co</p><p>Hello&#33;<br>bye</p>'
    expect(email(action({ payload: { to: 'a@example.com', subject: 'x', html } }))).toEqual({
      subject: 'x',
      text: 'Dear Ada & co\n\nHello!\nbye',
      html,
    })
  })

  test('reads HTML of any size and shape in one pass', () => {
    const started = performance.now()
    for (const piece of ['<script', '<', '<style><', '&', '<!--']) textOfHtml(piece.repeat(60_000))
    expect(performance.now() - started).toBeLessThan(2_000)
  })
})

describe('Discord', () => {
  test('shows the page’s five as one embed', () => {
    expect(discord(pageFive)).toMatchInlineSnapshot(`
      {
        "allowed_mentions": {
          "parse": [],
        },
        "embeds": [
          {
            "color": 10576391,
            "description": "Between 14:03:05 and 14:03:09 UTC on 3 May 2026 (4 s).

      \`14:03:05\` seq 1
      \`14:03:06\` seq 2
      \`14:03:07\` seq 3
      \`14:03:08\` seq 4
      \`14:03:09\` seq 5",
            "fields": [
              {
                "inline": true,
                "name": "cluster",
                "value": "prod",
              },
            ],
            "footer": {
              "text": "Warning  ·  monitoring / t1  ·  cluster_alert",
            },
            "timestamp": "2026-05-03T14:03:09.000Z",
            "title": "🟡 5 cluster alerts (cluster prod)",
          },
        ],
      }
    `)
  })

  test('notifies nobody, and keeps its limits', () => {
    fc.assert(
      fc.property(hostileActions, (sent) => {
        const { content, embeds, allowed_mentions } = discord(sent)
        expect(allowed_mentions).toEqual({ parse: [] })
        expect(content?.length ?? 0).toBeLessThanOrEqual(DISCORD_LIMITS.content)
        expect((content ?? '').length + embeds.length).toBeGreaterThan(0)
        for (const { title = '', description = '', fields = [], footer } of embeds) {
          expect(title.length).toBeLessThanOrEqual(DISCORD_LIMITS.title)
          expect(description.length).toBeLessThanOrEqual(DISCORD_LIMITS.description)
          expect(fields.length).toBeLessThanOrEqual(DISCORD_LIMITS.fields)
          for (const { name, value } of fields) {
            expect(name.length).toBeGreaterThan(0)
            expect(name.length).toBeLessThanOrEqual(DISCORD_LIMITS.name)
            expect(value.length).toBeGreaterThan(0)
            expect(value.length).toBeLessThanOrEqual(DISCORD_LIMITS.value)
          }
          const all = [title, description, footer?.text ?? '', ...fields.flatMap(({ name, value }) => [name, value])]
          expect(all.join('').length).toBeLessThanOrEqual(DISCORD_LIMITS.total)
        }
      }),
      runs,
    )
  })

  test('leaves fields out that would be too much together, and says how many', () => {
    const long = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`f${n}`, '*'.repeat(300)]))
    const [embed] = discord(action({ payload: { title: 't', message: 'm'.repeat(1_500), ...long } })).embeds
    const texts = textsIn(embed).map(({ text }) => text)
    expect(texts.join('').length).toBeLessThanOrEqual(DISCORD_LIMITS.total)
    expect(embed!.fields!.at(-1)!.value).toBe(`and ${20 - embed!.fields!.length + 1} more`)
  })

  test('shows Markdown of a payload as it is written', () => {
    const { embeds } = discord(action({ payload: { title: '*a* [x](https://evil.example) <@1>', message: 'm' } }))
    expect(embeds[0]!.title).toBe('\\*a\\* \\[x\\](https://evil.example) \\<@1>'.replace('>', '\\>'))
  })
})

describe('Teams', () => {
  test('shows the page’s five as one card', () => {
    expect(teams(pageFive)).toMatchInlineSnapshot(`
      {
        "attachments": [
          {
            "content": {
              "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
              "body": [
                {
                  "bleed": true,
                  "items": [
                    {
                      "color": "warning",
                      "size": "Small",
                      "text": "Warning",
                      "type": "TextBlock",
                      "weight": "Bolder",
                      "wrap": true,
                    },
                    {
                      "size": "Large",
                      "spacing": "None",
                      "text": "5 cluster alerts (cluster prod)",
                      "type": "TextBlock",
                      "weight": "Bolder",
                      "wrap": true,
                    },
                  ],
                  "style": "warning",
                  "type": "Container",
                },
                {
                  "text": "Between 14:03:05 and 14:03:09 UTC on 3 May 2026 (4 s).",
                  "type": "TextBlock",
                  "wrap": true,
                },
                {
                  "columns": [
                    {
                      "items": [
                        {
                          "fontType": "Monospace",
                          "isSubtle": true,
                          "text": "14:03:05",
                          "type": "TextBlock",
                          "wrap": false,
                        },
                      ],
                      "type": "Column",
                      "width": "auto",
                    },
                    {
                      "items": [
                        {
                          "text": "seq 1",
                          "type": "TextBlock",
                          "wrap": true,
                        },
                      ],
                      "type": "Column",
                      "width": "stretch",
                    },
                  ],
                  "spacing": "Small",
                  "type": "ColumnSet",
                },
                {
                  "columns": [
                    {
                      "items": [
                        {
                          "fontType": "Monospace",
                          "isSubtle": true,
                          "text": "14:03:06",
                          "type": "TextBlock",
                          "wrap": false,
                        },
                      ],
                      "type": "Column",
                      "width": "auto",
                    },
                    {
                      "items": [
                        {
                          "text": "seq 2",
                          "type": "TextBlock",
                          "wrap": true,
                        },
                      ],
                      "type": "Column",
                      "width": "stretch",
                    },
                  ],
                  "spacing": "Small",
                  "type": "ColumnSet",
                },
                {
                  "columns": [
                    {
                      "items": [
                        {
                          "fontType": "Monospace",
                          "isSubtle": true,
                          "text": "14:03:07",
                          "type": "TextBlock",
                          "wrap": false,
                        },
                      ],
                      "type": "Column",
                      "width": "auto",
                    },
                    {
                      "items": [
                        {
                          "text": "seq 3",
                          "type": "TextBlock",
                          "wrap": true,
                        },
                      ],
                      "type": "Column",
                      "width": "stretch",
                    },
                  ],
                  "spacing": "Small",
                  "type": "ColumnSet",
                },
                {
                  "columns": [
                    {
                      "items": [
                        {
                          "fontType": "Monospace",
                          "isSubtle": true,
                          "text": "14:03:08",
                          "type": "TextBlock",
                          "wrap": false,
                        },
                      ],
                      "type": "Column",
                      "width": "auto",
                    },
                    {
                      "items": [
                        {
                          "text": "seq 4",
                          "type": "TextBlock",
                          "wrap": true,
                        },
                      ],
                      "type": "Column",
                      "width": "stretch",
                    },
                  ],
                  "spacing": "Small",
                  "type": "ColumnSet",
                },
                {
                  "columns": [
                    {
                      "items": [
                        {
                          "fontType": "Monospace",
                          "isSubtle": true,
                          "text": "14:03:09",
                          "type": "TextBlock",
                          "wrap": false,
                        },
                      ],
                      "type": "Column",
                      "width": "auto",
                    },
                    {
                      "items": [
                        {
                          "text": "seq 5",
                          "type": "TextBlock",
                          "wrap": true,
                        },
                      ],
                      "type": "Column",
                      "width": "stretch",
                    },
                  ],
                  "spacing": "Small",
                  "type": "ColumnSet",
                },
                {
                  "facts": [
                    {
                      "title": "cluster",
                      "value": "prod",
                    },
                  ],
                  "type": "FactSet",
                },
                {
                  "isSubtle": true,
                  "separator": true,
                  "size": "Small",
                  "text": "monitoring / t1  ·  cluster\\_alert  ·  3 May 2026, 14:03:09 UTC",
                  "type": "TextBlock",
                  "wrap": true,
                },
              ],
              "msteams": {
                "width": "Full",
              },
              "type": "AdaptiveCard",
              "version": "1.4",
            },
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
          },
        ],
        "summary": "[Warning] 5 cluster alerts (cluster prod)",
        "type": "message",
      }
    `)
  })

  test.each(['"', '注', '\\', '<'])('stays below what Teams takes with the longest texts of %j', (letter) => {
    const long = letter.repeat(30_000)
    const facts = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`fact${i}`, letter.repeat(2_000)]))
    for (const sent of [
      action({ payload: { to: 'a@example.com', subject: 'S', text: long } }),
      action({ payload: { title: long, severity: 'critical', message: long, ...facts } }),
    ]) {
      const json = JSON.stringify(teams(sent))
      expect(bytesAsJsonString(json)).toBeLessThanOrEqual(TEAMS_LIMITS.bytes)
      expect(json).toContain(letter === '"' ? '\\"' : letter)
    }
  })

  test('stays below what Teams takes, and mentions nobody', () => {
    fc.assert(
      fc.property(hostileActions, (sent) => {
        const message = teams(sent)
        expect(bytesAsJsonString(JSON.stringify(message))).toBeLessThanOrEqual(TEAMS_LIMITS.bytes)
        expect(JSON.stringify(message)).not.toContain('"entities"')
        for (const { name, text } of textsIn(message.attachments[0].content.body))
          if (name === 'text' || name === 'value') expect(text).not.toMatch(/(?<!\\)<at>|^\s*$/)
      }),
      runs,
    )
  })

  test('sends a card of the payload, without whom it mentions', () => {
    const card = {
      type: 'AdaptiveCard',
      version: '1.4',
      body: [],
      msteams: { entities: [{ type: 'mention' }], width: 'Full' },
    }
    expect(teams(action({ payload: { card, text: 'x' } })).attachments[0].content).toEqual({
      ...card,
      msteams: { width: 'Full' },
    })
  })
})

describe('PagerDuty', () => {
  test('shows the page’s five as one incident', () => {
    expect(pagerduty(pageFive)).toMatchInlineSnapshot(`
      {
        "links": [],
        "payload": {
          "class": "cluster_alert",
          "custom_details": {
            "action_id": "01999999-aaaa-7bbb-8ccc-000000000001",
            "cluster": "prod",
            "count": 5,
            "members": [
              "14:03:05 seq 1",
              "14:03:06 seq 2",
              "14:03:07 seq 3",
              "14:03:08 seq 4",
              "14:03:09 seq 5",
            ],
            "text": "Between 14:03:05 and 14:03:09 UTC on 3 May 2026 (4 s).",
          },
          "group": "prod",
          "severity": "warning",
          "source": "prod",
          "summary": "5 cluster alerts (cluster prod)",
          "timestamp": "2026-05-03T14:03:09.000Z",
        },
      }
    `)
  })

  test('has only severities and lengths that PagerDuty takes', () => {
    fc.assert(
      fc.property(hostileActions, (sent) => {
        const { payload, links } = pagerduty(sent)
        expect(['critical', 'error', 'warning', 'info']).toContain(payload.severity)
        expect(payload.summary.length).toBeGreaterThan(0)
        expect(payload.summary.length).toBeLessThanOrEqual(1_024)
        expect(payload.source.length).toBeGreaterThan(0)
        expect(Number.isNaN(Date.parse(payload.timestamp))).toBe(false)
        expect(JSON.stringify({ payload, links }).length).toBeLessThan(128_000)
      }),
      runs,
    )
  })

  test('takes what the payload says of source, component, group, class and details', () => {
    const { payload } = pagerduty(
      action({
        payload: {
          summary: 'Down',
          source: 'db-1',
          component: 'pg',
          group: 'eu',
          class: 'disk',
          custom_details: { free: '1 %' },
        },
      }),
    )
    expect(payload).toMatchObject({
      summary: 'Down',
      source: 'db-1',
      component: 'pg',
      group: 'eu',
      class: 'disk',
      severity: 'error',
    })
    expect(payload.custom_details).toMatchObject({ free: '1 %' })
  })
})

describe('a short message', () => {
  test('says the page’s five, its alert and its urgent one at a glance', () => {
    expect(sms(pageFive)).toBe('WARNING: 5 cluster alerts (cluster prod)\n14:03 UTC: seq 1; seq 2; seq 3; seq 4; seq 5')
    expect(sms(action({ payload: { priority: 'urgent', body: 'Server down!' } }))).toBe('CRITICAL: Server down!')
  })

  test('fits into two parts, or three where letters need more room; a letter into what is sent at most', () => {
    fc.assert(
      fc.property(hostileActions, (sent) => {
        const body = sms(sent)
        const septets = septetsOf(body)
        const isLetter = typeof sent.payload === 'object' && sent.payload !== null && 'to' in sent.payload
        expect(body.length).toBeGreaterThan(0)
        if (isLetter) expect(body.length).toBeLessThanOrEqual(SMS_LIMITS.letter)
        else if (septets === null) expect(body.length).toBeLessThanOrEqual(SMS_LIMITS.ucs2)
        else expect(septets).toBeLessThanOrEqual(SMS_LIMITS.gsm)
      }),
      runs,
    )
  })

  test('is not doubled in length by a dash or a quotation mark', () => {
    expect(septetsOf(sms(action({ payload: { message: '“Disk” is full – 5 × in a row…' } })))).not.toBeNull()
  })
})

describe('plain text', () => {
  test('has no control characters, whatever it shows', () => {
    for (const text of HOSTILE)
      for (const sent of everywhere(text))
        expect(plain(sent)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f\u202a-\u202e]/)
  })
})
