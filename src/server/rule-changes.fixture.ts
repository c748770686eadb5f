import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseConfig } from '../config/load.js'
import { startServer, type RunningServer } from './start.js'

const RULE = (name: string, type: string): string =>
  `rules:\n  - name: ${name}\n    condition: { field: action.action_type, eq: ${type} }\n    action: { type: suppress }\n`

/** What the history of rules must tell, whatever keeps it. @param stores the configuration of state and records */
export function ruleChangeCases(name: string, stores: () => string): void {
  describe(`the history of rules, kept in ${name}`, () => {
    let dir: string
    let server: RunningServer
    beforeAll(async () => {
      dir = mkdtempSync(join(tmpdir(), 'acteon-rule-changes-'))
      mkdirSync(join(dir, 'rules'))
      writeFileSync(join(dir, 'rules', 'a.yaml'), RULE('one', 'a'))
      writeFileSync(join(dir, 'rules', 'b.yaml'), RULE('two', 'b'))
      const text = `${stores()}\n[rules]\neditable = true\n[[providers]]\nname = "email"\ntype = "log"\n`
      const { config, problems } = await parseConfig({ text, file: 'acteon.toml', folder: dir }, {})
      expect(problems).toEqual([])
      server = await startServer(config!, { port: 0, log: pino({ level: 'silent' }) })
    }, 60_000)
    afterAll(async () => {
      await server.stop()
      rmSync(dir, { recursive: true, force: true })
    })

    async function call(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
      const answer = await fetch(`${server.url}${path}`, {
        method,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      expect([path, answer.status]).toEqual([path, 200])
      return (await answer.json()) as Record<string, unknown>
    }
    const changes = async (query = ''): Promise<Record<string, unknown>[]> =>
      (await call('GET', `/v1/rule-changes${query}`))['changes'] as Record<string, unknown>[]
    async function publish(path: string, text: string, message: string): Promise<void> {
      const { revision } = await call('GET', `/v1/rule-files/${path}`)
      await call('PUT', `/v1/rule-files/${path}`, { text, revision, message })
    }

    it('tells who published what, when and why, with the texts before and after; and who switched', async () => {
      expect(await changes()).toEqual([])
      await publish('a.yaml', `# token: hunter2\n${RULE('one', 'aa')}`, 'wider')
      await publish('b.yaml', RULE('renamed', 'b'), 'a better name')
      await call('PUT', '/v1/rules/one/enabled', { enabled: false })
      await call('PUT', '/v1/rules/one/enabled', { enabled: null })
      const all = await changes()
      expect(all).toMatchObject([
        { kind: 'switched', switched: null, rules: { changed: ['one'] } },
        { kind: 'switched', switched: false, rules: { changed: ['one'] }, path: null },
        { kind: 'published', path: 'b.yaml', rules: { added: ['renamed'], removed: ['two'] } },
        { kind: 'published', path: 'a.yaml', by: 'anonymous', message: 'wider', rules: { changed: ['one'] } },
      ])
      expect(all.every((change) => !('text_before' in change))).toBe(true)
      const one = await call('GET', `/v1/rule-changes/${String(all[3]!['id'])}`)
      expect(one).toMatchObject({ text_before: RULE('one', 'a'), after: expect.any(String), exact: false })
      expect(one['text_after']).toContain('aa')
      expect(one['text_after']).not.toContain('hunter2')
      const renamed = await call('GET', `/v1/rule-changes/${String(all[2]!['id'])}`)
      expect(renamed).toMatchObject({ text_after: RULE('renamed', 'b'), exact: true })
    })

    it('is asked for one file or one rule, and in pages', async () => {
      expect(await changes('?path=b.yaml')).toMatchObject([{ path: 'b.yaml' }])
      expect((await changes('?rule=one')).map(({ kind }) => kind)).toEqual(['switched', 'switched', 'published'])
      expect(await changes('?rule=two')).toMatchObject([{ message: 'a better name' }])
      const first = await call('GET', '/v1/rule-changes?rule=one&limit=2')
      const rest = await call('GET', `/v1/rule-changes?rule=one&limit=2&cursor=${String(first['next_cursor'])}`)
      expect(rest['changes']).toMatchObject([{ kind: 'published', path: 'a.yaml' }])
    })

    it('tells who deleted a file, with the text that was', async () => {
      await call('PUT', '/v1/rule-files/c.yaml', { text: RULE('three', 'c'), revision: null })
      const { revision } = await call('GET', '/v1/rule-files/c.yaml')
      await call('DELETE', `/v1/rule-files/c.yaml?message=unused&revision=${String(revision)}`)
      const [newest] = await changes('?rule=three')
      expect(newest).toMatchObject({ kind: 'published', path: 'c.yaml', after: null, message: 'unused' })
      const one = await call('GET', `/v1/rule-changes/${String(newest!['id'])}`)
      expect(one).toMatchObject({ text_before: RULE('three', 'c'), text_after: null, exact: true })
      expect(one).toMatchObject({ before: revision, rules: { removed: ['three'] } })
    })

    it('keeps no text that is too long, and knows no change by the id of something else', async () => {
      await publish('b.yaml', `${RULE('renamed', 'b')}# ${'x'.repeat(140_000)}\n`, 'a long remark')
      const [newest] = await changes('?path=b.yaml')
      const one = await call('GET', `/v1/rule-changes/${String(newest!['id'])}`)
      expect(one).toMatchObject({ text_before: RULE('renamed', 'b'), text_after: null, rules: { changed: [] } })
      expect((await fetch(`${server.url}/v1/rule-changes/none`)).status).toBe(404)
    })
  })
}
