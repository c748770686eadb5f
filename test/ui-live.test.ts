import { appendFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from './chromium.js'
import { pause, ROOT, startServer, until, type RunningServer } from './server.js'

const PATIENCE_MS = 60_000

describe('the list of actions while many arrive', () => {
  const folder = mkdtempSync(join(tmpdir(), 'acteon-ui-live-'))
  /** Deliveries that wait for their answer; null: each is answered at once. */
  let held: ServerResponse[] | null = []
  let peer: Server
  let server: RunningServer
  let browser: Browser
  let sent = 0

  beforeAll(async () => {
    peer = createServer((request, response) =>
      request.resume().on('end', () => (held === null ? response.end('{}') : held.push(response))),
    )
    await new Promise<void>((resolve) => peer.listen(0, '127.0.0.1', resolve))
    cpSync(join(ROOT, 'scripts', 'ui-traffic'), folder, { recursive: true })
    appendFileSync(
      join(folder, 'acteon.toml'),
      `\n[log]\nlevel = "warn"\n[[providers]]\nname = "patient"\ntype = "webhook"\nurl = "http://127.0.0.1:${(peer.address() as AddressInfo).port}/"\ntimeout_seconds = 120\n`,
    )
    server = await startServer({ cwd: folder, config: 'acteon.toml' })
    browser = await launchBrowser()
  }, 90_000)
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
    peer?.closeAllConnections()
    peer?.close()
    rmSync(folder, { recursive: true, force: true })
  })
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close()
  })

  const action = (id: string, more: object = {}) => ({
    ...{ id, namespace: 'payments', tenant: 'acme', provider: 'agent-runtime', action_type: 'agent_tool_call' },
    ...more,
  })
  const post = (path: string, body: unknown) =>
    fetch(`${server.url}${path}`, { method: 'POST', body: JSON.stringify(body) })
  /** Sends some 500 a second, or what the machine can do, until it is told to stop. */
  function storm() {
    let on = true
    const done = (async () => {
      while (on) {
        const batch = Array.from({ length: 25 }, () => action(`storm-${sent++}`))
        // A server that has too much to do says so, and has taken nothing of it.
        while ((await post('/v1/dispatch/batch', batch)).status === 503) await pause(200)
        await pause(50)
      }
    })()
    return async () => {
      on = false
      await done
    }
  }
  async function open(path: string): Promise<Page> {
    const page = await browser.newPage()
    page.setDefaultTimeout(PATIENCE_MS)
    await page.goto(server.url + path)
    return page
  }
  const firstRow = (page: Page) => page.locator('.row [data-action-id]').first().getAttribute('data-action-id')
  const pill = (page: Page) => page.locator('.list .new')
  /** Undefined while there is no pill, or one without a number. */
  const waiting = async (page: Page): Promise<number | undefined> => {
    const text = (await pill(page).count()) === 0 ? '' : await pill(page).innerText()
    return /^[\d,]+ new$/.test(text) ? Number(text.replace(/\D/g, '')) : undefined
  }
  const waitingAtLeast = (page: Page, least: number) =>
    until(`${least} actions wait`, async () => ((await waiting(page)) ?? 0) >= least || undefined, PATIENCE_MS)

  it('counts them behind the pill, lets no row fly by, and takes them in by itself once it is calm', async () => {
    await post('/v1/dispatch', action('first'))
    const page = await open('/actions')
    await page.locator('[data-action-id="first"]').waitFor()
    const stop = storm()
    await waitingAtLeast(page, 100)
    const before = await firstRow(page)
    const counted = (await waiting(page))!
    await waitingAtLeast(page, counted + 300)
    expect(await firstRow(page)).toBe(before)
    await stop()
    await pill(page).waitFor({ state: 'detached' })
    expect(await firstRow(page)).toBe(`storm-${sent - 1}`)
  }, 180_000)

  it('changes a visible row in place when its outcome comes, counts each that arrives, and takes them in by key', async () => {
    const slow = post('/v1/dispatch', action('slow', { provider: 'patient', action_type: 'page_somebody' }))
    const page = await open('/actions')
    const row = page.locator('[data-action-id="slow"]')
    await row.getByText('open').waitFor()
    // With a row selected nothing comes in by itself.
    await page.keyboard.press('j')
    const from = sent
    const stop = storm()
    await waitingAtLeast(page, 200)
    const answers = held!
    held = null
    for (const response of answers) response.end('{}')
    await row.getByText('executed').waitFor()
    expect(await firstRow(page)).toBe('slow')
    await stop()
    expect((await slow).status).toBe(200)
    // The one that is shown may have been told of as one of many.
    await until(
      'all of them are counted',
      async () => [sent - from, sent - from + 1].includes((await waiting(page)) ?? -1) || undefined,
    )
    await page.keyboard.press('n')
    await pill(page).waitFor({ state: 'detached' })
    expect(await firstRow(page)).toBe(`storm-${sent - 1}`)
  }, 180_000)

  it('tells by the filter: what does not pass neither comes in nor is counted', async () => {
    const page = await open('/actions?q=type:page_somebody')
    await page.locator('[data-action-id="slow"]').waitFor()
    const stop = storm()
    await page.getByRole('button', { name: /^Live \d{2,}\/s/ }).waitFor()
    await stop()
    expect(await pill(page).count()).toBe(0)
    await post('/v1/dispatch', action('other', { provider: 'patient', action_type: 'page_somebody' }))
    await page.locator('[data-action-id="other"]').getByText('executed').waitFor()
  }, 180_000)
})
