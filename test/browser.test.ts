import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { BrowserContextOptions } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { sendTraffic } from './chromium.js'
import { ROOT, until } from './server.js'
import { openSite, type Site } from './site.js'

const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, hasTouch: true }

describe('the pages at /', () => {
  let site: Site
  beforeAll(async () => {
    site = await openSite()
  }, 90_000)
  afterAll(() => site?.close())
  afterEach(() => site.closePages())

  it('says how to send the first action while there is none', async () => {
    const page = await site.open('/')
    await page.getByRole('heading', { name: 'No actions in this window' }).waitFor()
    expect(await page.locator('pre').innerText()).toContain(`curl ${site.url}/v1/dispatch`)
  }, 60_000)

  it('shows what arrives live, and treats what callers send as text', async () => {
    const page = await site.open('/actions')
    await site.dispatch({ id: 'markup-1', action_type: '<img src=x onerror=console.log(1)>' })
    await page.locator('[data-action-id="markup-1"]').waitFor()
    expect(await page.locator('[data-action-id="markup-1"]').innerText()).toContain('<img src=x')
    expect(await page.locator('img[src="x"]').count()).toBe(0)
  }, 60_000)

  it('leads from the card on the overview to why nobody was told, in two clicks', async () => {
    await sendTraffic(site.url, 120)
    const page = await site.open('/')
    await page.getByRole('listitem').filter({ hasText: 'did not arrive' }).getByRole('link').click()
    await page.locator('.row').first().click()
    await page.getByRole('heading', { level: 2, name: /^Nobody got latency_slo/ }).waitFor()
    const story = await page.getByRole('article').innerText()
    expect(story).toContain('opsgenie did not take it.')
    expect(story).toContain('opsgenie failed three times')
    expect(story).toContain('payload.p99_ms')
  }, 60_000)

  it('shows the answer on a phone from a link alone', async () => {
    await site.dispatch({ id: 'held-1', payload: { severity: 'info', summary: 'only worth knowing' } })
    const page = await site.open('/t/acme/payments/actions?open=held-1', PHONE)
    await page.getByRole('heading', { name: 'Nobody was told of hello (only worth knowing)' }).waitFor()
    expect(await page.getByText('Nobody is woken for it').first().isVisible()).toBe(true)
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390)
    await page.getByRole('button', { name: 'Back to the list' }).click()
    await page.getByRole('list', { name: /newest first/ }).waitFor()
  }, 60_000)

  it('keeps filter, selection and place in the address: after a reload, for others, and on the way back', async () => {
    const page = await site.open('/actions')
    await page.getByLabel('Filter', { exact: true }).fill('outcome:deduplicated')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Edit outcome:deduplicated' }).waitFor()
    const counted = await page.locator('.list .bar b').innerText()
    expect(page.url()).toContain('q=outcome%3Adeduplicated')
    await page.reload()
    await page.getByRole('button', { name: 'Edit outcome:deduplicated' }).waitFor()
    await page.locator('.row').first().waitFor()
    expect(await page.locator('.list .bar b').innerText()).toBe(counted)
    await page.locator('.row').first().click()
    await page.getByRole('article').getByText('Held back on purpose.').waitFor()
    await page.goBack()
    await page.getByRole('article').waitFor({ state: 'detached' })
    expect(page.url()).toContain('q=outcome%3Adeduplicated')
  }, 60_000)

  it('shows the row of a linked story, however far down its list it is', async () => {
    const asked = await fetch(`${site.url}/v1/actions?q=&limit=80`)
    const { rows } = (await asked.json()) as { rows: { id: string }[] }
    const { id } = rows.at(-1)!
    const page = await site.open(`/actions?open=${encodeURIComponent(id)}`)
    const row = page.locator('.rows .row[aria-current]')
    await row.waitFor()
    const [list, box] = [(await page.locator('.rows').boundingBox())!, (await row.boundingBox())!]
    expect(await page.evaluate<number>(`document.querySelector('.rows').scrollTop`)).toBeGreaterThan(0)
    expect(box.y + box.height).toBeLessThanOrEqual(list.y + list.height + 1)
  }, 60_000)

  it('says which term of a filter cannot be used, and does not run the rest', async () => {
    const page = await site.open('/actions?q=colour:red')
    await page.getByText('There is no key "colour"').first().waitFor()
    expect(await page.locator('.row').count()).toBe(0)
  }, 60_000)

  it('counts on the overview what the list then shows', async () => {
    const page = await site.open('/')
    for (const title of ['Delivered', 'Held back on purpose', 'Broken']) {
      const figure = page.locator('.figs > div').filter({ hasText: title }).getByRole('link')
      const shown = await figure.locator('b').innerText()
      await figure.click()
      await page.locator('.row').first().waitFor()
      expect([title, await page.locator('.list .bar b').innerText()]).toEqual([title, shown])
      await page.goBack()
      await page.locator('.figs').waitFor()
    }
  }, 60_000)

  it('leads from each part of the flow to a list of as many, and from a row to what it says', async () => {
    const page = await site.open('/')
    const parts = page.locator('.nodes a')
    await parts.first().waitFor()
    const told = await parts.evaluateAll((links) =>
      (links as unknown as { textContent: string; getAttribute(name: string): string }[]).map((link) => ({
        text: link.textContent,
        href: link.getAttribute('href'),
      })),
    )
    expect(told.length).toBeGreaterThan(15)
    for (const { text, href } of told.filter((_, index) => index % 3 === 0)) {
      await page.goto(site.url + href)
      await page.locator('.list .bar b').waitFor()
      expect([href, text.split(', ').at(-1)]).toEqual([href, await page.locator('.list .bar b').innerText()])
    }
    await page.goto(`${site.url}/actions`)
    await page.locator('.row').first().hover()
    await page.getByRole('button', { name: /^More for/ }).click()
    await page.getByRole('menuitem', { name: 'Exclude outcome:' }).click()
    await page.getByRole('button', { name: /^Edit not outcome:/ }).waitFor()
  }, 90_000)

  it('filters by the cell that is pointed at, and has the same menu beside a story', async () => {
    const page = await site.open('/actions', { permissions: ['clipboard-read', 'clipboard-write'] })
    const rule = page.locator('.row [data-cell=rule]').filter({ hasNotText: 'no rule matched' }).first()
    const name = await rule.innerText()
    await rule.click({ button: 'right' })
    const menu = page.getByRole('menu')
    expect((await menu.getByRole('menuitem').allInnerTexts()).slice(0, 3)).toEqual([`rule:${name}`, 'Exclude', 'Copy'])
    await menu.getByRole('menuitem', { name: `Copy ${name}` }).click()
    expect(await page.evaluate<string>('navigator.clipboard.readText()')).toBe(name)
    await rule.click({ button: 'right' })
    await menu.getByRole('menuitem', { name: `rule:${name}`, exact: true }).click()
    await page.getByRole('button', { name: `Edit rule:${name}` }).waitFor()
    await page.locator('.row').first().click()
    await page.getByRole('article').getByRole('heading', { level: 2 }).waitFor()
    await page.locator('.row').nth(1).hover()
    await page
      .getByRole('button', { name: /^More for/ })
      .last()
      .click()
    await menu.waitFor()
    await page.keyboard.press('Escape')
    await menu.waitFor({ state: 'detached' })
    // Esc closed the menu, and not the story as well.
    expect(await page.getByRole('article').count()).toBe(1)
    await page.locator('.row').nth(1).click({ button: 'right' })
    await menu.getByRole('menuitem', { name: /^Exclude outcome:/ }).click()
    await page.getByRole('button', { name: /^Edit not outcome:/ }).waitFor()
  }, 60_000)

  it('selects several rows by key, click and range, replays exactly these, and exports them as they may be seen', async () => {
    await site.dispatch({ id: 'secret-1', action_type: 'chosen', payload: { password: 'hunter2', title: 'one' } })
    await site.dispatch({ id: 'secret-2', action_type: 'chosen', payload: { severity: 'info', title: 'two' } })
    await site.dispatch({ id: 'secret-3', action_type: 'chosen.else', payload: { title: 'three' } })
    await site.dispatch({ id: 'secret-4', action_type: 'chosen', payload: { severity: 'info', title: 'four' } })
    const page = await site.open('/actions?q=type:chosen*&live=0')
    const row = (n: number) => page.locator('.row').nth(n)
    await row(3).waitFor()
    await page.keyboard.press('j')
    await row(0).focus()
    await page.keyboard.press('Space')
    await page.getByRole('status').filter({ hasText: '1 selected' }).waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Shift+Space')
    await page.getByText('3 selected').waitFor()
    await page.keyboard.press('Escape')
    await page.getByText('3 selected').waitFor({ state: 'detached' })
    await row(3).click({ modifiers: ['ControlOrMeta'] })
    await row(1).click({ modifiers: ['Shift'] })
    await page.getByText('3 selected').waitFor()
    await page.getByRole('checkbox', { name: 'Select chosen two' }).uncheck()
    await page.getByText('2 selected').waitFor()
    expect(await page.getByRole('article').count()).toBe(0)
    const saved = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Export', exact: true }).click()
    const lines = readFileSync(await (await saved).path(), 'utf8')
      .trimEnd()
      .split('\n')
    expect(lines.map((line) => (JSON.parse(line) as { action_id: string }).action_id)).toEqual(['secret-3', 'secret-1'])
    expect(lines.join()).toContain('[REDACTED]')
    expect(lines.join()).not.toContain('hunter2')
    await page.getByRole('button', { name: 'Replay in playground' }).click()
    await page
      .getByRole('button', { name: /^Replay/ })
      .first()
      .waitFor()
    expect(new URL(page.url()).searchParams.get('rq')).toBe('tenant:acme ns:payments id:secret-3,secret-1')
    await page.goBack()
    await row(3).waitFor()
  }, 60_000)

  it('is usable by the keyboard alone: from the overview to a story, with a filter, a link for others, and back', async () => {
    const page = await site.open('/', { permissions: ['clipboard-read', 'clipboard-write'] })
    await page.locator('.figs').waitFor()
    await page.getByRole('link', { name: /^See/ }).first().waitFor()
    const focused = (): Promise<string> => page.evaluate('document.activeElement.textContent.trim()')
    for (let step = 0; step < 30 && !/^See/.test(await focused()); step++) await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.locator('.row').first().waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.getByRole('article').getByRole('heading', { level: 2 }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('article').waitFor({ state: 'detached' })
    await page.keyboard.press('/')
    await page.keyboard.type('type:latency_slo')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: /^Edit type:latency_slo/ }).waitFor()
    await page.reload()
    await page.getByRole('button', { name: /^Edit type:latency_slo/ }).waitFor()
    await page.locator('.row').first().waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    const title = page.getByRole('article').getByRole('heading', { level: 2 })
    const told = await title.innerText()
    await page.keyboard.press('c')
    await page.getByText('The link is copied').waitFor()
    const link = await page.evaluate<string>('navigator.clipboard.readText()')
    await page.goBack()
    await page.getByRole('article').waitFor({ state: 'detached' })
    expect(page.url()).toContain('type%3Alatency_slo')
    await page.goto(link)
    expect(await title.innerText()).toBe(told)
    await page.keyboard.press('Control+k')
    await page.getByRole('dialog').getByRole('combobox').fill('Overview')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
    await page.keyboard.press('g')
    await page.keyboard.press('a')
    await page.getByRole('heading', { level: 1, name: 'Actions' }).waitFor()
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keys' }).waitFor()
  }, 60_000)

  it('loads its first page within 250 KB: 120 of scripts, 20 of styles, 75 of fonts, 35 of all else', async () => {
    const page = await site.browser.newPage()
    const assets = join(ROOT, 'dist', 'ui', 'assets')
    const sizes = new Map(readdirSync(assets).map((name) => [name, statSync(join(assets, name)).size]))
    const asked = new Set<string>()
    page.on('request', (request) => asked.add(new URL(request.url()).pathname))
    await page.goto(site.url)
    await page.locator('.figs').waitFor()
    await page.evaluate('document.fonts.ready.then(() => true)')
    const files = [...asked].filter((path) => path.startsWith('/assets/')).map((path) => path.slice('/assets/'.length))
    expect(files.length).toBeGreaterThan(3)
    const kilobytes = { '.js': 0, '.css': 0, '.woff2': 0, rest: 0 }
    for (const name of files) {
      const end = (Object.keys(kilobytes) as (keyof typeof kilobytes)[]).find((kind) => name.endsWith(kind)) ?? 'rest'
      kilobytes[end] += (sizes.get(`${name}.br`) ?? sizes.get(name) ?? Number.NaN) / 1_024
    }
    expect(kilobytes['.js']).toBeLessThanOrEqual(120)
    expect(kilobytes['.css']).toBeLessThanOrEqual(20)
    expect(kilobytes['.woff2']).toBeLessThanOrEqual(75)
    expect(kilobytes.rest).toBeLessThanOrEqual(35)
    const kept = await fetch(`${site.url}/assets/${files[0]}`)
    expect(kept.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  }, 60_000)

  it('said nothing on the console so far, and asked nobody but its own server', () => {
    // A story that is not there is a 404, and a filter that cannot be run a 400; a browser tells of both by itself.
    expect(site.said.filter((line) => !/40[04] \((Not Found|Bad Request)\)/.test(line))).toEqual([])
  })

  it('keeps what it shows while the server is away, and goes on by itself', async () => {
    const page = await site.open('/actions')
    await page.locator('.row').first().waitFor()
    await site.server.kill()
    await page.getByText(/^Reconnecting, data to/).waitFor()
    expect(await page.locator('.row').count()).toBeGreaterThan(0)
    await site.restart()
    await page.getByRole('button', { name: /^Live/ }).waitFor()
    await site.dispatch({ id: 'after-1' })
    await page.locator('[data-action-id="after-1"]').waitFor()
    expect(await page.getByRole('button', { name: 'Reload for the new version' }).count()).toBe(0)
  }, 120_000)

  it('offers the new version when the server came back with one', async () => {
    const page = await site.open('/actions')
    await page.locator('.row').first().waitFor()
    await site.server.kill()
    await page.getByText(/^Reconnecting, data to/).waitFor()
    await page.route(`${site.url}/`, (route) =>
      route.fulfill({ contentType: 'text/html', body: '<script type="module" src="/assets/another.js"></script>' }),
    )
    await site.restart()
    const reload = page.getByRole('button', { name: 'Reload for the new version' })
    await reload.waitFor()
    await page.unrouteAll()
    await reload.click()
    await page.locator('.row').first().waitFor()
    expect(await reload.count()).toBe(0)
  }, 120_000)

  it('answers under the addresses of pages alone, never in place of the API', async () => {
    await until('the server answers', async () => (await fetch(site.url)).ok || undefined)
    expect((await fetch(`${site.url}/t/acme/payments/actions`)).headers.get('content-type')).toContain('text/html')
    for (const path of ['/v1/nowhere', '/nowhere', '/assets/nothing.js']) {
      const answer = await fetch(site.url + path)
      expect([path, answer.status, answer.headers.get('content-type')]).toEqual([
        path,
        404,
        'application/json; charset=utf-8',
      ])
    }
  })
})
