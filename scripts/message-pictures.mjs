#!/usr/bin/env node
// Pictures of the messages that people get, for the pages on providers: what the built program renders, drawn as the service
// would show it. Slack, Teams, Discord and PagerDuty are drawn here by their documented forms, and are not their own pages.
//
//   npm run build && node scripts/services.mjs chromium -- node scripts/message-pictures.mjs
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { chromium } from 'playwright-core'
import { createRenderer } from '../dist/messages/render.js'
import { PICTURES } from './pictures/samples.mjs'
import { pageOf } from './pictures/services.mjs'

const to = join(resolve(import.meta.dirname, '..'), 'docs', 'images', 'messages')
mkdirSync(to, { recursive: true })
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
})
try {
  const page = await browser.newPage({ viewport: { width: 640, height: 200 } })
  const render = createRenderer()
  for (const service of ['slack', 'teams', 'discord', 'pagerduty', 'email'])
    for (const [name, messages] of Object.entries(PICTURES)) {
      const contents = messages.map(({ action, event, now }) => render(service, action, { event, now }).content)
      await page.setContent(pageOf(service, contents))
      await page.locator('body').screenshot({ path: join(to, `${service}-${name}.png`), animations: 'disabled' })
    }
} finally {
  await browser.close()
}
