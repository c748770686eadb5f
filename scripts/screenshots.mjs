#!/usr/bin/env node
// Pictures of every page of the admin UI for docs/ui.md: a real gateway with a shift of traffic, the same each time, in a
// real browser whose clock stands still.
//
//   npm run screenshots                                    all of them, into docs/pictures/ui
//   npm run screenshots -- --png --to /tmp/ui events       these pages alone, elsewhere, as PNG
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { chromium } from 'playwright-core'
import { clock, settled, ZONE } from './screenshots/clock.mjs'
import { configure, gateway, keyOf, PASSWORD, removeFiles } from './screenshots/gateway.mjs'
import { PAGES } from './screenshots/pages.mjs'
import { asWebp } from './screenshots/webp.mjs'
import { receivers } from './screenshots/receivers.mjs'
import { BROKEN_FROM, oneMore, timeBefore, workTheShift } from './screenshots/shift.mjs'

const WIDE = { viewport: { width: 1440, height: 900 } }
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }
/** `asked`: only when it is asked for with --looks. */
const LOOKS = [
  { look: 'light', options: { ...WIDE, colorScheme: 'light' } },
  { look: 'dark', options: { ...WIDE, colorScheme: 'dark' } },
  { look: 'phone', options: { ...PHONE, colorScheme: 'light' } },
  { look: 'middle', options: { viewport: { width: 1024, height: 768 }, colorScheme: 'light' }, asked: true },
  { look: 'phone-dark', options: { ...PHONE, colorScheme: 'dark' }, asked: true },
]
// Everything that a page asks for has come when nothing was asked for so long.
const QUIET_MS = 350

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { to: { type: 'string' }, png: { type: 'boolean' }, looks: { type: 'string' } },
})
const to = resolve(values.to ?? join(import.meta.dirname, '..', 'docs', 'pictures', 'ui'))
const pages = PAGES.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
const looks = LOOKS.filter(({ look, asked }) =>
  values.looks === undefined ? asked !== true : values.looks.split(',').includes(look),
)
if (positionals.length === 0 && values.to === undefined) rmSync(to, { recursive: true, force: true })
mkdirSync(to, { recursive: true })

const endReceivers = await receivers({ brokenFrom: BROKEN_FROM })
await configure()
const before = await gateway()
await timeBefore(before.url)
// Started anew, its figures of providers begin with this night.
await settled(before.stop())
const served = await gateway()
let browser
try {
  await workTheShift(served.url)
  const data = await things(served.url)
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: ['--disable-gpu', '--disable-background-networking', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
  })
  for (const look of looks) {
    const context = await signedIn(look)
    for (const page of pages) await take(page, look, data, context)
    await context.close()
  }
} finally {
  await browser?.close()
  await settled(served.stop())
  await endReceivers()
  removeFiles()
}

async function signedIn({ options }, withSession = true) {
  const context = await browser.newContext({
    ...options,
    locale: 'en-GB',
    timezoneId: ZONE,
    reducedMotion: 'reduce',
    baseURL: served.url,
  })
  if (withSession)
    await settled(
      context.request.post('/v1/auth/login', {
        data: { username: 'mara.lindqvist', password: PASSWORD, session: true },
      }),
    )
  return context
}

async function take({ name, path, ready, open, signedOut = false, wide = false }, look, data, context) {
  if (wide && look.options.isMobile) return
  const own = signedOut ? await signedIn(look, false) : context
  const page = await own.newPage()
  try {
    let asked = Date.now()
    page.on('request', () => (asked = Date.now()))
    page.on('response', () => (asked = Date.now()))
    await page.clock.setFixedTime(clock.now() + 2_000)
    await page.goto(path(data))
    await page.locator(ready).first().waitFor({ timeout: 20_000 })
    // The pill shows the rate of the last seconds.
    await oneMore(served.url)
    await clock.advance(1_000)
    await clock.advance(1_000)
    await open?.(page)
    await page.evaluate('document.fonts.ready.then(() => true)')
    if (!signedOut)
      await page.locator('.skeleton, [aria-busy=true]').first().waitFor({ state: 'detached', timeout: 20_000 })
    while (Date.now() - asked < QUIET_MS) await new Promise((done) => setTimeout(done, 50))
    const png = await page.screenshot({ animations: 'disabled', caret: 'hide' })
    const file = join(to, `${name}-${look.look}`)
    if (values.png) writeFileSync(`${file}.png`, png)
    else writeFileSync(`${file}.webp`, await asWebp(png))
  } catch (error) {
    throw new Error(`${name}, ${look.look}: ${error.message}`, { cause: error })
  } finally {
    await page.close()
    if (own !== context) await own.close()
  }
}

/** The ids of what is opened in the pictures. */
async function things(url) {
  const read = async (path) => {
    const answer = await settled(fetch(url + path, { headers: { authorization: `Bearer ${keyOf('agents')}` } }))
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return answer.json()
  }
  const { rows: rerouted } = await read('/v1/actions?q=outcome:rerouted+rule:page-critical&limit=200')
  const { rows: throttled } = await read('/v1/actions?q=outcome:throttled&limit=1')
  const { events } = await read('/v1/events?limit=500')
  const { groups } = await read('/v1/groups')
  const { dead_letters: letters } = await read('/v1/dead-letters?limit=500')
  return {
    // The first that the fallback took after opsgenie had failed.
    rerouted: rerouted.findLast(({ reason }) => reason.endsWith('wanted opsgenie')).id,
    throttled: throttled[0].id,
    event: events.find(({ action_type }) => action_type === 'disk_filling').fingerprint,
    group: groups.find(({ action_type }) => action_type === 'usage_report').group_key,
    letter: letters.find(({ provider }) => provider === 'opsgenie').id,
  }
}
