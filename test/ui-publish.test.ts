import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { faults } from './axe.js'
import { hashOfPassword, signIn } from './chromium.js'
import { startServer, until } from './server.js'
import { openSite, type Site } from './site.js'

const PATIENCE_MS = 45_000
const KEY = 'acteon_key-of-bob'
const SENT = 10_000

const RULES = `rules:
  - name: quiet-hours
    condition:
      field: action.payload.severity
      eq: info
    action:
      type: suppress
  - name: page-critical
    condition:
      field: action.payload.p99_ms
      gt: 2000
    action:
      type: reroute
      target_provider: pager
`
const configToml = (editable: boolean): string => `
[state]
path = "./data"
[rules]
directory = "./rules"
editable = ${editable}
[auth]
enabled = true
[[providers]]
name = "*"
type = "log"
`
const everything = 'grants = [{ tenants = ["*"], namespaces = ["*"], providers = ["*"], actions = ["*"] }]'
const authToml = (hash: string): string => `
[settings]
jwt_secret = "0123456789abcdef0123456789abcdef0123"
[[users]]
username = "alice"
password_hash = "${hash}"
role = "admin"
${everything}
[[api_keys]]
name = "bob"
key_hash = "${createHash('sha256').update(KEY).digest('hex')}"
role = "admin"
${everything}
`

describe('rules are edited, replayed and published in the browser', () => {
  let site: Site

  async function call<T>(method: string, path: string, body?: unknown, url = site.url): Promise<T> {
    const answer = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${KEY}` },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    expect([path, answer.status]).toEqual([path, 200])
    return (await answer.json()) as T
  }
  const action = (n: number, p99_ms: number): object => ({
    ...{ id: `sent-${n}`, namespace: 'shop', tenant: 'acme', provider: 'chat', action_type: 'latency' },
    payload: { p99_ms, severity: 'high' },
  })

  beforeAll(async () => {
    site = await openSite({
      files: {
        'rules/rules.yaml': RULES,
        'acteon.toml': configToml(true),
        'auth.toml': authToml(hashOfPassword()),
      },
      patienceMs: PATIENCE_MS,
    })
    for (let from = 0; from < SENT; from += 500)
      await call(
        'POST',
        '/v1/dispatch/batch',
        Array.from({ length: 500 }, (_, i) => action(from + i, (from + i) % 4_000)),
      )
  }, 240_000)

  afterAll(() => site?.close())
  afterEach(() => site.closePages())

  async function open(path: string, colorScheme: 'light' | 'dark' = 'light', url = site.url): Promise<Page> {
    const options = { colorScheme, reducedMotion: 'reduce', viewport: { width: 1_440, height: 900 } } as const
    const page = await site.open(path, options, url)
    await signIn(page, 'alice')
    return page
  }
  const onDisk = (): string => readFileSync(join(site.folder, 'rules', 'rules.yaml'), 'utf8')
  const editor = (page: Page) => page.getByRole('textbox', { name: 'rules.yaml, its text' })
  const lineWith = (page: Page, text: string) => page.locator('.cm-line', { hasText: text })
  const publishing = (page: Page) => page.locator('main button:not([aria-disabled="true"])', { hasText: 'Publish…' })
  const again = async (): Promise<void> => {
    const { revision } = await call<{ revision: string }>('GET', '/v1/rule-files/rules.yaml')
    await call('PUT', '/v1/rule-files/rules.yaml', { text: RULES, revision, message: 'as it was' })
  }

  it('says of each of 10,000 actions how it would end, publishes, and a new story tells of the new rules', async () => {
    const page = await open('/rules/page-critical?tab=playground&input=traffic', 'dark')
    await editor(page).fill(RULES.replace('gt: 2000', 'gt: lots of'))
    await editor(page).fill(RULES.replace('type: reroute', 'type: rerout'))
    await page.getByText(/^Line \d+: .*did you mean "reroute"/).waitFor()
    expect(await page.getByRole('button', { name: 'Publish…' }).getAttribute('aria-disabled')).toBe('true')
    await editor(page).fill(RULES.replace('gt: 2000', 'gt: 1000'))
    await page.getByText('1 rule would change: page-critical.').waitFor()
    await page.getByRole('button', { name: 'Replay', exact: false }).first().click()
    await page
      .getByText(/^Of 10.000 actions 2.999 would end differently: none more sent, none fewer, 2.999 elsewhere\.$/)
      .waitFor()
    await page.getByRole('button', { name: '2,999' }).click()
    await page.getByText('2,999 actions that differ: executed → rerouted').waitFor()
    await page
      .getByText('"page-critical" decides: payload.p99_ms gt 1000, found 1001; it was payload.p99_ms gt 2000')
      .first()
      .waitFor()
    expect(await page.getByText('Nothing is sent', { exact: true }).isVisible()).toBe(true)
    await lineWith(page, 'gt: 1000').getByText('3,998 → 6,997 of 10,000').waitFor()
    await lineWith(page, 'eq: info').getByText('0 of 10,000').waitFor()
    await page.getByText('Counted over the 10,000 actions that were replayed.').waitFor()
    expect(await faults(page)).toEqual([])
    await publishing(page).click()
    const dialog = page.getByRole('dialog', { name: 'Publish rules.yaml' })
    await dialog.getByText(/2.999 would end differently/).waitFor()
    await dialog.getByText('lines are as they were').first().waitFor()
    expect(await faults(page)).toEqual([])
    await dialog.getByLabel('Why it is changed').fill('page earlier')
    await dialog.getByRole('button', { name: 'Publish' }).click()
    await page.getByText('rules.yaml is published').waitFor()
    expect(onDisk()).toContain('gt: 1000')
    await call('POST', '/v1/dispatch', action(SENT, 1_500))
    await page.goto(`${site.url}/actions?open=sent-${SENT}`)
    await page.getByRole('article').getByText('payload.p99_ms gt 1000').first().waitFor()
    const { version } = await call<{ version: string }>('GET', '/v1/rules/status')
    await page
      .getByRole('article')
      .getByText(`Rules ${version.slice(0, 12)}`)
      .waitFor()
    await page.goto(`${site.url}/rules/page-critical?tab=history`)
    await page.getByText('alice published rules.yaml').waitFor()
    await page.getByText('page earlier').waitFor()
    await page.getByRole('button', { name: 'What changed' }).click()
    await page.getByText('gt: 2000').first().waitFor()
    expect(await faults(page)).toEqual([])
    await again()
  }, 180_000)

  it('refuses to publish over somebody else, and puts both texts beside each other', async () => {
    const page = await open('/rules/page-critical')
    await editor(page).fill(RULES.replace('gt: 2000', 'gt: 1500'))
    await publishing(page).click()
    const { revision } = await call<{ revision: string }>('GET', '/v1/rule-files/rules.yaml')
    const theirs = RULES.replace('eq: info', 'eq: debug')
    await call('PUT', '/v1/rule-files/rules.yaml', { text: theirs, revision, message: 'only debug is quiet' })
    const dialog = page.getByRole('dialog', { name: 'Publish rules.yaml' })
    await dialog.getByRole('button', { name: 'Publish' }).click()
    await dialog.getByText('Your text is still here.').waitFor()
    await dialog.getByText(/bob published it at .*: only debug is quiet/).waitFor()
    expect(onDisk()).toBe(theirs)
    await dialog.getByRole('button', { name: 'Load theirs, keep mine beside it' }).click()
    await page.getByText('on the right is yours').waitFor()
    await page.getByRole('textbox', { name: 'rules.yaml, its text, before' }).getByText('eq: debug').waitFor()
    expect(await faults(page)).toEqual([])
    // What is theirs is taken over, piece by piece.
    await page.getByRole('button', { name: 'Revert this chunk' }).first().click()
    await publishing(page).click()
    await dialog.getByRole('button', { name: 'Publish' }).click()
    await page.getByText('rules.yaml is published').waitFor()
    expect(onDisk()).toBe(theirs.replace('gt: 2000', 'gt: 1500'))
    await again()
  }, 120_000)

  it('needs no pointer from the list to the publish', async () => {
    const page = await open('/rules')
    await page.getByRole('link', { name: 'page-critical' }).waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.getByText('page-critical sends it to another provider').waitFor()
    await editor(page).waitFor()
    await page.keyboard.press('r')
    await page.getByText('Past traffic').first().waitFor()
    await editor(page).waitFor()
    const isIn = 'document.activeElement?.shadowRoot?.activeElement?.getAttribute("aria-label")'
    await until('the editor has the focus', async () => {
      await page.keyboard.press('Tab')
      return (await page.evaluate(isIn)) === 'rules.yaml, its text' ? true : undefined
    })
    await page.keyboard.press('Control+Home')
    const line = RULES.split('\n').findIndex((text) => text.includes('gt: 2000'))
    for (let i = 0; i < line; i++) await page.keyboard.press('ArrowDown')
    await page.keyboard.press('End')
    for (let i = 0; i < 4; i++) await page.keyboard.press('Backspace')
    await page.keyboard.type('3000')
    await page.getByText('1 rule would change: page-critical.').waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.press('r')
    await page.getByText(/would end differently: none more sent, none fewer, .* elsewhere/).waitFor()
    await page.keyboard.press('p')
    await page.getByRole('dialog', { name: 'Publish rules.yaml' }).waitFor()
    await until('the reason is asked for', async () =>
      (await page.evaluate<string>('document.activeElement?.tagName')) === 'INPUT' ? true : undefined,
    )
    await page.keyboard.type('later')
    await page.keyboard.press('Enter')
    await page.getByText('rules.yaml is published').waitFor()
    expect(onDisk()).toContain('gt: 3000')
    await again()
  }, 120_000)

  it('says behind each condition for how many it held, over how many actions, but not of a text that is changed', async () => {
    const page = await open('/rules/page-critical')
    await page.getByText(/Counted over the newest 1,000 actions, since /).waitFor()
    await lineWith(page, 'gt: 2000').getByText('0 of 1,000').waitFor()
    expect(await faults(page)).toEqual([])
    await editor(page).fill(RULES.replace('gt: 2000', 'gt: 2001'))
    await lineWith(page, 'gt: 2001').waitFor()
    await page.getByText(/Counted over/).waitFor({ state: 'detached' })
    await page.getByText('0 of 1,000').first().waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Take it back' }).click()
    await lineWith(page, 'gt: 2000').getByText('0 of 1,000').waitFor()
  }, 120_000)

  it('is formatted by button and key, comments and all, and says why not where the text is broken', async () => {
    const page = await open('/rules/page-critical')
    const format = page.getByRole('button', { name: 'Format' })
    const untidy = `# why\n${RULES.replace('  - name: page-critical', '  - name:   page-critical   # now')}`
    await editor(page).fill(untidy.replace('type: reroute', 'type: [reroute'))
    await format.click()
    await page.getByText(/^It is not formatted\. .*:\d+:\d+: /).waitFor()
    expect(await editor(page).innerText()).toContain('[reroute')
    await editor(page).fill(untidy)
    await page.keyboard.press('Shift+Alt+F')
    await page.getByText('It is formatted.').waitFor()
    // Figures stand behind the line once they are there.
    await until('the text is laid out', async () =>
      (await editor(page).innerText()).includes('  - name: page-critical # now') ? true : undefined,
    )
    await page.getByText('It is valid, and no rule would differ.').waitFor()
    await page.locator('.ans.stale').waitFor({ state: 'detached' })
    expect(await faults(page)).toEqual([])
  }, 120_000)

  it('begins a new file under a name that the server checks, and publishes it, but not over another', async () => {
    const page = await open('/rules')
    const there = (name: string): string => join(site.folder, 'rules', name)
    await page.getByRole('button', { name: 'New rule file…' }).waitFor()
    await page.keyboard.press('n')
    const ask = page.getByRole('dialog', { name: 'New rule file' })
    const name = ask.getByLabel('Name, in the rules directory')
    for (const [given, why] of [
      ['../evil.yaml', /is no path of a rule file/],
      ['rules.yaml', /is there already/],
      ['nowhere/alerts', /There is no directory "nowhere"/],
    ] as const) {
      await name.fill(given)
      await name.press('Enter')
      await ask.getByText(why).waitFor()
    }
    expect(await faults(page)).toEqual([])
    await name.fill('alerts')
    await name.press('Enter')
    const text = page.getByRole('textbox', { name: 'alerts.yaml, its text' })
    await page.getByText('1 rule would be added: alerts.').waitFor()
    await page.getByText('It is new: nothing is written until it is published.').waitFor()
    expect(existsSync(there('alerts.yaml'))).toBe(false)
    // What is begun stays while one looks elsewhere.
    await page.getByLabel('Rule file').selectOption('rules.yaml')
    await editor(page).waitFor()
    await page.getByLabel('Rule file').selectOption('alerts.yaml')
    await text.fill(`rules:\n  - name: alerts\n    action: { type: allow }\n    priority: 900\n`)
    await publishing(page).click()
    const dialog = page.getByRole('dialog', { name: 'Publish alerts.yaml' })
    await dialog.getByLabel('Why it is changed').fill('a first one')
    await page.locator('.ans.stale').waitFor({ state: 'detached' })
    expect(await faults(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Publish' }).click()
    await page.getByText('alerts.yaml is published').waitFor()
    expect(readFileSync(there('alerts.yaml'), 'utf8')).toContain('priority: 900')
    await text.waitFor()
    await page.goto(`${site.url}/rules/alerts?tab=history`)
    await page.getByText('alice added alerts.yaml').waitFor()

    await page.goto(`${site.url}/rules`)
    await page.getByRole('button', { name: 'New rule file…' }).click()
    await name.fill('raced')
    await name.press('Enter')
    await page.getByText('1 rule would be added: raced.').waitFor()
    const theirs = 'rules:\n  - name: theirs\n    enabled: false\n    action: { type: allow }\n'
    await call('PUT', '/v1/rule-files/raced.yaml', { text: theirs, revision: null })
    await publishing(page).click()
    const raced = page.getByRole('dialog', { name: 'Publish raced.yaml' })
    await raced.getByRole('button', { name: 'Publish' }).click()
    await raced.getByText(/is there already.*Your text is still here\./).waitFor()
    await raced.getByText(/bob published it at/).waitFor()
    await raced.getByRole('button', { name: 'Load theirs, keep mine beside it' }).click()
    await page.getByRole('textbox', { name: 'raced.yaml, its text, before' }).getByText('name: theirs').waitFor()
    expect(readFileSync(there('raced.yaml'), 'utf8')).toBe(theirs)
    for (const path of ['alerts.yaml', 'raced.yaml']) rmSync(there(path))
    await call('POST', '/v1/rules/reload')
  }, 120_000)

  it('deletes a file once it is said which rules stop deciding, and begins it anew from the history or a draft', async () => {
    const there = join(site.folder, 'rules', 'old.yaml')
    const rule = (name: string): string => `  - name: ${name}\n    priority: 900\n    action: { type: allow }\n`
    const text = `rules:\n${rule('old-one')}${rule('old-two')}`
    await call('PUT', '/v1/rule-files/old.yaml', { text, revision: null })
    const page = await open('/rules/old-one', 'dark')
    const old = page.getByRole('textbox', { name: 'old.yaml, its text' })
    await page.getByRole('button', { name: 'Delete file…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Delete old.yaml' })
    await dialog.getByText('2 rules stop deciding: old-one, old-two. The history keeps the text of the file').waitFor()
    expect(await faults(page)).toEqual([])
    await dialog.getByLabel('Why it is deleted').fill('of no use')
    await dialog.getByRole('button', { name: 'Delete file' }).click()
    await page.getByText('old.yaml is deleted').waitFor()
    await page.getByRole('link', { name: 'page-critical' }).waitFor()
    expect(existsSync(there)).toBe(false)

    await page.getByRole('link', { name: 'History' }).click()
    await page.getByText('alice deleted old.yaml').waitFor()
    await page.getByText('of no use').waitFor()
    await page.getByText('took out old-one, old-two').waitFor()
    await page.getByRole('button', { name: 'What changed' }).first().click()
    await page.getByText('name: old-two').first().waitFor()
    expect(await faults(page)).toEqual([])
    await page.getByRole('button', { name: 'Begin from this text' }).click()
    await page.getByText('It is new: nothing is written until it is published.').waitFor()
    await page.getByText('2 rules would be added: old-one, old-two.').waitFor()
    await publishing(page).click()
    const publish = page.getByRole('dialog', { name: 'Publish old.yaml' })
    await publish.getByRole('button', { name: 'Publish' }).click()
    await page.getByText('old.yaml is published').waitFor()
    expect(readFileSync(there, 'utf8')).toBe(text)

    // Somebody else deletes it while it is changed here.
    await old.fill(text.replaceAll('900', '901'))
    expect(await page.getByRole('button', { name: 'Delete file…' }).getAttribute('aria-disabled')).toBe('true')
    await publishing(page).click()
    const { revision } = await call<{ revision: string }>('GET', '/v1/rule-files/old.yaml')
    await call('DELETE', `/v1/rule-files/old.yaml?revision=${revision}`)
    await publish.getByRole('button', { name: 'Publish' }).click()
    await publish.getByText(/is no longer there.*Your text is still here\./).waitFor()
    await publish.getByText(/bob deleted it at/).waitFor()
    expect(await faults(page)).toEqual([])
    await publish.getByRole('button', { name: 'Keep mine as a new file' }).click()
    await page.getByText('It is new: nothing is written until it is published.').waitFor()
    await old.getByText('priority: 901').first().waitFor()
    await page.getByRole('button', { name: 'Give it up' }).click()
    await editor(page).waitFor()
    expect(existsSync(there)).toBe(false)
  }, 120_000)

  it('offers the file and its difference where files are not changed, and names while one writes', async () => {
    const other = join(site.folder, 'read-only')
    mkdirSync(join(other, 'rules'), { recursive: true })
    writeFileSync(join(other, 'rules', 'rules.yaml'), RULES)
    writeFileSync(join(other, 'acteon.toml'), configToml(false))
    writeFileSync(join(other, 'auth.toml'), readFileSync(join(site.folder, 'auth.toml')))
    const reading = await startServer({ cwd: other, config: 'acteon.toml' })
    try {
      const page = await open('/rules?tab=playground', 'light', reading.url)
      await editor(page).press('Control+End')
      await page.keyboard.type('    fina')
      await page.getByRole('option', { name: 'final' }).click()
      await page.keyboard.type('true')
      await page.getByText('1 rule would change: page-critical.').waitFor()
      await page.locator('main button:not([aria-disabled="true"])', { hasText: 'Download…' }).click()
      for (const [button, name, part] of [
        ['Download rules.yaml', 'rules.yaml', 'final: true'],
        ['The difference', 'rules.yaml.diff', '+    final: true'],
      ] as const) {
        const [download] = await Promise.all([
          page.waitForEvent('download'),
          page.getByRole('button', { name: button }).click(),
        ])
        expect(download.suggestedFilename()).toBe(name)
        expect(readFileSync(await download.path(), 'utf8')).toContain(part)
      }
      await page.keyboard.press('Escape')
      await page.getByRole('link', { name: 'In order' }).click()
      await page.getByRole('button', { name: 'New rule file…' }).click()
      await page.getByLabel('Name, in the rules directory').fill('more')
      await page.keyboard.press('Enter')
      await page.getByText('1 rule would be added: more.').waitFor()
      await page.locator('main button:not([aria-disabled="true"])', { hasText: 'Download…' }).click()
      const [whole] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Download more.yaml' }).click(),
      ])
      expect(readFileSync(await whole.path(), 'utf8')).toContain('- name: more #')
      expect(existsSync(join(other, 'rules', 'more.yaml'))).toBe(false)
    } finally {
      await reading.stop()
    }
  }, 120_000)
})
