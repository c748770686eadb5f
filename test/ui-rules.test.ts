import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { faults } from './axe.js'
import { hashOfPassword, signIn } from './chromium.js'
import { openSite, type Site } from './site.js'

const PATIENCE_MS = 30_000

/** Who may sign in: alice may everything, vera may look at one tenant. */
const authToml = (hash: string): string => `
[settings]
jwt_secret = "0123456789abcdef0123456789abcdef0123"
[[users]]
username = "alice"
password_hash = "${hash}"
role = "admin"
grants = [{ tenants = ["*"], namespaces = ["*"], providers = ["*"], actions = ["*"] }]
[[users]]
username = "vera"
password_hash = "${hash}"
role = "viewer"
grants = [{ tenants = ["acme"], namespaces = ["*"], providers = ["*"], actions = ["*"] }]
`

describe('the pages for rules, dispatch and settings, behind a sign-in', () => {
  let site: Site
  beforeAll(async () => {
    site = await openSite({
      config: (sample) => `${sample.replace('[rules]', '[rules]\neditable = true')}\n[auth]\nenabled = true\n`,
      files: { 'auth.toml': authToml(hashOfPassword()) },
      env: { ACTEON_LIMITS__STREAMS: '60' },
    })
  }, 90_000)
  afterAll(() => site?.close())
  afterEach(() => site.closePages())

  async function open(name: string, path: string): Promise<Page> {
    const page = await site.open(path, { colorScheme: 'light', reducedMotion: 'reduce' })
    await signIn(page, name)
    return page
  }

  it('switch a rule off, and back by Undo', async () => {
    const page = await open('alice', '/rules')
    const quiet = page.getByRole('switch', { name: 'quiet-hours is on' })
    expect(await quiet.getAttribute('aria-checked')).toBe('true')
    await quiet.click()
    await page.getByText('quiet-hours is off, on all nodes').waitFor()
    await page.getByText('One is off.').waitFor()
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByText('One is off.').waitFor({ state: 'detached' })
  }, 60_000)

  it('send an action by hand, after saying what would become of it, and try it again without sending', async () => {
    const page = await open('alice', '/dispatch')
    const foreseen = page.getByRole('status').filter({ hasText: 'decides' })
    await foreseen.filter({ hasText: 'The rule quiet-hours decides: it would be held back' }).waitFor()
    await page.getByLabel('Provider').fill('slack-ops')
    await page.getByRole('textbox', { name: 'Payload as JSON' }).fill('{"severity": "critical", "p99_ms": ')
    await page.getByText('The payload is no JSON yet').waitFor()
    // It names whom it sends to until it is known that the last whole payload would be held back.
    const send = page.getByRole('button', { name: /^(Send to|Hand it in)/ })
    expect(await send.getAttribute('aria-disabled')).toBe('true')
    await page.getByRole('textbox', { name: 'Payload as JSON' }).fill('{"severity": "low"}')
    await page.getByRole('button', { name: 'Send to slack-ops' }).click()
    await page
      .getByRole('article')
      .getByRole('heading', { level: 2, name: /slack-ops got hello/ })
      .waitFor()
    const id = new URL(page.url()).searchParams.get('open')
    await page.getByRole('button', { name: 'Replay in playground' }).click()
    await page.getByText('No rule matches: it would be sent to slack-ops.').waitFor()
    await page.getByRole('textbox', { name: 'Action as JSON' }).fill(
      JSON.stringify({
        ...{ namespace: 'a', tenant: 'b', provider: 'slack-ops' },
        action_type: 'x',
        payload: { severity: 'info' },
      }),
    )
    await page.getByText('The rule quiet-hours decides: it would be held back').waitFor()
    await page.getByRole('button', { name: 'Form', exact: true }).click()
    expect(await page.getByLabel('Action type').inputValue()).toBe('x')
    await page.getByRole('textbox', { name: 'Payload as JSON' }).fill('{"severity": "low"}')
    await page.getByText('No rule matches: it would be sent to slack-ops.').waitFor()
    expect(await page.getByText('Nothing is sent').isVisible()).toBe(true)
    const { rows } = await page.evaluate(
      async () => (await (await fetch('/v1/actions?q=')).json()) as { rows: { id: string }[] },
    )
    expect(rows.map((row) => row.id)).toEqual([id])
    await page.goto(`${site.url}/dispatch`)
    await page.getByLabel('Id of a past action').fill(id!)
    await page.getByRole('button', { name: 'Load' }).click()
    const payload = page.getByRole('textbox', { name: 'Payload as JSON' })
    await payload.filter({ hasText: '"severity": "low"' }).waitFor()
  }, 90_000)

  it('ask for a sign-in over the page when it ends, and keep the work', async () => {
    const page = await open('alice', '/dispatch')
    await page.getByText('it would be held back').waitFor()
    await page.context().clearCookies()
    await page.getByLabel('Action type').fill('kept-work')
    await page.getByRole('dialog', { name: 'Sign in' }).waitFor()
    await signIn(page, 'alice')
    expect(await page.getByLabel('Action type').inputValue()).toBe('kept-work')
    await page.goto(`${site.url}/settings`)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL('**/login')
    await page.goto(`${site.url}/settings`)
    await page.getByRole('dialog', { name: 'Sign in' }).waitFor()
  }, 90_000)

  it('show a viewer neither what is masked nor what is of others, and no act without saying why it is refused', async () => {
    const alice = await open('alice', '/dispatch')
    const send = (tenant: string, id: string): Promise<number> =>
      alice.evaluate(
        async ([whose, called]) => {
          const { csrf_token } = (await (await fetch('/v1/auth/me')).json()) as { csrf_token: string }
          const action = { namespace: 'a', tenant: whose, provider: 'email', action_type: 'note', id: called }
          const payload = { severity: 'info', password: 'hunter2' }
          const body = JSON.stringify({ ...action, payload })
          return (await fetch('/v1/dispatch', { method: 'POST', headers: { 'x-csrf-token': csrf_token }, body })).status
        },
        [tenant, id],
      )
    expect([await send('acme', 'of-acme'), await send('others', 'of-others')]).toEqual([200, 200])
    const page = await open('vera', '/actions?open=of-acme')
    const story = page.getByRole('article')
    await story.getByText('"password": "[REDACTED]"').waitFor()
    expect(await page.content()).not.toContain('hunter2')
    const again = story.getByRole('button', { name: 'Hand it in again' })
    expect(await again.getAttribute('aria-disabled')).toBe('true')
    await story.getByText('This needs the role operator; yours is viewer.').waitFor()
    await page.goto(`${site.url}/actions?open=of-others`)
    await page.getByRole('heading', { name: 'There is no such action' }).waitFor()
    await page.goto(`${site.url}/providers`)
    await page.getByRole('heading', { name: 'You may not see this' }).waitFor()
    await page.getByRole('link', { name: 'Providers' }).first().waitFor()
  }, 60_000)

  it('say to a viewer what the role does not cover', async () => {
    const page = await open('vera', '/dispatch')
    await page.getByText('This needs the role operator; yours is viewer.').first().waitFor()
    await page.goto(`${site.url}/rules`)
    const quiet = page.getByRole('switch', { name: 'quiet-hours is on' })
    await quiet.waitFor()
    expect(await quiet.getAttribute('aria-disabled')).toBe('true')
    await page.goto(`${site.url}/settings`)
    await page.getByText('hidden by your role').first().waitFor()
    await page.getByText('acme, all namespaces, all providers, all action types').waitFor()
  }, 60_000)

  it('show an admin who may come in, and lead to what each has sent', async () => {
    const page = await open('alice', '/settings')
    const panel = page.getByRole('region', { name: 'Users and keys' })
    const vera = panel.getByRole('row', { name: /vera/ })
    await vera.getByText('acme, all namespaces, all providers, all action types').waitFor()
    expect(await faults(page)).toEqual([])
    await panel.getByRole('link', { name: 'alice' }).click()
    await page.waitForURL(({ searchParams }) => searchParams.get('q') === 'caller:alice')
    const other = await open('vera', '/settings')
    await other.getByText('Hidden by your role: they are shown to admins of all tenants.').waitFor()
  }, 60_000)

  it('show an admin where each value of the configuration came from', async () => {
    const page = await open('alice', '/settings')
    const panel = page.getByRole('region', { name: 'Configuration' })
    await panel
      .getByText(/^It was read from acteon\.toml\. Of \d+ values \d+ are set: \d+ in the file, 1 by /)
      .waitFor()
    const told = (name: string) => panel.locator('dl > div').filter({ has: page.getByText(name, { exact: true }) })
    const text = readFileSync(join(site.folder, 'acteon.toml'), 'utf8').split('\n')
    const line = text.indexOf('editable = true') + 1
    expect(await told('editable').getByRole('definition').allTextContents()).toEqual(['true', `acteon.toml:${line}`])
    expect(await told('streams').getByRole('definition').allTextContents()).toEqual(['60', 'ACTEON_LIMITS__STREAMS'])
    expect(await told('open_groups').getByRole('definition').allTextContents()).toEqual(['10000', 'default'])
    expect(await faults(page)).toEqual([])
    await panel.getByRole('button', { name: 'What is set' }).click()
    await told('open_groups').waitFor({ state: 'detached' })
    await told('streams').waitFor()
    await panel.getByRole('button', { name: 'As JSON' }).click()
    await panel.getByRole('textbox', { name: 'Configuration' }).getByText('"server": {').waitFor()
    expect(await faults(page)).toEqual([])
  }, 60_000)

  it('keep a theme and the keys as they were chosen', async () => {
    const page = await open('alice', '/settings')
    await page.getByRole('button', { name: 'Dark' }).click()
    await page.getByLabel('Single-letter keys').uncheck()
    await page.reload()
    await page.getByRole('button', { name: 'Dark', pressed: true }).waitFor()
    expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('dark')
    expect(await page.getByLabel('Single-letter keys').isChecked()).toBe(false)
  }, 60_000)

  it('hold what axe asks for where every page is not tried: traffic, history, and who is signed in', async () => {
    const page = await open('alice', '/rules')
    for (const [path, ready] of [
      ['/rules?tab=playground&input=traffic', 'textbox'],
      ['/rules?tab=history', 'heading'],
      ['/settings', 'term'],
    ] as const) {
      await page.setViewportSize({ width: 1_280, height: 800 })
      await page.goto(site.url + path)
      await page.locator('main').getByRole(ready).first().waitFor()
      await page.locator('main [aria-busy="true"]').first().waitFor({ state: 'detached' })
      expect([path, await faults(page)]).toEqual([path, []])
      await page.emulateMedia({ colorScheme: 'dark' })
      expect([path, 'dark', await faults(page, ['color-contrast'])]).toEqual([path, 'dark', []])
      await page.emulateMedia({ colorScheme: 'light' })
      await page.setViewportSize({ width: 390, height: 844 })
      await expect
        .poll(async () => [path, await page.evaluate<number>('document.documentElement.scrollWidth')], {
          timeout: PATIENCE_MS,
        })
        .toEqual([path, 390])
    }
  }, 60_000)
})
