import { createServer, type Server, type ServerResponse } from 'node:http'
import { connect, createServer as createRelay, type AddressInfo, type Socket } from 'node:net'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { pause, until } from './server.js'
import { openSite, type Site } from './site.js'

const PATIENCE_MS = 60_000

describe('the list of actions while many arrive', () => {
  /** Deliveries that wait for their answer; null: each is answered at once. */
  let held: ServerResponse[] | null = []
  let peer: Server
  let site: Site
  let sent = 0

  beforeAll(async () => {
    peer = createServer((request, response) =>
      request.resume().on('end', () => (held === null ? response.end('{}') : held.push(response))),
    )
    await new Promise<void>((resolve) => peer.listen(0, '127.0.0.1', resolve))
    const { port } = peer.address() as AddressInfo
    const patient = `[[providers]]\nname = "patient"\ntype = "webhook"\nurl = "http://127.0.0.1:${port}/"\ntimeout_seconds = 120`
    site = await openSite({
      config: (sample) => `${sample}\n[log]\nlevel = "warn"\n${patient}\n`,
      patienceMs: PATIENCE_MS,
    })
  }, 90_000)
  afterAll(async () => {
    await site?.close()
    peer?.closeAllConnections()
    peer?.close()
  })
  afterEach(async () => {
    await site.closePages()
    for (const line of lines.splice(0)) await line.close()
  })

  interface Line {
    url: string
    /** Ends what goes over it, and takes nothing more until it is mended. */
    cut: () => void
    mend: () => void
    close: () => Promise<void>
  }
  const lines: Line[] = []
  /** A way to the server that can be cut, while the server goes on for others. */
  async function lineTo(url: string): Promise<Line> {
    const open = new Set<Socket>()
    let whole = true
    const relay = createRelay((near) => {
      if (!whole) return near.destroy()
      const far = connect(Number(new URL(url).port), '127.0.0.1')
      for (const [socket, other] of [
        [near, far],
        [far, near],
      ] as const) {
        open.add(socket)
        socket.on('error', () => other.destroy()).on('close', () => open.delete(socket) && other.destroy())
        socket.pipe(other)
      }
      return undefined
    })
    await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve))
    const cut = (): void => {
      whole = false
      for (const socket of open) socket.destroy()
    }
    const line: Line = {
      url: `http://127.0.0.1:${(relay.address() as AddressInfo).port}`,
      cut,
      mend: () => {
        whole = true
      },
      close: async () => {
        cut()
        await new Promise((resolve) => relay.close(resolve))
      },
    }
    lines.push(line)
    return line
  }

  const action = (id: string, more: object = {}) => ({
    ...{ id, namespace: 'payments', tenant: 'acme', provider: 'agent-runtime', action_type: 'agent_tool_call' },
    ...more,
  })
  const post = (path: string, body: unknown) =>
    fetch(`${site.url}${path}`, { method: 'POST', body: JSON.stringify(body) })
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
    const page = await site.open('/actions')
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
    const page = await site.open('/actions')
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
    const page = await site.open('/actions?q=type:page_somebody')
    await page.locator('[data-action-id="slow"]').waitFor()
    const stop = storm()
    await page.getByRole('button', { name: /^Live \d{2,}\/s/ }).waitFor()
    await stop()
    expect(await pill(page).count()).toBe(0)
    await post('/v1/dispatch', action('other', { provider: 'patient', action_type: 'page_somebody' }))
    await page.locator('[data-action-id="other"]').getByText('executed').waitFor()
  }, 180_000)

  /** While the page hears nothing, so many arrive; then it is back. */
  async function missing(line: Line, page: Page, type: string, count: number): Promise<void> {
    line.cut()
    await page.getByText(/^Reconnecting, data to/).waitFor()
    for (let n = 0; n < count; n += 25) {
      const batch = Array.from({ length: 25 }, (_, i) => action(`${type}-${n + i}`, { action_type: type }))
      await until('they are taken', async () => (await post('/v1/dispatch/batch', batch)).status === 200 || undefined)
    }
    line.mend()
  }
  /** How many actions the rows that are there stand for. */
  const counted = (page: Page) => page.locator('.list .rows').getAttribute('aria-label')

  it('reads what it missed while it heard nothing when that is little', async () => {
    await post('/v1/dispatch', action('few-before', { action_type: 'few' }))
    const line = await lineTo(site.url)
    const page = await site.open('/actions?q=type:few', {}, line.url)
    await page.locator('[data-action-id="few-before"]').waitFor()
    await missing(line, page, 'few', 300)
    await page.locator('[data-action-id="few-299"]').waitFor()
    expect(await page.getByRole('button', { name: 'Load' }).count()).toBe(0)
    await until('all are counted', async () => (await counted(page))?.startsWith('301 ') || undefined)
    // All of them are alike: one row stands for all that came within a minute.
    await page.locator('.rows').evaluate('(rows) => rows.scrollTo(0, rows.scrollHeight)')
    await page.locator('.min').last().waitFor()
    const minutes = await page.locator('.min span:last-child').allInnerTexts()
    expect(minutes.reduce((sum, text) => sum + Number.parseInt(text, 10), 0)).toBe(301)
  }, 180_000)

  it('says how many it missed when they are many, where they were, and reads them when asked', async () => {
    await post('/v1/dispatch', action('gap-before', { action_type: 'gap' }))
    const line = await lineTo(site.url)
    const page = await site.open('/actions?q=type:gap', {}, line.url)
    await page.locator('[data-action-id="gap-before"]').waitFor()
    await missing(line, page, 'gap', 700)
    // 701 in all: the newest hundred and the one of before are there.
    await page.getByText(/missed, 600 actions\.$/).waitFor()
    await page.getByRole('button', { name: 'Load' }).click()
    await page.getByText(/missed, 100 actions\.$/).waitFor()
    await page.getByRole('button', { name: 'Load' }).click()
    await page.getByText(/missed/).waitFor({ state: 'detached' })
    const minutes = await page.locator('.min span:last-child').allInnerTexts()
    expect(minutes.reduce((sum, text) => sum + Number.parseInt(text, 10), 0)).toBe(701)
  }, 180_000)
})
