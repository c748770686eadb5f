import type { BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { faults } from './axe.js'
import { openSite, type Site } from './site.js'

const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, hasTouch: true }

describe('a story', () => {
  let site: Site
  beforeAll(async () => {
    site = await openSite()
  }, 90_000)
  afterAll(() => site?.close())
  afterEach(async () => {
    await site.closePages()
    expect(site.said).toEqual([])
  })

  async function open(id: string, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await site.open(`/t/acme/payments/actions?open=${id}`, options)
    await page.getByRole('article').getByRole('heading', { level: 2 }).waitFor()
    return page
  }

  it.each(['light', 'dark'] as const)(
    'says how many rules were not looked at, and on request what they would have made of it (%s)',
    async (colorScheme) => {
      const payload = { severity: 'info', summary: 'almost full', p99_ms: 2814 }
      await site.dispatch({ id: `behind-${colorScheme}`, action_type: 'disk_full', payload })
      const page = await open(`behind-${colorScheme}`, { colorScheme })
      const story = page.getByRole('article')
      await story.getByText('5 not looked at').waitFor()
      expect(await story.getByText('would have matched').count()).toBe(0)
      await story.getByRole('button', { name: 'Look at them anyway' }).click()
      await story.getByText('would have matched, throttle').waitFor()
      const looked = story.getByRole('listitem').filter({ hasText: 'page-critical' })
      expect(await looked.last().innerText()).toMatch(/severity eq "critical"[^]*found "info"/)
      expect(await faults(page)).toEqual([])
      await page.keyboard.press('b')
      await story.getByText('would have matched').waitFor({ state: 'detached' })
    },
    60_000,
  )

  it('says so on a phone, too', async () => {
    await site.dispatch({ id: 'behind-phone', action_type: 'disk_full', payload: { severity: 'info' } })
    const page = await open('behind-phone', PHONE)
    await page.getByRole('button', { name: 'Look at them anyway' }).click()
    await page.getByText('would have matched, throttle').waitFor()
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390)
  }, 60_000)

  it('loads a long payload when it is asked for, and shows what the rules read of it before', async () => {
    const items = Array.from({ length: 3_000 }, (_, n) => ({ n, name: `item ${n}`, last: n === 2_999 }))
    await site.dispatch({ id: 'long-1', payload: { severity: 'info', summary: 'a long list', items } })
    const page = await open('long-1')
    const asked: string[] = []
    page.on('request', (request) => asked.push(new URL(request.url()).search))
    const facts = page.getByRole('complementary', { name: 'Facts' })
    await facts.getByText(/^Payload of \d+ KB\./).waitFor()
    expect(await facts.getByText('payload.severity').count()).toBe(1)
    expect(await facts.getByText('"info"').count()).toBe(1)
    expect(await page.content()).not.toContain('item 2999')
    expect(await faults(page)).toEqual([])
    await facts.getByRole('button', { name: 'Load it' }).click()
    const payload = page.getByLabel('Payload', { exact: true })
    await payload.waitFor()
    expect(asked.some((query) => !query.includes('payload=small'))).toBe(true)
    const text = (await payload.locator('.block').allTextContents()).join('\n')
    expect(JSON.parse(text)).toMatchObject({ items: { 2999: { last: true } } })
    expect(await payload.locator('mark').allTextContents()).toEqual(['"severity": "info"'])
    const laidOut = 'getComputedStyle(document.querySelector("pre .block")).contentVisibility'
    expect(await page.evaluate<string>(laidOut)).toBe('auto')
    await page.getByRole('button', { name: 'JSON' }).click()
    await page.getByText('What is longer than 64 KB is left out.').waitFor({ state: 'detached' })
  }, 60_000)

  it('leaves a long payload out of the JSON, too, until it is asked for', async () => {
    await site.dispatch({ id: 'long-2', payload: { text: 'x'.repeat(100_000), summary: 'a long text' } })
    const page = await open('long-2')
    await page.getByRole('button', { name: 'JSON' }).click()
    const json = page.getByLabel('Story as JSON')
    expect((await json.innerText()).length).toBeLessThan(20_000)
    await page.getByRole('button', { name: 'Load it' }).click()
    await json.getByText('xxxxxxxx').first().waitFor()
  }, 60_000)

  it('shows a long payload on a phone', async () => {
    await site.dispatch({ id: 'long-3', payload: { text: 'x'.repeat(100_000) } })
    const page = await open('long-3', PHONE)
    await page.getByRole('button', { name: 'Load it' }).click()
    await page.getByLabel('Payload', { exact: true }).waitFor()
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390)
  }, 60_000)
})
