import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { expect } from 'vitest'
import { launchBrowser, noteConsole, noteRequestsElsewhere } from './chromium.js'
import { freePort, ROOT, startServer, type RunningServer } from './server.js'

export interface SiteOptions {
  /** The configuration, made of the sample's. */
  config?: (sample: string) => string
  /** Further files, by their path in the folder. An `acteon.toml` among them takes the place of the whole sample. */
  files?: Record<string, string>
  /** Variables of the server's environment. */
  env?: Record<string, string>
  /** How long pages wait for what a test asks of them; 30 s when absent. */
  patienceMs?: number
}

/** A server in a folder of its own, and a browser for its pages. */
export interface Site {
  readonly folder: string
  readonly url: string
  readonly server: RunningServer
  readonly browser: Browser
  /** What pages said on their console, and asked of others than their own server. */
  readonly said: string[]
  /** An empty page in a context of its own. */
  page(options?: BrowserContextOptions): Promise<Page>
  /** The page at a path; `url`: by another way to the server. */
  open(path: string, options?: BrowserContextOptions, url?: string): Promise<Page>
  /** Sends an action; what it does not say is filled in. */
  dispatch(action: object): Promise<void>
  /** Starts the server again, where it was, after it was stopped or killed. */
  restart(): Promise<void>
  closePages(): Promise<void>
  /** Ends browser and server, and removes the folder. */
  close(): Promise<void>
}

/** Starts a site: that of `scripts/ui-traffic` where no other files are given. */
export async function openSite(options: SiteOptions = {}): Promise<Site> {
  const { config, files = {}, env = {}, patienceMs = 30_000 } = options
  const folder = mkdtempSync(join(tmpdir(), 'acteon-site-'))
  const said: string[] = []
  let server: RunningServer | undefined
  let browser: Browser | undefined
  const close = async (): Promise<void> => {
    await browser?.close()
    await server?.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    write(folder, files, config)
    const port = await freePort()
    const start = () => startServer({ cwd: folder, config: 'acteon.toml', port, env })
    server = await start()
    const { url } = server
    browser = await launchBrowser()
    const launched = browser

    async function page(options: BrowserContextOptions = {}, own = url): Promise<Page> {
      const made = await launched.newPage(options)
      made.setDefaultTimeout(patienceMs)
      noteConsole(made, said)
      noteRequestsElsewhere(made, own, said)
      return made
    }
    return {
      folder,
      url,
      get server() {
        return server!
      },
      browser,
      said,
      page: (options) => page(options),
      async open(path, options, own = url) {
        const opened = await page(options, own)
        await opened.goto(own + path)
        return opened
      },
      async dispatch(action) {
        const whole = { namespace: 'payments', tenant: 'acme', provider: 'email', action_type: 'hello', ...action }
        const answer = await fetch(`${url}/v1/dispatch`, { method: 'POST', body: JSON.stringify(whole) })
        expect(answer.status).toBe(200)
      },
      async restart() {
        server = await start()
      },
      async closePages() {
        for (const context of launched.contexts()) await context.close()
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

function write(folder: string, files: Record<string, string>, config: SiteOptions['config']): void {
  if (!('acteon.toml' in files)) {
    cpSync(join(ROOT, 'scripts', 'ui-traffic'), folder, { recursive: true })
    const own = join(folder, 'acteon.toml')
    if (config !== undefined) writeFileSync(own, config(readFileSync(own, 'utf8')))
  }
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
}
