import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseConfig } from '../config/load.js'
import { startServer, type RunningServer } from './start.js'

const RULE = (name: string, type: string): string =>
  `rules:\n  - name: ${name}\n    condition: { field: action.action_type, eq: ${type} }\n    action: { type: suppress }\n`
const CONFIG = (editable: boolean, more: string): string => `
[state]
backend = "memory"
[rules]
editable = ${editable}
${more}
[[providers]]
name = "email"
type = "log"
`

interface Answer {
  status: number
  body: Record<string, unknown>
}
type Call = (method: string, path: string, body?: unknown) => Promise<Answer>

let dir: string
const servers: RunningServer[] = []
async function start(editable: boolean, more = ''): Promise<Call> {
  const { config, problems } = await parseConfig({ text: CONFIG(editable, more), file: 'acteon.toml', folder: dir }, {})
  expect(problems).toEqual([])
  const server = await startServer(config!, { port: 0, log: pino({ level: 'silent' }) })
  servers.push(server)
  return async (method, path, body) => {
    const answer = await fetch(`${server.url}${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }
}
const fileAt = (path: string): string => `/v1/rule-files/${encodeURIComponent(path)}`

let call: Call
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'acteon-rule-files-'))
  mkdirSync(join(dir, 'rules', 'more'), { recursive: true })
  mkdirSync(join(dir, 'outside'))
  writeFileSync(join(dir, 'rules', 'a.yaml'), RULE('one', 'a'))
  writeFileSync(join(dir, 'rules', 'more', 'a.yaml'), RULE('two', 'b'))
  call = await start(true)
})
afterAll(async () => {
  for (const server of servers) await server.stop()
  rmSync(dir, { recursive: true, force: true })
})

const revisionOf = async (path: string): Promise<unknown> => (await call('GET', fileAt(path))).body['revision']
const onDisk = (path: string): string => readFileSync(join(dir, 'rules', path), 'utf8')

describe('rule files', () => {
  it('are listed with their rules, and read with the revision of their text', async () => {
    const { body } = await call('GET', '/v1/rule-files')
    expect(body).toMatchObject({
      editable: true,
      files: [
        { path: 'a.yaml', rules: ['one'] },
        { path: 'more/a.yaml', rules: ['two'] },
      ],
    })
    const file = await call('GET', fileAt('more/a.yaml'))
    expect(file.body).toMatchObject({ path: 'more/a.yaml', text: RULE('two', 'b') })
    expect((await call('GET', fileAt('none.yaml'))).status).toBe(404)
  })

  it('run as soon as they are published, and the publishing is on record', async () => {
    const revision = await revisionOf('more/a.yaml')
    const text = RULE('renamed', 'b')
    const { status, body } = await call('PUT', fileAt('more/a.yaml'), { text, revision, message: 'a better name' })
    expect([status, body]).toMatchObject([200, { loaded: 2, file: { path: 'more/a.yaml', text } }])
    expect(onDisk('more/a.yaml')).toBe(text)
    const rules = (await call('GET', '/v1/rules')).body as unknown as { name: string }[]
    expect(rules.map(({ name }) => name)).toEqual(['one', 'renamed'])
    const { records } = (await call('GET', '/v1/audit?kind=system')).body as { records: Record<string, unknown>[] }
    expect(records[0]).toMatchObject({
      action_type: 'rules_published',
      verdict_details: { path: 'more/a.yaml', before: revision, message: 'a better name' },
    })
    expect(readdirSync(join(dir, 'rules', 'more'))).toEqual(['a.yaml'])
  })

  it('are not overwritten when they were changed meanwhile, are there already, or are gone', async () => {
    const revision = await revisionOf('a.yaml')
    const theirs = RULE('one', 'theirs')
    writeFileSync(join(dir, 'rules', 'a.yaml'), theirs)
    for (const given of [revision, null]) {
      const { status, body } = await call('PUT', fileAt('a.yaml'), { text: RULE('one', 'mine'), revision: given })
      expect([status, body['code']]).toEqual([409, 'CONFLICT'])
    }
    expect(onDisk('a.yaml')).toBe(theirs)
    const gone = await call('PUT', fileAt('gone.yaml'), { text: RULE('x', 'x'), revision: 'abc' })
    expect(gone.status).toBe(409)
  })

  it('of two who publish at the same time, one wins', async () => {
    const revision = await revisionOf('a.yaml')
    const both = await Promise.all(
      ['b', 'c'].map((type) => call('PUT', fileAt('a.yaml'), { text: RULE('one', type), revision })),
    )
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409])
  })

  it('are written only when all rules together are valid', async () => {
    const before = onDisk('a.yaml')
    const revision = await revisionOf('a.yaml')
    for (const text of [RULE('renamed', 'same name twice'), 'rules: [', 'rules:\n  - nme: x\n']) {
      const { status, body } = await call('PUT', fileAt('a.yaml'), { text, revision })
      expect([status, body['code']]).toEqual([400, 'RULES_INVALID'])
      expect((body['problems'] as unknown[])[0]).toMatchObject({
        file: expect.stringContaining('a.yaml'),
        message: expect.any(String),
      })
    }
    expect(onDisk('a.yaml')).toBe(before)
  })

  it('are never written outside of their directory, under hidden names, or as something else', async () => {
    symlinkSync(join(dir, 'outside'), join(dir, 'rules', 'link'))
    const paths = ['../evil.yaml', '..%2fevil.yaml', '/etc/evil.yaml', 'more/../../evil.yaml', '.hidden.yaml']
    for (const path of [...paths, 'more/.x/evil.yaml', 'evil.txt', 'evil.yaml\0', 'a\\b.yaml', 'new/evil.yaml']) {
      const { status } = await call('PUT', fileAt(path), { text: RULE('evil', 'e'), revision: null })
      expect([path, status]).toEqual([path, 400])
    }
    const linked = await call('PUT', fileAt('link/evil.yaml'), { text: RULE('evil', 'e'), revision: null })
    expect(linked.status).toBe(400)
    rmSync(join(dir, 'rules', 'link'))
    expect(existsSync(join(dir, 'evil.yaml'))).toBe(false)
    expect(readdirSync(join(dir, 'outside'))).toEqual([])
  })

  it('are made anew with the revision null', async () => {
    const made = await call('PUT', fileAt('more/new.yaml'), { text: RULE('new', 'n'), revision: null })
    expect([made.status, made.body]).toMatchObject([200, { loaded: 3 }])
  })

  it('begin with a rule that is off, under a name that is checked and not taken', async () => {
    const begin = (path: string): Promise<Answer> => call('POST', '/v1/rules/new-file', { path })
    const { status, body } = await begin('more/quiet hours')
    expect([status, body]).toMatchObject([200, { path: 'more/quiet hours.yaml', editable: true }])
    const text = body['text'] as string
    expect(text).toContain('  - name: quiet-hours #')
    const check = await call('POST', '/v1/rules/check', { files: [{ path: 'more/quiet hours.yaml', text }] })
    expect(check.body).toMatchObject({ valid: true, changes: { added: ['quiet-hours'], changed: [] } })
    expect((await call('POST', '/v1/rules/format', { text })).body).toEqual({ text })
    expect(existsSync(join(dir, 'rules', 'more', 'quiet hours.yaml'))).toBe(false)
    // A rule of this name runs already, and YAML reads the other as a number.
    expect((await begin('more/one.yml')).body['text']).toContain('name: one-2 #')
    expect((await begin('2026')).body['text']).toContain('name: rule-2026 #')
    expect((await begin('a.yaml')).status).toBe(409)
    for (const path of ['../evil', '.hidden', 'nowhere/evil', '', 'a\\b', '/etc/evil.yaml'])
      expect([path, (await begin(path)).status]).toEqual([path, 400])
  })

  it('are checked without being written: errors with their places, rules that are never reached, what differs', async () => {
    const bad = await call('POST', '/v1/rules/check', { files: [{ path: 'x.yaml', text: 'rules:\n  - name: 3\n' }] })
    expect(bad.body).toMatchObject({ valid: false, rules: null })
    expect((bad.body['problems'] as unknown[])[0]).toMatchObject({ file: 'x.yaml', line: 2, column: 5 })
    const text = `${RULE('first', 'same')}    priority: 1\n${RULE('second', 'same').replace('rules:\n', '')}    priority: 2\n`
    const good = await call('POST', '/v1/rules/check', {
      files: [
        { path: 'a.yaml', text },
        { path: 'more/new.yaml', text: null },
      ],
    })
    expect(good.body).toMatchObject({
      valid: true,
      findings: [{ rule: 'second', file: 'a.yaml', shadowed_by: 'first' }],
      changes: { added: ['first', 'second'], removed: ['one', 'new'] },
    })
    expect(existsSync(join(dir, 'rules', 'x.yaml'))).toBe(false)
  })

  it('are laid out without changing what they say, and told where they are broken', async () => {
    const text = '# why\nrules:\n-   {name: one,   action: {type: suppress}} # one\n'
    const { status, body } = await call('POST', '/v1/rules/format', { text })
    expect([status, body]).toEqual([
      200,
      { text: '# why\nrules:\n  - { name: one, action: { type: suppress } } # one\n' },
    ])
    const broken = await call('POST', '/v1/rules/format', { text: 'rules:\n  - name: [a\n' })
    expect([broken.status, broken.body['code']]).toEqual([400, 'RULES_INVALID'])
    expect((broken.body['problems'] as unknown[])[0]).toMatchObject({ line: 3, message: expect.any(String) })
  })

  it('are tried with one action before they are published', async () => {
    const action = { namespace: 'shop', tenant: 'acme', provider: 'email', action_type: 'tried', payload: {} }
    const asked = { ...action, files: [{ path: 'tried.yaml', text: RULE('tried', 'tried') }] }
    expect((await call('POST', '/v1/rules/evaluate', action)).body).toMatchObject({ verdict: 'allow' })
    const { body } = await call('POST', '/v1/rules/evaluate', asked)
    expect(body).toMatchObject({ verdict: 'suppress', matched_rule: 'tried' })
    const wrong = await call('POST', '/v1/rules/evaluate', { ...action, files: [{ path: 'x.yaml', text: 'rules: [' }] })
    expect([wrong.status, wrong.body['code']]).toEqual([400, 'RULES_INVALID'])
    const odd = await call('POST', '/v1/rules/evaluate', { ...action, files: 'all' })
    expect([odd.status, odd.body['code']]).toEqual([400, 'INVALID_REQUEST'])
  })

  describe('are deleted', () => {
    const deleted = (path: string, revision: unknown, message = ''): Promise<Answer> =>
      call('DELETE', `${fileAt(path)}?${new URLSearchParams({ revision: String(revision), message })}`)
    const names = async (): Promise<string[]> =>
      ((await call('GET', '/v1/rules')).body as unknown as { name: string }[]).map(({ name }) => name)
    /** A file that is published, with its revision. */
    async function made(path: string, rule: string): Promise<unknown> {
      const { status } = await call('PUT', fileAt(path), { text: RULE(rule, rule), revision: null })
      expect(status).toBe(200)
      return revisionOf(path)
    }

    it('by the revision of their text, and at once their rules run no more; that is on record with the text', async () => {
      const path = 'more/gone.yaml'
      // What some editors put in front is no part of the text.
      writeFileSync(join(dir, 'rules', path), `\uFEFF${RULE('gone', 'gone')}`)
      await call('POST', '/v1/rules/reload')
      const before = await names()
      const revision = await revisionOf(path)
      const { status, body } = await deleted(path, revision, 'of no use')
      expect([status, body]).toMatchObject([200, { path, loaded: before.length - 1, version: expect.any(String) }])
      expect(await names()).toEqual(before.filter((name) => name !== 'gone'))
      expect(readdirSync(join(dir, 'rules', 'more')).filter((name) => name.includes('gone'))).toEqual([])
      expect((await call('GET', fileAt(path))).status).toBe(404)
      const { records } = (await call('GET', '/v1/audit?kind=system')).body as { records: Record<string, unknown>[] }
      expect(records[0]).toMatchObject({
        action_type: 'rules_published',
        verdict_details: { path, before: revision, after: null, message: 'of no use', changes: { removed: ['gone'] } },
      })
    })

    it('not when they were changed meanwhile, are gone, or no revision is named', async () => {
      const revision = await made('mine.yaml', 'mine')
      const theirs = RULE('mine', 'theirs')
      writeFileSync(join(dir, 'rules', 'mine.yaml'), theirs)
      const late = await deleted('mine.yaml', revision)
      expect([late.status, late.body]).toMatchObject([409, { error: expect.stringContaining('nothing was deleted') }])
      expect((await call('DELETE', fileAt('mine.yaml'))).status).toBe(400)
      expect(onDisk('mine.yaml')).toBe(theirs)
      const both = await Promise.all(
        [1, 2].map(async () => deleted('mine.yaml', (await call('GET', fileAt('mine.yaml'))).body['revision'])),
      )
      expect(both.map(({ status }) => status).sort()).toEqual([200, 409])
    })

    it('never where the others would not be valid without them', async () => {
      const revision = await made('kept.yaml', 'kept')
      writeFileSync(join(dir, 'rules', 'wrong.yaml'), 'rules: [')
      const wrong = await deleted('kept.yaml', revision)
      expect([wrong.status, wrong.body['code']]).toEqual([400, 'RULES_INVALID'])
      // The one that is wrong may go.
      expect((await deleted('wrong.yaml', await revisionOf('wrong.yaml'))).status).toBe(200)
      // A link to nothing is no rule file, so what a link leads to stays, and comes back under its name.
      symlinkSync('kept.yaml', join(dir, 'rules', 'link.yaml'))
      const led = await deleted('kept.yaml', revision)
      expect([led.status, led.body]).toMatchObject([400, { error: expect.stringContaining('link to nothing') }])
      rmSync(join(dir, 'rules', 'link.yaml'))
      expect(onDisk('kept.yaml')).toBe(RULE('kept', 'kept'))
      expect(readdirSync(join(dir, 'rules')).filter((name) => name.startsWith('.'))).toEqual([])
    })

    it('never outside of their directory, nor when they are links', async () => {
      writeFileSync(join(dir, 'outside', 'theirs.yaml'), RULE('theirs', 't'))
      for (const path of ['../outside/theirs.yaml', '/etc/theirs.yaml', '.hidden.yaml', 'more'])
        expect([path, (await deleted(path, 'x')).status]).toEqual([path, 400])
      expect(existsSync(join(dir, 'outside', 'theirs.yaml'))).toBe(true)
      rmSync(join(dir, 'outside', 'theirs.yaml'))
      symlinkSync('kept.yaml', join(dir, 'rules', 'a-link.yaml'))
      const link = await deleted('a-link.yaml', await revisionOf('a-link.yaml'))
      expect([link.status, link.body]).toMatchObject([409, { error: expect.stringContaining('is a link') }])
      rmSync(join(dir, 'rules', 'a-link.yaml'))
      expect(onDisk('kept.yaml')).toBe(RULE('kept', 'kept'))
    })

    it('not when the rules are one file', async () => {
      const one = await start(true, 'directory = "rules/kept.yaml"')
      const { files } = (await one('GET', '/v1/rule-files')).body as { files: { path: string; revision: string }[] }
      const { status, body } = await one('DELETE', `${fileAt('kept.yaml')}?revision=${files[0]!.revision}`)
      expect([status, body]).toMatchObject([400, { error: expect.stringContaining('the one file "kept.yaml"') }])
      expect(existsSync(join(dir, 'rules', 'kept.yaml'))).toBe(true)
    })
  })

  it('are not written by a server that was not told so', async () => {
    const reading = await start(false)
    const gone = await reading('DELETE', `${fileAt('a.yaml')}?revision=${String(await revisionOf('a.yaml'))}`)
    expect([gone.status, existsSync(join(dir, 'rules', 'a.yaml'))]).toEqual([403, true])
    expect((await reading('GET', '/v1/rule-files')).body).toMatchObject({ editable: false })
    const { status, body } = await reading('PUT', fileAt('a.yaml'), { text: RULE('one', 'z'), revision: null })
    expect([status, body['error']]).toEqual([403, expect.stringContaining('editable = true')])
  })
})
