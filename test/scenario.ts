import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { mismatch, type Block, type Page } from './pages.js'
import { BIN, freePort, ROOT, startServer, until, type RunningServer } from './server.js'

const SERVER = 'http://localhost:8080'
const FIRST_STEPS = join(ROOT, 'examples', 'first-steps')

export const packageJson = (): Record<'scripts' | 'dependencies' | 'devDependencies', Record<string, string>> =>
  JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as ReturnType<typeof packageJson>

interface Ran {
  status: number
  stdout: string
  stderr: string
}

function run(program: string, args: string[], options: { cwd: string; env?: Record<string, string> }): Promise<Ran> {
  return new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: '1', ...options.env }
    execFile(program, args, { cwd: options.cwd, env, timeout: 50_000 }, (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : typeof error.code === 'number' ? error.code : 1, stdout, stderr }),
    )
  })
}

/** One page's folder, server and receiver. How its blocks are marked: docs.test.ts. */
export class Scenario {
  private readonly folder = mkdtempSync(join(tmpdir(), 'acteon-docs-'))
  private server: RunningServer | undefined
  private receiver: { server: Server; url: string } | undefined

  constructor(private readonly page: Page) {
    mkdirSync(join(this.folder, 'node_modules'))
    symlinkSync(ROOT, join(this.folder, 'node_modules', 'acteon'))
    mkdirSync(join(this.folder, '.bin'))
    const command = `#!/bin/sh\nexec "${process.execPath}" "${BIN}" "$@"\n`
    writeFileSync(join(this.folder, '.bin', 'acteon'), command, { mode: 0o755 })
  }

  async end(): Promise<void> {
    await this.server?.stop()
    this.receiver?.server.close()
    rmSync(this.folder, { recursive: true, force: true })
  }

  async take(block: Block, output: Block | undefined): Promise<void> {
    if (block.title !== undefined) await this.write(block)
    // Tests of rules are run by `acteon rules test` on the page.
    if (block.title?.startsWith('tests/')) return
    if (block.lang === 'yaml') await this.rules(block)
    else if (block.lang === 'toml') await this.configuration(block)
    else if (block.lang === 'bash') await this.commands(block, output)
    // What else a page shows is data.
    else if (block.lang === 'json' && block.title === undefined) JSON.parse(block.text)
    else if (block.title === undefined) expect(['text', 'json']).toContain(block.lang)
  }

  /** Conditions and verdicts, each as a rule of its own that is named after its line. */
  async fragments(blocks: Block[]): Promise<void> {
    const rules = blocks.map(({ flags, text, line }) => {
      const part = (name: string): string =>
        `    ${name}:\n${text
          .trimEnd()
          .split('\n')
          .map((each) => `      ${each}\n`)
          .join('')}`
      expect(['condition', 'action']).toContain(flags[0])
      const other =
        flags[0] === 'condition'
          ? '    action: { type: allow }\n'
          : `    condition: { field: payload.line, eq: ${line} }\n`
      return `  - name: line-${line}\n    priority: ${line}\n${other}${part(flags[0]!)}`
    })
    await this.mustLoad(`rules:\n${rules.join('\n')}`)
  }

  private path(name: string): string {
    return join(this.folder, name)
  }

  private async write({ title, text, lang }: Block): Promise<void> {
    let content = text
    if (lang === 'toml') content = text.replaceAll(/https:\/\/[a-z]+\.example\.com/g, await this.receiverUrl())
    if (text.includes(SERVER)) content = text.replaceAll(SERVER, (await this.running()).url)
    mkdirSync(dirname(this.path(title!)), { recursive: true })
    writeFileSync(this.path(title!), content)
    if (lang === 'yaml' && title!.startsWith('rules/') && this.server !== undefined)
      expect((await fetch(`${this.server.url}/v1/rules/reload`, { method: 'POST' })).status).toBe(200)
  }

  private async rules({ text, flags, title }: Block): Promise<void> {
    if (flags.includes('invalid')) {
      const { status } = await this.acteon(['rules', 'check', dirname(this.path(title!))])
      expect(status).not.toBe(0)
    } else await this.mustLoad(text)
  }

  private async mustLoad(text: string): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), 'acteon-docs-rules-'))
    writeFileSync(join(folder, 'rules.yaml'), text)
    const { status, stdout, stderr } = await this.acteon(['rules', 'check', folder])
    rmSync(folder, { recursive: true })
    expect(status, `${stdout}${stderr}`).toBe(0)
  }

  private async configuration({ text, title }: Block): Promise<void> {
    const file = this.path(title ?? 'untitled.toml')
    if (title === undefined) writeFileSync(file, text)
    mkdirSync(this.path('rules'), { recursive: true })
    // Secrets stand in the environment, as the page says; here any text will do, but for keys, which have a form.
    const secretFor = (name: string): string => (/SEALING_KEY$/.test(name) ? '5e'.repeat(32) : 'a-secret')
    const named = [...text.matchAll(/\$\{(\w+)\}/g)].map(([, name]): [string, string] => [name!, secretFor(name!)])
    const { status, stdout, stderr } = await this.acteon(['config', 'check', '-c', file], Object.fromEntries(named))
    expect(status, `${stdout}${stderr}`).toBe(0)
  }

  private acteon(args: string[], env: Record<string, string> = {}): Promise<Ran> {
    return run(process.execPath, [BIN, ...args], { cwd: this.folder, env })
  }

  private async commands({ text, flags }: Block, output: Block | undefined): Promise<void> {
    if (flags.includes('setup')) return this.setup(text)
    if (flags.includes('server')) return this.serve(text)
    const needsServer = /localhost:8080|acteon (dispatch|explain|tail|events|groups|audit|dead-letters)/.test(text)
    const url = needsServer ? (await this.running()).url : SERVER
    const env = { ACTEON_ENDPOINT: url, PATH: `${this.path('.bin')}:${process.env['PATH'] ?? ''}` }
    const script = `set -e\n${text.replaceAll(SERVER, url)}`
    const { status, stdout, stderr } = await run('bash', ['-c', script], { cwd: this.folder, env })
    const said = `${stdout}${stderr}`
    if (flags.includes('fails')) expect(status, said).not.toBe(0)
    else expect(status, said).toBe(0)
    if (output !== undefined)
      expect(mismatch(output.lang, output.text, output.lang === 'json' ? stdout : said), said).toBeUndefined()
  }

  /** `npm ci` and `npm test` are what runs this test; the others are run but for the build, which has been made. */
  private async setup(text: string): Promise<void> {
    for (const line of text.trim().split('\n')) {
      const [npm, verb, ...rest] = line.split(' ')
      expect(npm).toBe('npm')
      if (verb === 'ci' || verb === 'test') {
        expect(readFileSync(join(ROOT, '.ci', 'run'), 'utf8')).toContain(`\n${line}\n`)
        continue
      }
      const name = verb === 'run' ? rest.shift()! : verb!
      const script = packageJson().scripts[name]
      expect(script, `the script ${name}`).toBeDefined()
      if (name === 'start') {
        const config = script!.split(' ').at(-1)!
        const server = await startServer({ cwd: ROOT, config, env: { ACTEON_STATE__PATH: this.path('start-data') } })
        expect(await server.stop()).toBe(0)
      } else {
        // Every example is run by examples.test.ts.
        expect(name).toBe('example')
        expect(existsSync(join(ROOT, 'examples', rest[0]!))).toBe(true)
      }
    }
  }

  private async serve(text: string): Promise<void> {
    const [, config] = /^acteon serve -c (\S+)\s*$/.exec(text) ?? []
    expect(config, 'expected `acteon serve -c FILE`').toBeDefined()
    await this.start(config!)
  }

  private async start(config: string): Promise<void> {
    await this.server?.stop()
    mkdirSync(this.path('rules'), { recursive: true })
    this.server = await startServer({ cwd: this.folder, config, port: await freePort() })
  }

  private async running(): Promise<RunningServer> {
    if (this.server === undefined) {
      // A page with a configuration of its own has rules of its own, or none.
      const isOwn = existsSync(this.path('acteon.toml'))
      if (!isOwn) cpSync(join(FIRST_STEPS, 'acteon.toml'), this.path('acteon.toml'))
      const hasRules = this.page.blocks.some(({ title }) => title?.startsWith('rules/'))
      if (!hasRules && !isOwn) cpSync(join(FIRST_STEPS, 'rules'), this.path('rules'), { recursive: true })
      await this.start('acteon.toml')
    }
    return until('there is a server', async () => this.server)
  }

  private async receiverUrl(): Promise<string> {
    if (this.receiver === undefined) {
      const port = await freePort()
      const server = createServer((request, response) => request.resume().on('end', () => response.end('{"ok":true}')))
      await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
      this.receiver = { server, url: `http://127.0.0.1:${port}` }
    }
    return this.receiver.url
  }
}
