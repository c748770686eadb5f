import { createServer } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { faults } from './axe.js'
import { sendTraffic } from './chromium.js'
import { freePort, until } from './server.js'
import { openSite, type Site } from './site.js'

describe('the pages of what needs an operator', () => {
  let opsgeniePort: number
  let site: Site
  beforeAll(async () => {
    opsgeniePort = await freePort()
    // Where opsgenie would listen, and a second provider that works, so that there is something to send to.
    site = await openSite({
      config: (sample) =>
        `${sample.replace(':9/', `:${opsgeniePort}/`)}\n[[providers]]\nname = "email"\ntype = "log"\n`,
    })
    await sendTraffic(site.url, 150)
  }, 120_000)
  afterAll(() => site?.close())
  afterEach(() => site.closePages())

  async function read<T>(path: string): Promise<T> {
    const answer = await fetch(site.url + path)
    expect(answer.status).toBe(200)
    return (await answer.json()) as T
  }
  interface Letters {
    dead_letters: { id: string; action_id: string; payload: Record<string, unknown>; attempts: number }[]
    count: number
  }
  const letters = (): Promise<Letters> => read('/v1/dead-letters?limit=500')

  it('mend the payload of a dead letter, leaving alone what was not changed', async () => {
    const [letter] = (await letters()).dead_letters
    const page = await site.open(`/dead-letters?open=${letter!.id}`)
    await page.getByRole('button', { name: 'Edit payload' }).click()
    const text = page.getByLabel('Payload, JSON')
    await text.fill('{ no JSON')
    await page.getByRole('button', { name: 'Save payload' }).click()
    await page.getByRole('alert').waitFor()
    await text.fill(JSON.stringify({ ...letter!.payload, region: 'eu-north-1' }))
    await page.getByRole('button', { name: 'Save payload' }).click()
    await page.getByText('Payload saved; nothing was sent').waitFor()
    const after = (await letters()).dead_letters.find(({ id }) => id === letter!.id)
    expect(after!.payload).toEqual({ ...letter!.payload, region: 'eu-north-1' })
  }, 60_000)

  it('discard a dead letter with a reason, never without', async () => {
    const before = await letters()
    const page = await site.open(`/dead-letters?open=${before.dead_letters[1]!.id}`)
    await page.getByRole('article').getByRole('button', { name: 'Discard' }).click()
    await page.getByRole('button', { name: 'Discard it' }).click()
    expect((await letters()).count).toBe(before.count)
    await page.getByLabel('Reason').fill('Told by telephone')
    await page.getByRole('button', { name: 'Discard it' }).click()
    await page.getByText('1 dead letter discarded').waitFor()
    expect((await letters()).count).toBe(before.count - 1)
  }, 60_000)

  it('say that a provider does not answer before its dead letters are sent again, and that they failed again', async () => {
    const { count } = await letters()
    const page = await site.open('/dead-letters')
    await page.getByText('It does not answer now').waitFor()
    await page.getByRole('button', { name: `Replay all ${count}` }).click()
    const question = page.getByRole('alertdialog')
    await question.getByText('It does not answer now').waitFor()
    await question.getByRole('button', { name: `Replay ${count}` }).click()
    await page
      .getByText(/failed again/)
      .first()
      .waitFor()
    expect((await letters()).count).toBe(count)
  }, 90_000)

  it('leave out what is past its use or whose event was delivered since, unless it is ticked again', async () => {
    const before = new Set((await letters()).dead_letters.map(({ id }) => id))
    const scope = { namespace: 'marks', tenant: 'acme', action_type: 'page' }
    const dispatch = async (action: Record<string, unknown>): Promise<void> => {
      const answer = await fetch(`${site.url}/v1/dispatch`, {
        method: 'POST',
        body: JSON.stringify({ ...scope, provider: 'opsgenie', ...action }),
      })
      expect(answer.status).toBe(200)
    }
    await dispatch({ id: 'lost-1', fingerprint: 'disk-7' })
    await dispatch({ id: 'lost-2' })
    await dispatch({ id: 'late-1', ends_at: '2026-01-01T02:51:00Z' })
    await dispatch({ id: 'found-1', fingerprint: 'disk-7', provider: 'email' })
    try {
      const page = await site.open('/t/acme/marks/dead-letters')
      const lost = page.getByRole('checkbox', { name: 'Choose page lost-1' })
      const bunch = page.getByRole('region').filter({ has: lost })
      await lost.waitFor()
      expect(await lost.isChecked()).toBe(false)
      expect(await page.getByRole('checkbox', { name: 'Choose page lost-2' }).isChecked()).toBe(true)
      expect(await page.getByRole('checkbox', { name: 'Choose page late-1' }).isChecked()).toBe(false)
      await page
        .getByText(/past its use since/)
        .first()
        .waitFor()
      await bunch.getByRole('button', { name: 'Replay 1', exact: true }).waitFor()
      await lost.check()
      await bunch.getByRole('button', { name: 'Replay all 2', exact: true }).waitFor()
      await page.getByRole('link', { name: /^was delivered by email at/ }).click()
      await page.getByRole('article').getByText('found-1').first().waitFor()
    } finally {
      for (const { id } of (await letters()).dead_letters)
        if (!before.has(id)) await fetch(`${site.url}/v1/dead-letters/${id}`, { method: 'DELETE' })
    }
  }, 60_000)

  it('send dead letters again once their provider is back: what it gets, the page no longer has', async () => {
    const { count, dead_letters } = await letters()
    const ids = dead_letters.map(({ action_id }) => action_id)
    const got: string[] = []
    const opsgenie = createServer((request, response) => {
      got.push(String(request.headers['idempotency-key']))
      request.resume()
      response.end('ok')
    })
    await new Promise<void>((resolve) => opsgenie.listen(opsgeniePort, '127.0.0.1', resolve))
    try {
      const page = await site.open('/providers/opsgenie')
      await page.getByRole('button', { name: 'Test send to opsgenie' }).click()
      await page.getByRole('button', { name: 'Send to opsgenie' }).click()
      await page.getByText(/^opsgenie took the test in/).waitFor()
      await page.goto(`${site.url}/dead-letters`)
      await page.getByRole('button', { name: `Replay all ${count}` }).click()
      await page
        .getByRole('alertdialog')
        .getByRole('button', { name: `Replay ${count}` })
        .click()
      await page.getByText(`${count} actions sent to opsgenie again`).waitFor()
      await page.getByText('No dead letters.').waitFor()
      expect((await letters()).count).toBe(0)
      expect(got.filter((key) => ids.includes(key)).toSorted()).toEqual(ids.toSorted())
    } finally {
      opsgenie.closeAllConnections()
      await new Promise((resolve) => opsgenie.close(resolve))
    }
  }, 90_000)

  it('open and close a circuit after asking, and show it in the list', async () => {
    const page = await site.open('/providers/email')
    await page.getByRole('button', { name: 'Open circuit' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Open circuit of email' }).click()
    await page.getByRole('heading', { name: 'email is given nothing: its circuit is open' }).waitFor()
    await page.getByRole('button', { name: 'Close circuit' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Close circuit of email' }).click()
    await page.getByRole('button', { name: 'Open circuit' }).waitFor()
  }, 60_000)

  it('say who counts on a provider, what it answered, and when its circuit was open', async () => {
    const page = await site.open('/providers/email')
    const types = page.locator('.pairs > div', { hasText: 'Types' })
    const [name, n] = (await types.getByRole('link').first().innerText()).split(' ') as [string, string]
    await page.getByText(/^Open \d+ s, by anonymous/).waitFor()
    expect(await faults(page)).toEqual([])
    await types.getByRole('link').first().click()
    await page.waitForURL(({ searchParams }) => searchParams.get('q') === `wanted:email type:${name}`)
    await page.locator('.list .bar b', { hasText: new RegExp(`^${n}$`) }).waitFor()
  }, 60_000)

  it('send a test to a provider that works, and say in place what one that does not answered', async () => {
    const page = await site.open('/providers/email')
    await page.getByRole('button', { name: 'Test send to email' }).click()
    await page.getByRole('button', { name: 'Send to email' }).click()
    await page.getByText(/^email took the test in/).waitFor()
    await page.goto(`${site.url}/providers/opsgenie`)
    await page.getByRole('button', { name: 'Test send to opsgenie' }).click()
    await page.getByRole('button', { name: 'Send to opsgenie' }).click()
    await page.getByRole('dialog').getByRole('alert').getByText('refuses the connection').waitFor()
  }, 60_000)

  it('move an event where its machine leads, and show why not elsewhere', async () => {
    const page = await site.open('/events')
    await page
      .getByRole('button', { name: /^Move incident/ })
      .first()
      .click()
    const refused = page.getByRole('menuitem', { name: /resolved/ })
    expect(await refused.innerText()).toContain(
      'alert does not lead from firing to resolved; it leads to acknowledged.',
    )
    expect(await refused.getAttribute('aria-disabled')).toBe('true')
    await page.getByRole('menuitem', { name: 'acknowledged', exact: true }).click()
    await page.getByRole('region', { name: 'acknowledged', exact: true }).getByRole('link').click()
    await page.getByRole('article').getByText('firing to acknowledged').waitFor()
    await page.getByLabel('Comment for the history').fill('The cable is in again')
    await page.getByRole('article').getByRole('button', { name: 'Resolve' }).click()
    await page.getByText('is resolved').first().waitFor()
    const history = page.getByRole('article').getByRole('listitem')
    await history.filter({ hasText: 'acknowledged to resolved' }).filter({ hasText: 'The cable is in again' }).waitFor()
    expect(await page.getByRole('article').getByRole('button', { name: 'Resolve' }).count()).toBe(0)
    // The next action opens it anew.
    const fingerprint = new URL(page.url()).searchParams.get('open')!
    const { events } = await read<{
      events: { fingerprint: string; namespace: string; labels: Record<string, string> }[]
    }>('/v1/events')
    const { namespace, labels } = events.find((event) => event.fingerprint === fingerprint)!
    const again = { namespace, tenant: 'acme', provider: 'slack-oncall', action_type: 'incident', payload: {} }
    await fetch(`${site.url}/v1/dispatch`, { method: 'POST', body: JSON.stringify({ ...again, metadata: labels }) })
    await history
      .filter({ hasText: 'resolved to firing' })
      .or(history.filter({ hasText: 'Opened as firing' }))
      .nth(1)
      .waitFor()
    await page.getByRole('article').getByText('Times opened').waitFor()
  }, 90_000)

  it('narrow events, groups and dead letters by the one filter, and say which key they do not have', async () => {
    const page = await site.open('/events')
    const cards = page.locator('.card')
    await cards.first().waitFor()
    const all = await cards.count()
    const filter = page.getByRole('combobox', { name: 'Filter' })
    await filter.fill('sev')
    await page.getByRole('option', { name: /^severity:/ }).click()
    const [first] = await page.getByRole('option').allInnerTexts()
    await page.getByRole('option').first().click()
    const [severity, n] = first!.split('\n') as [string, string]
    await until('only those are shown', async () => ((await cards.count()) === Number(n) ? true : undefined))
    expect(Number(n)).toBeLessThan(all)
    for (const card of await cards.allInnerTexts()) expect(card).toContain(severity)
    expect(new URL(page.url()).searchParams.get('q')).toBe(`severity:${severity}`)

    // What is about other things keeps its own filter.
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Groups' }).click()
    await page.locator('.line-row').first().waitFor()
    expect(new URL(page.url()).searchParams.get('q')).toBeNull()
    await filter.fill('rule:nobody')
    await filter.press('Enter')
    await page.getByRole('heading', { name: 'No group passes this filter' }).waitFor()
    await page.getByRole('link', { name: 'Without rule:nobody' }).click()
    await page.locator('.line-row').first().waitFor()

    const before = site.said.length
    await page.goto(`${site.url}/dead-letters?q=outcome%3Afailed`)
    await page.getByRole('heading', { name: 'The filter cannot be run' }).waitFor()
    await page.getByRole('paragraph').filter({ hasText: 'Dead letters have no "outcome"; they have type' }).waitFor()
    // What the server refuses, the browser notes.
    expect(site.said.splice(before).filter((line) => !line.includes('400 (Bad Request)'))).toEqual([])
  }, 90_000)

  it('show one state of the events on a phone, and the way to the others', async () => {
    const page = await site.open('/events', { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })
    const states = page.getByRole('navigation', { name: 'State' }).getByRole('link')
    await states.first().waitFor()
    expect(await page.locator('.column').count()).toBe(1)
    await states.filter({ hasText: 'resolved' }).click()
    await page.getByRole('region', { name: 'resolved', exact: true }).waitFor()
    expect(await page.locator('.column').count()).toBe(1)
  }, 60_000)

  it('send what a group has collected, from the keyboard', async () => {
    const { groups } = await read<{ groups: { group_key: string }[] }>('/v1/groups')
    const page = await site.open('/groups')
    await page.locator('.line-row').first().waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.getByRole('article').getByRole('heading', { level: 3, name: 'Members' }).waitFor()
    await page.keyboard.press('s')
    await page.getByText(/sent to slack-ops as one/).waitFor()
    await until('the group is no longer open', async () => {
      const now = await read<{ groups: { state: string }[] }>('/v1/groups')
      return now.groups.filter(({ state }) => state === 'pending').length === groups.length - 1 ? true : undefined
    })
  }, 60_000)

  it('said nothing on the console that they should not', () => {
    // What is not there is a 404, which a browser tells of by itself.
    expect(site.said.filter((line) => !line.includes('404 (Not Found)'))).toEqual([])
  })
})
