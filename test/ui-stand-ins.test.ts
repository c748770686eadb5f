import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { faults } from './axe.js'
import { until } from './server.js'
import { openSite, type Site } from './site.js'

const CONFIG = `[state]
backend = "memory"
[rules]
directory = "./rules"
[circuit_breaker.providers.pager]
fallback_provider = "chat"
${['email', 'pager', 'chat'].map((name) => `[[providers]]\nname = "${name}"\ntype = "log"\n`).join('')}`
const RULES = `rules:
  - name: to-the-pager
    condition: { field: payload.severity, eq: critical }
    action: { type: reroute, target_provider: pager }
`
/** Planned for the pager by a rule, and taken by its fallback; and what chat was to get anyway. */
const [STOOD_IN, OWN] = [14, 8]

describe('what a fallback took', () => {
  let site: Site
  beforeAll(async () => {
    site = await openSite({ files: { 'acteon.toml': CONFIG, 'rules/all.yaml': RULES } })
    const post = async (path: string, body?: unknown): Promise<void> => {
      const answer = await fetch(site.url + path, {
        method: 'POST',
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      expect([path, answer.status]).toEqual([path, 200])
    }
    const action = { namespace: 'shop', tenant: 'acme', action_type: 'alert' }
    const send = (provider: string, severity: string, n: number): Promise<void> =>
      post('/v1/dispatch', { ...action, provider, payload: { title: `Number ${n}`, severity } })
    await post('/admin/circuit-breakers/pager/trip')
    for (let n = 0; n < STOOD_IN; n++) await send('email', 'critical', n)
    for (let n = 0; n < OWN; n++) await send('chat', 'low', n)
  }, 120_000)
  afterAll(() => site?.close())
  afterEach(async () => {
    await site.closePages()
    expect(site.said).toEqual([])
  })

  async function open(path: string): Promise<Page> {
    const page = await site.open(path, { viewport: { width: 1_400, height: 900 } })
    return page
  }
  /** How many actions a list shows; it has a heading for each minute. */
  const listed = async (page: Page, expected: number): Promise<void> => {
    await until(`the list has ${expected} actions`, async () => {
      const minutes = await page.locator('.min').allInnerTexts()
      const sum = minutes.reduce((all, text) => all + Number(/(\d+)\+? match/.exec(text)?.[1]), 0)
      return sum === expected ? true : undefined
    })
  }

  it('is in the flow under the fallback, whose part leads to as many actions in the list', async () => {
    const page = await open('/')
    const part = page.getByRole('link', { name: `Provider: chat, ${STOOD_IN + OWN}` })
    await part.waitFor()
    expect(await page.getByRole('link', { name: /^Provider: pager/ }).count()).toBe(0)
    // The first part is at the left; the keyboard goes there as to any link.
    await part.focus()
    await page.keyboard.press('Enter')
    await listed(page, STOOD_IN + OWN)
    expect(new URL(page.url()).searchParams.get('q')).toContain('provider:chat')
  }, 60_000)

  it('is in the strip of the fallback, and found by whom it was for', async () => {
    const page = await open('/providers')
    const strip = (name: string) => page.locator(`[data-row="${name}"]`).getByRole('img')
    await page.locator('[data-row="chat"]').waitFor()
    expect(await strip('chat').getAttribute('aria-label')).toMatch(new RegExp(`^${STOOD_IN + OWN} delivered,`))
    expect(await strip('pager').getAttribute('aria-label')).toMatch(/^Nothing,/)
    await page.getByRole('link', { name: 'pager' }).click()
    await page.getByRole('link', { name: 'What others took in its place' }).waitFor()
    expect(await faults(page)).toEqual([])
    await page.getByRole('link', { name: 'What others took in its place' }).click()
    await listed(page, STOOD_IN)
  }, 60_000)

  it('is told of in its story, where either provider is a filter', async () => {
    const page = await open('/actions?q=wanted:pager')
    await listed(page, STOOD_IN)
    await page.locator('.row').first().click()
    const facts = page.getByRole('article')
    await facts.getByRole('link', { name: 'chat', exact: true }).waitFor()
    expect(await facts.getByTitle('Filter by provider:chat').count()).toBe(1)
    await facts.getByTitle('Filter by wanted:pager').waitFor()
    await facts.getByTitle('Filter by provider:chat').click()
    await listed(page, STOOD_IN)
    await page.goto(`${site.url}/actions?q=provider:pager`)
    await page.getByText('No action passes this filter').waitFor()
  }, 60_000)
})
