import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { ActeonError } from '../lib/errors.js'
import type { Json } from '../lib/json.js'
import { createRenderer, type MessageType } from './render.js'
import { action, flush, HOSTILE, notice, pageFive } from './samples.fixture.js'
import type { TemplateProblem } from './template-engine.js'
import { compileTemplates, loadTemplates, openTemplates } from './templates.js'

/** A renderer with these files; none may have a problem. */
function rendererWith(files: Record<string, string>) {
  const problems: TemplateProblem[] = []
  const set = compileTemplates(new Map(Object.entries(files)), problems)
  expect(problems).toEqual([])
  return createRenderer(() => set)
}

const problemsOf = (files: Record<string, string>): TemplateProblem[] => {
  const problems: TemplateProblem[] = []
  compileTemplates(new Map(Object.entries(files)), problems)
  return problems
}

const log = (source: string, sent = action(), context = {}): string =>
  rendererWith({ 'log.liquid': source })('log', sent, context).content.text

describe('which template makes a message', () => {
  const files = {
    'slack.liquid': 'all',
    'alert.slack.liquid': 'alerts',
    'welcome.slack.liquid': 'welcome on Slack',
    'welcome.liquid': 'welcome anywhere',
    'email/subject.liquid': 'subject of all',
    'email/html.liquid': '<p>all</p>',
    'alert.email/text.liquid': 'alerts as text',
  }

  test('is that which the action names, else that of its type, else that of all, else none', () => {
    const render = rendererWith(files)
    const slack = (parts: object) => render('slack', action(parts))
    expect(slack({ template: 'welcome' })).toMatchObject({
      content: { text: 'welcome on Slack' },
      templates: ['welcome.slack.liquid'],
    })
    expect(slack({})).toMatchObject({ content: { text: 'alerts' }, templates: ['alert.slack.liquid'], problem: null })
    expect(slack({ action_type: 'other' }).content.text).toBe('all')
    expect(render('twilio', action({ template: 'welcome' })).content.body).toBe('welcome anywhere')
    expect(render('twilio', action({ payload: { text: 'built in' } }))).toMatchObject({
      content: { body: 'built in' },
      templates: [],
    })
  })

  test('takes a mail’s body from one place, in both forms, and its subject from the nearest', () => {
    const render = rendererWith(files)
    const alert = render('email', action()).content
    expect(alert).toMatchObject({ subject: 'subject of all', text: 'alerts as text' })
    expect(alert.html).toContain('alerts as text')
    expect(render('email', action({ action_type: 'other' })).content).toEqual({
      subject: 'subject of all',
      text: 'all',
      html: '<p>all</p>',
    })
  })

  test('is never another than the action names', () => {
    const render = rendererWith(files)
    expect(() => render('slack', action({ template: 'welcom' }))).toThrow(
      /no template "welcom"; did you mean "welcome"\?/,
    )
    expect(() => rendererWith({ 'a.slack.liquid': 'x' })('email', action({ template: 'a' }))).toThrow(
      /has no file for email; add a\.email\.liquid/,
    )
    expect(() => render('slack', action({ template: '../../etc/passwd' }))).toThrow(ActeonError)
    expect(() => render('slack', action({ template: '' }))).toThrow(ActeonError)
  })
})

describe('a template that fails', () => {
  test('which the action names, fails the message; any other gives way to what is built in, and says why', () => {
    const render = rendererWith({
      'slack.liquid': '{% for i in (1..20000) %}x{% endfor %}',
      'bad.slack.liquid': '{{ payload.x | divided_by: 0 | date: 5 }}{% for i in (1..20000) %}{{ i }}{% endfor %}',
    })
    const fallen = render('slack', action({ payload: { text: 'still here' } }))
    expect(fallen.content.text).toBe('still here')
    expect(fallen).toMatchObject({
      templates: [],
      problem: expect.stringMatching(/^slack\.liquid:1:\d+: it takes more than 10000 steps$/),
    })
    expect(() => render('slack', action({ template: 'bad' }))).toThrow(
      /^The template failed: bad\.slack\.liquid:1:\d+: /,
    )
  })

  test.each([
    [
      'a text above 64 KiB',
      '{% for i in (1..100) %}{{ payload.long }}{% endfor %}',
      /makes more than 65536 characters/,
    ],
    [
      'a value above the bound',
      '{% assign x = payload.long %}{% for i in (1..30) %}{% assign x = x | append: x %}{% endfor %}',
      /more than 4 million/,
    ],
    ['a replacement above the bound', '{{ payload.long | replace: "x", payload.long }}', /more than 4 million/],
    ['a long range', '{% for i in (1..100000000) %}{% endfor %}', /more than 4 million/],
    ['one that renders itself', "{% assign p = 'partials/self' %}{% render p, p: p %}", /renders itself|10000 steps/],
  ])('because it makes %s is stopped', (_what, source, problem) => {
    const render = rendererWith({ 'log.liquid': source, 'partials/self.liquid': '{% render p, p: p %}' })
    const started = performance.now()
    expect(render('log', action({ payload: { long: 'x'.repeat(60_000) } })).problem).toMatch(problem)
    expect(performance.now() - started).toBeLessThan(3_000)
  })
})

describe('what a template can reach', () => {
  test('are the action, its payload and labels, the message, the event, the group and the instant', () => {
    expect(
      log(
        '{{ action.tenant }} {{ payload.a.b[1] }} {{ labels.cluster }} {{ message.title }} {{ now }}',
        action({ payload: { a: { b: [1, 2] }, title: 'T' }, metadata: { cluster: 'c' } }),
        { now: 0 },
      ),
    ).toBe('t1 2 c T 1970-01-01T00:00:00.000Z')
    expect(log('{{ event.state }} {{ event.fingerprint }} {{ event.version }}', action(), { event: notice() })).toBe(
      'firing f1 1',
    )
    expect(
      log('{{ group.count }} {{ group.key }} {% for e in group.events %}{{ e.payload.seq }},{% endfor %}', pageFive),
    ).toBe('5 k1 1,2,3,4,5,')
    expect(log('{% if event %}event{% else %}none{% endif %}')).toBe('none')
  })

  test('is no clock: "now" is what was passed', () => {
    expect(log('{{ "now" | date: "%Y-%m-%d %H:%M" }} {{ now | date: "%Y" }}', action(), { now: 0 })).toBe(
      '1970-01-01 00:00 1970',
    )
    expect(log('{{ "now" | date: "%Y-%m-%dT%H:%M" }}')).toBe('2026-05-03T14:03')
  })

  test.each([
    'payload.constructor',
    'payload.__proto__',
    'payload.constructor.constructor',
    "payload['constructor']['constructor']",
    'payload.toString',
    'payload.list.constructor',
    'payload.text.constructor',
    'payload.text.__proto__.constructor',
    'payload.list.map',
    'payload.hasOwnProperty',
    'action.constructor.prototype',
    'message.__defineGetter__',
    "labels['__proto__']['polluted']",
    'payload.list.length.constructor',
    'group.constructor',
    'event.__proto__',
    "payload | map: 'constructor' | join",
    "payload.list | map: '__proto__' | join",
    "payload.list | where: 'constructor' | join",
    "payload.list | group_by: '__proto__' | map: 'items' | map: 'constructor' | join",
    "payload.list | sort: 'constructor' | map: 'constructor' | join",
    "payload.list | sum: '__proto__' | minus: 0 | at_least: 0 | replace: '0', ''",
  ])('are own members only: {{ %s }} is empty', (expression) => {
    const text = log(`[{{ ${expression} }}]`, action({ payload: { list: [{ a: 1 }], text: 't' } }))
    expect(text.replaceAll(/\s/g, '')).toBe('[]')
  })

  test('is not what a payload says: Liquid in it is text', () => {
    expect(log('{{ payload.x }}', action({ payload: { x: '{{ action.tenant }}{% include "/etc/passwd" %}' } }))).toBe(
      '{{ action.tenant }}{% include "/etc/passwd" %}',
    )
  })

  test.each([
    ["{% render '/etc/passwd' %}", 'etc/passwd'],
    ["{% include '../../../../etc/passwd' %}", 'etc/passwd'],
    ["{% layout '/etc/passwd' %}", 'etc/passwd'],
    ["{% render 'gone' %}", 'there is no partial "gone"'],
  ])('is no file outside the directory, and %s is refused when it is loaded', (source, says) => {
    expect(problemsOf({ 'log.liquid': source })).toMatchObject([
      { file: 'log.liquid', line: 1, message: expect.stringContaining(says) },
    ])
  })

  test('is no file that a payload names', () => {
    const render = rendererWith({ 'log.liquid': '{% render payload.x %}' })
    for (const x of ['/etc/passwd', '../log', 'package.json'])
      expect(render('log', action({ payload: { x } })).problem).toMatch(/^log\.liquid:1:\d+: .*partial/)
  })

  test.each(['raw', 'sample', 'where_exp: "x", "x"', 'inspect', 'jsonify', 'nonsense'])('is no filter %s', (filter) => {
    expect(problemsOf({ 'log.liquid': `\n{{ payload.x | ${filter} }}` })).toMatchObject([
      { line: 2, message: expect.stringContaining('undefined filter') },
    ])
  })
})

describe('values in a template', () => {
  const values = [...HOSTILE, '", "channel": "#all', '\\', '\u2028', '${x}']

  test.each(values)('are escaped for HTML: %j', (text) => {
    const { html } = rendererWith({
      'email/html.liquid':
        '<p title="{{ payload.x }}">{{ payload.x }}{{ payload.x | escape }}{{ payload.x | upcase }}{{ payload | json }}{{ payload.x | newline_to_br }}</p>',
    })('email', action({ payload: { x: text } })).content
    expect([...html.matchAll(/<[^>]*>/g)].filter(([tag]) => tag !== '<br>')).toHaveLength(2)
    expect(html).toMatch(/^<p title="[^"]*">[^"']*<\/p>$/)
  })

  test.each(values)('are escaped for Slack, in text and in the strings of JSON: %j', (text) => {
    const sent = action({ payload: { x: text, list: [text] } })
    const plain = rendererWith({ 'slack.liquid': '<!here> {{ payload.x }} {{ payload.list | join }}' })('slack', sent)
      .content.text
    expect(plain.slice('<!here>'.length)).not.toMatch(/[<>]/)
    const source =
      '{% comment %} blocks {% endcomment %}\n{"text": "{{ payload.x }}", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": {{ payload.x | json }}}, "all": {{ payload | json }}}]}'
    const { content, problem } = rendererWith({ 'slack.liquid': source })('slack', sent)
    expect(problem).toBeNull()
    expect(Object.keys(content)).toEqual(['text', 'blocks'])
    expect(JSON.stringify(content)).not.toMatch(/[<>]/)
    const own = content.blocks![0] as unknown as { text: { text: string } }
    expect(own.text.text).toBe(text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'))
  })

  test('make one header line of a subject', () => {
    const render = rendererWith({ 'email/subject.liquid': 'Alert: {{ payload.x }}' })
    for (const x of values)
      expect(render('email', action({ payload: { x } })).content.subject).not.toMatch(/[\u0000-\u001f\u007f\u2028]/)
    expect(render('email', action({ payload: { x: 'a\r\nBcc: b@example.com' } })).content.subject).toBe(
      'Alert: a Bcc: b@example.com',
    )
  })

  test('are addresses only when they are: others are left out', () => {
    const source = '<a href="{{ payload.x | url }}">x</a>'
    const html = (x: Json) =>
      rendererWith({ 'email/html.liquid': source })('email', action({ payload: { x } })).content.html
    expect(html('https://x.example/?a=1&b="')).toBe('<a href="https://x.example/?a=1&amp;b=%22">x</a>')
    for (const x of ['javascript:alert(1)', 'data:text/html,x', 5, null, {}]) expect(html(x)).toBe('<a href="">x</a>')
    const slack = rendererWith({ 'slack.liquid': '{"blocks": [{"type": "b", "url": "{{ payload.x | url }}"}]}' })
    expect(slack('slack', action({ payload: { x: 'https://x.example/?a=1&b=2' } })).content.blocks).toEqual([
      { type: 'b', url: 'https://x.example/?a=1&b=2' },
    ])
  })

  test('of what a template captured stay escaped', () => {
    const source = '{% capture x %}{{ payload.x }}{% endcapture %}{{ x }}'
    expect(
      rendererWith({ 'email/html.liquid': source })('email', action({ payload: { x: '<b>' } })).content.html,
    ).not.toContain('<b>')
  })
})

describe('what a template made', () => {
  const made = <T extends MessageType>(type: T, source: string, sent = action()) =>
    rendererWith({ [`${type}.liquid`]: source })(type, sent)

  test('is refused where its service would refuse it, and what is built in is sent', () => {
    expect(made('slack', '{"text": }').problem).toMatch(/^slack\.liquid: it begins like JSON and makes none/)
    expect(made('slack', '{"blocks": [1]}').problem).toMatch(/a list of objects/)
    expect(made('slack', `[${Array.from({ length: 51 }, () => '{"type": "divider"}').join()}]`).problem).toMatch(
      /51 blocks, and Slack takes 50/,
    )
    expect(made('slack', '  ').problem).toMatch(/makes nothing/)
    expect(made('discord', '{"embeds": 5}').problem).toMatch(/embeds/)
    expect(made('teams', '{"type": "Other"}').problem).toMatch(/AdaptiveCard/)
    expect(made('pagerduty', '{"severity": "purple"}').problem).toMatch(/severity/)
    expect(made('twilio', '').problem).toMatch(/makes nothing/)
  })

  test('is JSON only where it begins so, and where the service takes any', () => {
    const x = '"quoted" & <b>'
    const sent = action({ payload: { x } })
    expect(made('slack', '[Alert] {{ payload.x }}', sent).content.text).toBe('[Alert] "quoted" &amp; &lt;b&gt;')
    expect(made('slack', '{Alert} {{ payload.x }}', sent).content.text).toBe('{Alert} "quoted" &amp; &lt;b&gt;')
    expect(made('twilio', '{"x": "{{ payload.x }}"}', sent).content.body).toBe(`{"x": "${x}"}`)
    const blocks =
      '[{% for n in payload.list %}{% unless forloop.first %},{% endunless %}{"type": "{{ n }}"}{% endfor %}]'
    expect(made('slack', blocks, action({ payload: { list: ['a', 'b'] } })).content.blocks).toEqual([
      { type: 'a' },
      { type: 'b' },
    ])
  })

  test('is what is sent', () => {
    expect(made('discord', '{"content": "hi", "allowed_mentions": {"parse": ["everyone"]}}').content).toEqual({
      content: 'hi',
      embeds: [],
      allowed_mentions: { parse: [] },
    })
    expect(made('teams', '{"type": "AdaptiveCard", "version": "1.4", "body": []}').content).toMatchObject({
      type: 'message',
      attachments: [{ content: { type: 'AdaptiveCard', body: [] } }],
    })
    expect(made('pagerduty', '{"summary": "S", "severity": "crit", "custom_details": {"a": 1}}').content).toMatchObject(
      { payload: { summary: 'S', severity: 'critical', custom_details: { a: 1 }, class: 'alert' } },
    )
    expect(made('pagerduty', 'Down: {{ message.title }}', flush([{}], {})).content.payload.summary).toBe(
      'Down: 1 cluster alert',
    )
    expect(made('webhook', '{"x": {{ payload | json }}}', action({ payload: { a: '<' } })).content.text).toBe(
      '{"x": {"a":"<"}}',
    )
  })
})

describe('loading templates', () => {
  test.each([
    [
      { 'slack.liquid': 'a\n b {% if x %}' },
      { file: 'slack.liquid', line: 2, column: 4, message: expect.stringContaining('not closed') },
    ],
    [{ 'slack.liquid': 'a\n{{ payload.x ' }, { file: 'slack.liquid', line: 2 }],
    [
      { 'slack.liquid': "a{% render 'partials/x' %}", 'partials/x.liquid': "\n{% render 'gone' %}" },
      { file: 'partials/x.liquid', line: 2, message: 'there is no partial "gone"' },
    ],
    [
      { 'slack.liquid': "{% render '_x' %}", '_x.liquid': "{% render '_x' %}" },
      { message: 'it is nested too deeply, or renders itself' },
    ],
    [{ 'slack.liquid': '{% fro x in y %}' }, { line: 1, message: expect.stringContaining('fro') }],
    [
      { 'slack.liquid': '\n\n{{ mesage.title }}' },
      { line: 3, column: 4, message: 'there is no "mesage"; did you mean "message"?' },
    ],
    [
      { 'slack.liquid': '{{ xyzzy }}' },
      { line: 1, message: expect.stringContaining('a template has action, payload') },
    ],
    [
      { 'a.slack.liquid': "{% render '_x' %}", '_x.liquid': '\n{% if %}' },
      { file: '_x.liquid', line: 2 },
    ],
    [
      { 'email/body.liquid': 'x' },
      { file: 'email/body.liquid', message: expect.stringContaining('expected subject.liquid') },
    ],
    [{ 'slack/x.liquid': 'x' }, { message: expect.stringContaining('means nothing') }],
  ])('says of %j what is wrong, and where', (files, problem) => {
    expect(problemsOf(files as Record<string, string>)).toEqual(
      expect.arrayContaining([expect.objectContaining(problem)]),
    )
  })

  test('lets partials be given what they need, and name what all templates have', () => {
    const render = rendererWith({
      'log.liquid':
        "{% assign x = 1 %}{% render 'partials/row', name: payload.a %}{% include '_foot' %}{% for i in (1..2) %}{{ forloop.index }}{% endfor %}",
      'partials/row.liquid': '[{{ name }}]',
      '_foot.liquid': '({{ action.id }}{{ x }})',
    })
    expect(render('log', action({ id: '7', payload: { a: 'A' } }))).toMatchObject({
      content: { text: '[A](71)12' },
      problem: null,
    })
  })
})

test('the templates that the documentation shows work', async () => {
  const page = await readFile(new URL('../../docs/messages.md', import.meta.url), 'utf8')
  const files = Object.fromEntries(
    [...page.matchAll(/^`([\w./]+\.liquid)`:\n\n```\n([\s\S]*?)^```/gm)].map(([, path, text]) => [path!, text!]),
  )
  expect(Object.keys(files)).toEqual(['slack.liquid', 'cluster_alert.slack.liquid', 'email/subject.liquid'])
  const render = rendererWith(files)
  const group = { ...pageFive, action_type: 'other' }
  expect(render('slack', group).content.text).toContain('5 since 14:03\n• seq 1\n• seq 2')
  expect(render('slack', pageFive)).toMatchObject({ problem: null, content: { blocks: [{ type: 'header' }, {}] } })
  expect(render('email', pageFive).content.subject).toBe('[prod] 5 cluster alerts (cluster prod)')
})

describe('a directory of templates', () => {
  let directory = ''
  afterEach(() => rm(directory, { recursive: true, force: true }))
  async function withFiles(files: Record<string, string>): Promise<string> {
    directory = await realpath(await mkdtemp(join(tmpdir(), 'acteon-templates-')))
    await put(files)
    return directory
  }
  async function put(files: Record<string, string>): Promise<void> {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(directory, path)), { recursive: true })
      await writeFile(join(directory, path), text)
    }
  }

  test('is read anew as a whole or not at all', async () => {
    const templates = await openTemplates(await withFiles({ 'slack.liquid': 'one', 'notes.txt': 'no template' }))
    const render = createRenderer(templates.current)
    const before = templates.current()
    await put({ 'slack.liquid': 'two', 'alert.slack.liquid': '\n{{ nonsense }}' })
    await expect(templates.reload()).rejects.toMatchObject({
      code: 'TEMPLATES_INVALID',
      message: expect.stringContaining(`${join(directory, 'alert.slack.liquid')}:2:4: there is no "nonsense"`),
      details: { errors: [{ line: 2, column: 4 }] },
    })
    expect(templates.current()).toBe(before)
    expect(render('slack', action()).content.text).toBe('one')
    await put({ 'alert.slack.liquid': 'three' })
    const after = await templates.reload()
    expect(render('slack', action()).content.text).toBe('three')
    expect(after.version).not.toBe(before.version)
    expect(after.files).toEqual(['alert.slack.liquid', 'slack.liquid'])
  })

  test('gives nothing of what lies outside of it, and refuses what is no file of text', async () => {
    await withFiles({ 'ok.slack.liquid': 'x', 'big.slack.liquid': 'x'.repeat(70_000) })
    await symlink('/etc/passwd', join(directory, 'evil.slack.liquid'))
    await symlink('/etc', join(directory, 'partials'))
    await writeFile(join(directory, 'bin.slack.liquid'), Buffer.from([0xff, 0xfe, 0x00]))
    const error = await loadTemplates(directory).then(
      () => null,
      (thrown: ActeonError) => thrown,
    )
    const errors = (error!.details as { errors: TemplateProblem[] }).errors
    expect(errors.map(({ file, message }) => `${file.slice(directory.length + 1)} ${message}`)).toEqual([
      'big.slack.liquid is larger than 64 KiB',
      'bin.slack.liquid is not text in UTF-8; save it as UTF-8',
      'evil.slack.liquid is a link to outside the templates directory; put the file itself here',
      'partials is a link to outside the templates directory; put the file itself here',
    ])
    expect(error!.message).not.toContain('root:')
  })

  test('that is not there is said', async () => {
    await withFiles({})
    await expect(loadTemplates(join(directory, 'gone'))).rejects.toThrow(/gone: there is no such directory/)
  })
})
