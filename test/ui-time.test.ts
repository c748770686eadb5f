import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { faults } from './axe.js'
import { sendTraffic } from './chromium.js'
import { openSite, type Site } from './site.js'

const DAY_MS = 86_400_000

describe('the window of time', () => {
  let site: Site
  let page: Page

  beforeAll(async () => {
    site = await openSite({ config: (sample) => `${sample}\n[[providers]]\nname = "email"\ntype = "log"\n` })
    await sendTraffic(site.url, 40)
  }, 90_000)
  afterAll(() => site?.close())
  beforeEach(async () => {
    page = await site.page({ reducedMotion: 'reduce', timezoneId: 'Europe/Berlin' })
  })
  afterEach(() => site.closePages())

  const choose = async (path = '/actions'): Promise<void> => {
    await page.goto(site.url + path)
    await page.locator('.top .btn', { hasText: 'Last hour' }).click()
    await page.locator('.choices').waitFor()
  }
  const asked = (name: string): string | null => new URL(page.url()).searchParams.get(name)
  const inBerlin = (at: number): string =>
    new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: 'Europe/Berlin' }).format(at)

  it('is said in words, and what they mean stands there before it is shown', async () => {
    await choose()
    const words = page.getByLabel('In words')
    await words.fill('noonish')
    await page.getByText('“noonish” is no time that is understood here.').waitFor()
    expect(await page.getByRole('button', { name: 'Show', exact: true }).isDisabled()).toBe(true)
    expect(await faults(page)).toEqual([])
    await words.fill('last 90 min')
    await page.getByText('– now').waitFor()
    await words.press('Enter')
    await page.locator('.top .btn', { hasText: 'Last 90 min' }).waitFor()
    expect([asked('from'), asked('to')]).toEqual(['-90m', null])
    await page.locator('.row').first().waitFor()
    await page.goto(`${site.url}/actions`)
    await page.locator('.top .btn', { hasText: 'Last hour' }).click()
    await words.fill('yesterday 22:00 to 06:00')
    await words.press('Enter')
    await page.locator('.top .btn', { hasText: 'Fixed range' }).waitFor()
    const [from, to] = [Date.parse(asked('from')!), Date.parse(asked('to')!)]
    expect([inBerlin(from), inBerlin(to)]).toEqual(['22:00', '06:00'])
    expect(to - from).toBeLessThan(DAY_MS / 2)
  }, 60_000)

  it('is read and written in the zone that was chosen, everywhere', async () => {
    await page.goto(`${site.url}/settings`)
    await page.getByLabel('Time zone').selectOption('Asia/Tehran')
    await choose()
    await page.getByText('In Asia/Tehran.').waitFor()
    await page.locator('.top .btn', { hasText: 'GMT+3:30' }).waitFor()
    // The list's own times too: they are instants of the same hour, half an hour beside those of Berlin.
    const { rows } = (await (await fetch(`${site.url}/v1/actions?q=&limit=1`)).json()) as { rows: { at: number }[] }
    const there = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', timeZone: 'Asia/Tehran' })
    await page
      .locator('.row time', { hasText: there.format(rows[0]!.at) })
      .first()
      .waitFor()
    await page.getByLabel('From', { exact: true }).fill('2026-01-01T00:00')
    await page.getByLabel('To', { exact: true }).fill('2026-01-01T01:00')
    await page.getByRole('button', { name: 'Show, not live' }).click()
    await page.locator('.top .btn', { hasText: 'Fixed range' }).waitFor()
    expect([asked('from'), asked('to')]).toEqual(['2025-12-31T20:30:00.000Z', '2025-12-31T21:30:00.000Z'])
  }, 60_000)

  it('begins where the visit before ended', async () => {
    const before = Date.now() - DAY_MS / 2
    await page.addInitScript(`localStorage.getItem('acteon.visits') ??
      localStorage.setItem('acteon.visits', JSON.stringify({ last: ${before}, before: null }))`)
    await page.goto(site.url)
    // A page that is opened again belongs to the same visit.
    await choose()
    await page.getByRole('link', { name: /^Since my last visit/ }).click()
    await page.locator('.top .btn', { hasText: /^Since/ }).waitFor()
    expect([asked('from'), asked('to')]).toEqual([new Date(before).toISOString(), null])
    await page.locator('.row').first().waitFor()
  }, 60_000)

  it('is drawn over the bars of the overview', async () => {
    await page.goto(site.url)
    const bars = page.locator('.sum figure svg')
    await page.locator('.sum figure .bar').first().waitFor()
    const { x, y, width } = (await bars.boundingBox())!
    await page.mouse.move(x + width * 0.5, y + 20)
    await page.mouse.down()
    await page.mouse.move(x + width * 0.75, y + 20, { steps: 5 })
    await page.locator('.brush').waitFor()
    await page.mouse.up()
    await page.locator('.top .btn', { hasText: 'Fixed range' }).waitFor()
    const minutes = (Date.parse(asked('to')!) - Date.parse(asked('from')!)) / 60_000
    expect([14, 15, 16, 17]).toContain(minutes)
  }, 60_000)
})
