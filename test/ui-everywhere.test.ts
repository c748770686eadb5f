import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { faults } from './axe.js'
import { sendTraffic } from './chromium.js'
import { openSite, type Site } from './site.js'

const WIDE = { width: 1440, height: 900 }
/** 1280 px at 400 %, as WCAG 2.2 has it for reflow. */
const NARROWEST = { width: 320, height: 640 }
/** 1440 px at 200 %. */
const ZOOMED = { width: 720, height: 450 }

/** Text that stands outside of what is seen and cannot be scrolled to, as `text at left..right`. */
const LOST = `(() => {
  const scrolls = (element) => element !== null && element !== document.documentElement &&
    (/(auto|scroll)/.test(getComputedStyle(element).overflowX) || scrolls(element.parentElement))
  const lost = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement
    if (node.data.trim() === '' || element.closest('.heard, .skip, [hidden], script, style, title')) continue
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue
    // Off the page on purpose: only those hear it who do not see it.
    if (element.closest('h1, .scope .t') && getComputedStyle(element).clipPath !== 'none') continue
    const range = document.createRange()
    range.selectNodeContents(node)
    const { left, right, width } = range.getBoundingClientRect()
    if (width === 0 || scrolls(element)) continue
    const shortened = (one) => one !== null && (getComputedStyle(one).textOverflow === 'ellipsis' || shortened(one.parentElement))
    if ((left < -1 || right > innerWidth + 1) && !shortened(element))
      lost.push(node.data.trim().slice(0, 40) + ' at ' + Math.round(left) + '..' + Math.round(right))
  }
  if (document.documentElement.scrollWidth > innerWidth) lost.push('the page scrolls to ' + document.documentElement.scrollWidth)
  return lost
})()`

/** Text that what holds it cuts off without saying so by an ellipsis, as `text of element`. */
const CUT = `(() => {
  const cut = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement
    // Names of the picture's parts, which nobody sees: they are drawn beside them.
    if (node.data.trim() === '' || element.closest('.heard, .skip, .nodes, [hidden], script, style, title')) continue
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue
    const range = document.createRange()
    range.selectNodeContents(node)
    const text = range.getBoundingClientRect()
    if (text.width === 0) continue
    for (let holder = element; holder !== document.body && holder !== null; holder = holder.parentElement) {
      const { overflowX, overflowY, textOverflow, webkitLineClamp, clipPath } = getComputedStyle(holder)
      if (clipPath !== 'none' || textOverflow === 'ellipsis' || webkitLineClamp !== 'none' || /(auto|scroll)/.test(overflowX + overflowY)) break
      const { left, right, top, bottom } = holder.getBoundingClientRect()
      const clips = (overflow) => overflow === 'hidden' || overflow === 'clip'
      if ((clips(overflowX) && (text.left < left - 1 || text.right > right + 1)) ||
        (clips(overflowY) && (text.top < top - 3 || text.bottom > bottom + 3))) {
        cut.push(node.data.trim().slice(0, 40) + ' of ' + holder.className)
        break
      }
    }
  }
  return cut
})()`
/** The spacing of WCAG 2.2, 1.4.12, which people may ask their browser for. */
const SPACED = `(() => {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync('* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-bottom: 2em !important }')
  document.adoptedStyleSheets.push(sheet)
})()`

describe('every page', () => {
  let site: Site
  let page: Page
  let full: [path: string, ready: string][]

  beforeAll(async () => {
    site = await openSite({ config: (sample) => `${sample}\n[[providers]]\nname = "email"\ntype = "log"\n` })
    await sendTraffic(site.url, 150)
    page = await site.page({ viewport: WIDE, colorScheme: 'light', reducedMotion: 'reduce' })
    const read = async <T>(path: string): Promise<T> => (await (await fetch(site.url + path)).json()) as T
    const { rows } = await read<{ rows: { id: string }[] }>('/v1/actions?q=result:broken&limit=1')
    const { events } = await read<{ events: { fingerprint: string }[] }>('/v1/events')
    const { groups } = await read<{ groups: { group_key: string }[] }>('/v1/groups')
    const { dead_letters: letters } = await read<{ dead_letters: { id: string }[] }>('/v1/dead-letters')
    full = [
      ['/', '.figs'],
      ['/?view=table', '.figs'],
      ['/actions', '.row'],
      [`/actions?open=${rows[0]!.id}`, '.st'],
      ['/actions?q=colour:red', '.chip.bad'],
      ['/events', '.card'],
      [`/events?view=table&open=${events[0]!.fingerprint}`, '.steps'],
      ['/groups', '.line-row'],
      [`/groups?open=${encodeURIComponent(groups[0]!.group_key)}`, '.steps'],
      ['/rules', 'main .switch'],
      ['/rules/page-critical', 'main h2'],
      ['/rules/page-critical?tab=playground', '.play'],
      ['/providers', '.line-row'],
      ['/providers/opsgenie', '.detail h2'],
      ['/dead-letters', '.bunch'],
      [`/dead-letters?open=${letters[0]!.id}`, '.steps'],
      ['/dispatch', '.play'],
      ['/settings', '.settings'],
    ]
  }, 90_000)
  afterAll(() => site?.close())
  beforeEach(async () => {
    await page.unrouteAll()
    await page.setViewportSize(WIDE)
    await page.emulateMedia({ colorScheme: 'light', forcedColors: 'none', reducedMotion: 'reduce' })
  })

  const open = async (path: string, ready: string): Promise<void> => {
    await page.goto(site.url + path)
    await page
      .locator(ready)
      .first()
      .waitFor()
      .catch((cause: unknown) => {
        throw new Error(`${path} does not show ${ready}`, { cause })
      })
    await page.locator('.skeleton').first().waitFor({ state: 'detached' })
  }
  /** Of a page as it stands: by all rules in light, for what depends on it in dark, and whether it fits. */
  async function inspect(what: string): Promise<void> {
    expect([what, await faults(page)]).toEqual([what, []])
    await page.emulateMedia({ colorScheme: 'dark' })
    expect([what, 'dark', await faults(page, ['color-contrast'])]).toEqual([what, 'dark', []])
    await page.emulateMedia({ colorScheme: 'light' })
    for (const size of [ZOOMED, NARROWEST]) {
      await page.setViewportSize(size)
      // What is drawn by its width is drawn anew a frame later.
      await expect
        .poll(async () => [what, size.width, await page.evaluate(LOST)], { timeout: 10_000 })
        .toEqual([what, size.width, []])
    }
    await page.setViewportSize(WIDE)
  }

  it('holds what axe asks for in light and dark, and loses nothing at 320 px and at 200 %, with traffic', async () => {
    for (const [path, ready] of full) {
      await open(path, ready)
      await inspect(path)
    }
  }, 180_000)

  it('loses no text to the spacing that people may ask for', async () => {
    for (const [path, ready] of full) {
      await open(path, ready)
      await page.evaluate(SPACED)
      for (const size of [WIDE, NARROWEST]) {
        await page.setViewportSize(size)
        await expect
          .poll(async () => [path, size.width, await page.evaluate(LOST), await page.evaluate(CUT)], {
            timeout: 10_000,
          })
          .toEqual([path, size.width, [], []])
      }
      await page.setViewportSize(WIDE)
    }
  }, 120_000)

  it('does so without anything to show', async () => {
    for (const path of [
      '/t/nobody/nothing/',
      '/t/nobody/nothing/actions',
      '/actions?open=nobody',
      '/actions?q=type:nothing',
      '/t/nobody/nothing/events',
      '/events?open=nobody',
      '/t/nobody/nothing/groups',
      '/groups?open=nobody',
      '/rules/nobody',
      '/providers/nobody',
      '/t/nobody/nothing/dead-letters',
    ]) {
      await open(path, '.state, .quiet')
      await inspect(path)
    }
  }, 120_000)

  it('does so when the server fails, and says what failed, that nothing was changed, and what to do', async () => {
    await page.route('**/v1/**', (route) =>
      route.fulfill({
        status: 500,
        headers: { 'x-request-id': 'request-7' },
        json: { error: 'The disk is full.', code: 'INTERNAL', message: 'The disk is full.', retryable: false },
      }),
    )
    for (const path of [
      '/',
      '/actions',
      '/events',
      '/groups',
      '/rules',
      '/rules/page-critical',
      '/providers',
      '/dead-letters',
      '/settings',
    ]) {
      await open(path, '[role=alert]')
      const told = await page.getByRole('alert').first().innerText()
      expect([path, told]).toEqual([path, expect.stringMatching(/could not be read[\s\S]*The disk is full\./)])
      expect([path, told]).toEqual([path, expect.stringContaining('Nothing was changed.')])
      expect([path, told]).toEqual([path, expect.stringContaining('request-7')])
      await inspect(path)
    }
  }, 120_000)

  it('says so when the server cannot be reached, and goes on once it can', async () => {
    await page.route('**/v1/**', (route) => route.abort('connectionrefused'))
    await page.goto(`${site.url}/dead-letters`)
    await page.getByRole('heading', { name: 'The dead letters could not be read' }).waitFor()
    await inspect('/dead-letters')
    await page.unrouteAll()
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.locator('.bunch').first().waitFor()
  }, 60_000)

  it('keeps its pop-ups, dialogs and the palette to the same rules', async () => {
    await open('/actions', '.row')
    await page.keyboard.press('Control+k')
    await page.locator('[cmdk-item]').first().waitFor()
    await inspect('the palette')
    await page.keyboard.press('Escape')
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keys' }).waitFor()
    await inspect('the keys')
    await page.keyboard.press('Escape')
    await page.locator('.top .btn', { hasText: 'Last hour' }).click()
    await page.locator('.choices').waitFor()
    expect(await faults(page)).toEqual([])
    await open('/actions?live=0', '.row')
    await page
      .locator('.row')
      .nth(1)
      .click({ modifiers: ['ControlOrMeta'] })
    await page.getByRole('button', { name: 'Export', exact: true }).waitFor()
    await inspect('a selection of actions')
    await page.locator('.row').nth(2).click({ button: 'right' })
    await page.getByRole('menu').waitFor()
    // The library's guards around a menu that is not modal are hidden and take the focus; what is ours is looked at.
    const ours = ['color-contrast', 'aria-required-children', 'aria-required-parent', 'aria-command-name']
    expect(['the menu of a row', await faults(page, ours)]).toEqual(['the menu of a row', []])
    await page.keyboard.press('Escape')
    await open('/dead-letters', '.bunch')
    await page.getByRole('button', { name: /^Replay all/ }).click()
    await page.getByRole('alertdialog').waitFor()
    await inspect('the question')
    await page.keyboard.press('Escape')
  }, 90_000)

  it('can be told apart with forced colours, and stands still where motion is not wanted', async () => {
    for (const [path, ready] of full.filter(([, at]) => ['.figs', '.card', '.st', '.line-row'].includes(at))) {
      await open(path, ready)
      await page.emulateMedia({ forcedColors: 'active' })
      const marks = await page.evaluate<string[]>(
        `[...document.querySelectorAll('.nav a.on, .row.on, .line-row.on, .card.on')].map((one) => getComputedStyle(one).outlineStyle)`,
      )
      expect([path, new Set(marks)]).toEqual([path, new Set(['solid'])])
      expect([path, await page.evaluate('document.getAnimations().length')]).toEqual([path, 0])
      expect([path, await faults(page)]).toEqual([path, []])
      await page.emulateMedia({ forcedColors: 'none' })
    }
  }, 90_000)

  it('is walked by Tab in the order in which it is read, and shows where one is', async () => {
    for (const [path, ready] of [
      ['/', '.figs'],
      ['/events', '.card'],
      ['/settings', '.settings'],
    ] as const) {
      await open(path, ready)
      await page.keyboard.press('Tab')
      const where = (): Promise<{ name: string; order: number; seen: boolean; ring: boolean }> =>
        page.evaluate(`(() => {
          const at = document.activeElement
          if (at === document.body) return { name: 'the end' }
          const { left, top, width, height } = at.getBoundingClientRect()
          const found = document.elementFromPoint(left + width / 2, top + Math.min(height / 2, 12))
          return {
            name: at.textContent.trim() || at.getAttribute('aria-label') || at.tagName,
            order: [...document.querySelectorAll('*')].indexOf(at),
            seen: found !== null && (at.contains(found) || found.contains(at)),
            // The filter shows it around its chips, too; the editor inside of its shadow root.
            ring: getComputedStyle(at).outlineStyle !== 'none' || at.matches('.q input') ||
              at.shadowRoot?.querySelector('.cm-focused') != null,
          }
        })()`)
      expect((await where()).name).toBe('Skip to content')
      let last = -1
      for (let step = 0; step < 30; step++) {
        const at = await where()
        if (at.name === 'the end') break
        expect([path, at.name, at.order > last, at.seen]).toEqual([path, at.name, true, true])
        // The editor draws its ring a moment later.
        await expect
          .poll(async () => [path, at.name, (await where()).ring], { timeout: 10_000 })
          .toEqual([path, at.name, true])
        last = at.order
        await page.keyboard.press('Tab')
      }
    }
    await open('/', '.figs')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    expect(await page.evaluate('document.activeElement.id')).toBe('content')
  }, 90_000)

  it('said nothing on the console, and asked nobody but its own server', () => {
    // What fails on purpose here a browser tells of by itself.
    expect(site.said.filter((line) => !line.startsWith('error: Failed to load resource'))).toEqual([])
  })
})
