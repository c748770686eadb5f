import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium, type Browser, type Page } from 'playwright-core'
import { BIN, ROOT } from './server.js'

/** Sends a mix of what alert systems and shops send, the same for each seed; the ids. */
export const { sendTraffic } = (await import(pathToFileURL(join(ROOT, 'scripts', 'ui-traffic', 'send.mjs')).href)) as {
  sendTraffic: (url: string, count: number, options?: { seed?: number; prefix?: string }) => Promise<string[]>
}

/** Starts the Chromium that CHROMIUM names. @throws Error when it names none */
export function launchBrowser(): Promise<Browser> {
  const executablePath = process.env['CHROMIUM']
  if (executablePath === undefined)
    throw new Error('CHROMIUM is not set: give the path of a Chromium, or run `npm test`, which finds one.')
  const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking']
  return chromium.launch({ executablePath, args })
}

/** Notes what a page says on its console, and what goes wrong in it. */
export function noteConsole(page: Page, said: string[]): void {
  page.on('console', (message) => said.push(`${message.type()}: ${message.text()}`))
  page.on('pageerror', (error) => said.push(`error: ${error.message}`))
}

/** Notes what a page asks of others than its own server. */
export function noteRequestsElsewhere(page: Page, url: string, said: string[]): void {
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith('data:')) said.push(`asked ${request.url()}`)
  })
}

export const PASSWORD = 'correct horse battery'
/** The hash of `PASSWORD`, as `auth.toml` has it. */
export const hashOfPassword = (): string =>
  execFileSync(process.execPath, [BIN, 'auth', 'hash-password'], { input: PASSWORD, encoding: 'utf8' }).trim()

/** Signs in with `PASSWORD` where the page asks for it. */
export async function signIn(page: Page, name: string): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Sign in' })
  await dialog.getByLabel('Name').fill(name)
  await dialog.getByLabel('Password').fill(PASSWORD)
  await dialog.getByRole('button', { name: 'Sign in' }).click()
  await dialog.waitFor({ state: 'detached' })
}
