#!/usr/bin/env node
// Measures what the admin UI costs a browser while 500 actions a second pass for a minute: long tasks, the share of one
// core that its main thread takes, what stays in its memory, and whether the list counts what waits and lets nothing fly
// by. The same page at rest is measured beside it, because a number says little without its machine. Writes
// results/page.json and page.md; ends with status 1 when a row flew by, or what arrived
// was not what was counted.
//
//   node bench/page.mjs [--quick]     needs `npm run build` and a Chromium (CHROMIUM, or one that is found)
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { provide, stop } from '../scripts/services.mjs'
import { sendTraffic } from '../scripts/ui-traffic/send.mjs'
import { pause, root, run, scratch, withGateway } from './programs.mjs'

const RATE = 500
const quick = process.argv.includes('--quick')
const [REST_S, STORM_S] = quick ? [5, 10] : [20, 60]
const LONG_MS = 50
const MOST_SHARE = 0.15
const MOST_GROWTH_MIB = 10
const PAGES = { overview: '/', actions: '/actions', filtered: '/actions?q=type:disk_full,pod_crashloop' }

/** Counts tasks that kept the page from answering; the browser does not tell of those under 50 ms. */
const WATCH = `
  window.longTasks = []
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) window.longTasks.push(duration)
  }).observe({ type: 'longtask', buffered: true })
`

const { CHROMIUM } = await provide(['chromium'])
const rows = []
try {
  const folder = mkdtempSync(join(scratch, 'page-'))
  cpSync(join(root, 'scripts', 'ui-traffic'), folder, { recursive: true })
  const file = join(folder, 'acteon.toml')
  const text = readFileSync(file, 'utf8').replace('path = "./data"', 'backend = "memory"')
  writeFileSync(file, `${text}\n[log]\nlevel = "error"\n`)
  await withGateway(folder, measure)
} finally {
  await stop()
}
report()

async function measure(url) {
  await sendTraffic(url, 1_000, { prefix: 'before' })
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] })
  for (const [name, path] of Object.entries(PAGES)) {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
    await page.addInitScript(WATCH)
    await page.goto(url + path)
    await page.locator('.figs, .row').first().waitFor()
    await pause(3_000)
    const rest = await cost(page, () => pause(REST_S * 1_000))
    const list = name === 'overview' ? null : { stands: null, counted: null, arrived: null }
    // With a row selected nothing comes in by itself, so that all that arrives is counted.
    if (name === 'filtered') await page.keyboard.press('j')
    const arrivedBefore = await arrived(url, path)
    const storm = await cost(page, async () => {
      const sender = run([
        join(root, 'scripts', 'ui-traffic', 'send.mjs'),
        ...[url, RATE * STORM_S, `${rows.length + 2}`, RATE],
      ])
      if (name === 'actions') list.stands = await stands(page)
      return Number(await sender)
    })
    if (name === 'filtered') {
      await pause(3_000)
      list.counted = Number((await page.locator('.list .new').innerText()).replace(/\D/g, ''))
      list.arrived = (await arrived(url, path)) - arrivedBefore
    }
    rows.push({ page: name, taken_per_second: storm.result / storm.seconds, rest, storm, list })
    await page.close()
  }
  await browser.close()
}

/** What something costs the page's main thread, per second, and what is left of it in memory. */
async function cost(page, act) {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable')
  const look = async () => {
    await session.send('HeapProfiler.collectGarbage')
    const { metrics } = await session.send('Performance.getMetrics')
    return Object.fromEntries(metrics.map(({ name, value }) => [name, value]))
  }
  await page.evaluate('void (window.longTasks.length = 0)')
  const before = await look()
  const busyFrom = (await session.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration')
  const result = await act()
  const busyTo = (await session.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration')
  const long = await page.evaluate('[...window.longTasks]')
  const after = await look()
  await session.detach()
  const seconds = after.Timestamp - before.Timestamp
  return {
    ...{ result, seconds, share_of_core: (busyTo.value - busyFrom.value) / seconds },
    long_tasks: long.length,
    longest_ms: Math.max(0, ...long),
    heap_growth_mib: (after.JSHeapUsedSize - before.JSHeapUsedSize) / 2 ** 20,
  }
}

/** How many actions of a page's filter there are, as the server counts them. */
async function arrived(url, path) {
  const q = new URL(path, url).searchParams.get('q') ?? ''
  const query = new URLSearchParams({ q, from: '-6h', compare: 'false' })
  return (await (await fetch(`${url}/v1/figures?${query}`)).json()).now.total
}

/** Whether the first row is the same for most of the storm. */
async function stands(page) {
  const first = () => page.locator('.row [data-action-id]').first().getAttribute('data-action-id')
  await pause(STORM_S * 300)
  const before = await first()
  await pause(STORM_S * 400)
  return before === (await first())
}

function report() {
  const number = (value, digits = 1) => value.toFixed(digits)
  const times = (storm, rest) => (rest < 0.001 ? '' : ` (× ${number(storm / rest)})`)
  const said = (list) =>
    list === null
      ? ''
      : list.stands === null
        ? `${list.counted} of ${list.arrived} counted`
        : list.stands
          ? 'stands still'
          : 'MOVED'
  const lines = rows.map(
    ({ page, taken_per_second, rest, storm, list }) =>
      `| ${page} | ${Math.round(taken_per_second)} | ${number(100 * rest.share_of_core)} % | ${number(100 * storm.share_of_core)} %${times(storm.share_of_core, rest.share_of_core)} | ${rest.long_tasks} | ${storm.long_tasks}, longest ${Math.round(storm.longest_ms)} ms | ${number(storm.heap_growth_mib)} MiB | ${said(list)} |`,
  )
  const text = [
    '# The admin UI at 500 actions a second',
    '',
    `${new Date().toISOString()}; ${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} cores, shared by gateway, sender and browser. ${REST_S} s at rest, ${STORM_S} s of traffic. Wanted on a laptop of today: no task over ${LONG_MS} ms, less than ${100 * MOST_SHARE} % of one core, memory that grows by no more than ${MOST_GROWTH_MIB} MiB.`,
    '',
    '| page | actions/s taken | main thread at rest | in traffic | tasks over 50 ms at rest | in traffic | memory grown | list |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |',
    ...lines,
    '',
  ].join('\n')
  mkdirSync(join(root, 'bench', 'results'), { recursive: true })
  writeFileSync(join(root, 'bench', 'results', 'page.md'), text)
  writeFileSync(join(root, 'bench', 'results', 'page.json'), `${JSON.stringify({ rows }, null, 2)}\n`)
  console.log(text)
  const isWrong = ({ list }) => list !== null && (list.stands === false || list.counted !== list.arrived)
  process.exitCode = rows.some(isWrong) ? 1 : 0
}
