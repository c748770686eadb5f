import { spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { admit, joined, key, newDirectory, open, op } from './store.fixture.js'

const SOURCE = fileURLToPath(new URL('../..', import.meta.url))
/** Inside the package, so that the program finds its dependencies. */
const COMPILED = fileURLToPath(new URL(`../../../node_modules/.cache/crash-${process.pid}`, import.meta.url))

/** Compiles the rooms that the store is made of, so that a process of its own can run them. */
function compile(): void {
  for (const room of ['lib', 'action', 'audit', 'state'])
    for (const file of readdirSync(join(SOURCE, room), { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts') || file.endsWith('.test.ts')) continue
      const target = join(COMPILED, room, file.replace(/\.ts$/, '.js'))
      mkdirSync(dirname(target), { recursive: true })
      const { outputText } = ts.transpileModule(readFileSync(join(SOURCE, room, file), 'utf8'), {
        compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 },
      })
      writeFileSync(target, outputText)
    }
  writeFileSync(join(COMPILED, 'package.json'), '{"type":"module"}')
  writeFileSync(
    join(COMPILED, 'writer.js'),
    `import { embeddedState } from './state/embedded/open.js'
import { requestFor } from './state/conformance/builders.js'
const store = await embeddedState({ path: process.argv[2] }).catch((error) => {
  console.log(error.code)
  process.exit(1)
})
let n = 0
const op = () => ({ token: String(++n), deadline: Date.now() + 30_000 })
const { owner } = await store.join({ ...op(), node: 'writer' })
console.log('ready')
const write = async () => {
  for (;;) {
    const id = 'a' + ++n
    const { kind } = await store.admit({ ...op(), ...requestFor({ id }, owner), original: null })
    if (kind === 'deliver') process.stdout.write(id + '\\n')
  }
}
for (let caller = 0; caller < 16; caller++) void write()`,
  )
}

const running: ChildProcess[] = []
beforeAll(compile)
afterAll(() => {
  for (const child of running) child.kill('SIGKILL')
  rmSync(COMPILED, { recursive: true, force: true })
})

/** A process that writes as fast as it can and prints what was acknowledged. */
function writer(path: string): { child: ChildProcess; lines: AsyncIterator<string> } {
  const child = spawn(process.execPath, [join(COMPILED, 'writer.js'), path], { stdio: ['ignore', 'pipe', 'inherit'] })
  running.push(child)
  return { child, lines: createInterface({ input: child.stdout! })[Symbol.asyncIterator]() }
}

describe('a process that is killed with -9 while it writes', () => {
  it('loses nothing that was acknowledged, and gives the directory up', async () => {
    const path = newDirectory()
    const { child, lines } = writer(path)
    expect((await lines.next()).value).toBe('ready')
    await expect(open({ path })).rejects.toMatchObject({ code: 'DATA_DIRECTORY_IN_USE' })
    expect((await writer(path).lines.next()).value).toBe('DATA_DIRECTORY_IN_USE')

    const acknowledged: string[] = []
    while (acknowledged.length < 500) acknowledged.push((await lines.next()).value as string)
    child.kill('SIGKILL')
    for (let next = await lines.next(); next.done !== true; next = await lines.next()) acknowledged.push(next.value)

    const store = await open({ path })
    const at = Date.now()
    for (const id of acknowledged) expect(await store.entry(key(id)), id).toMatchObject({ status: 'running' })
    const owner = await joined(store, at)
    const resumed = await store.resume({ ...op(at), owner, limit: 1_000_000 })
    expect(resumed.length).toBeGreaterThanOrEqual(acknowledged.length)
    expect(await admit(store, owner, { id: acknowledged[0]! }, at)).toMatchObject({ kind: 'in_progress' })
    expect(store.database.prepare('PRAGMA integrity_check').get()).toMatchObject({ integrity_check: 'ok' })
  })
})
