import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { systemClock } from './clock.js'
import { watchFiles } from './watch.js'

// A busy machine may be late itself; that a change is told within a second rests on the watcher's own two waits.
const LATE_MS = 5_000
const NOTHING_MS = 1_000

/** Watches, and answers a function that resolves with whether something that is done is told. */
async function watching(directory: string) {
  let told = 0
  let wake: (() => void) | null = null
  const stop = watchFiles(directory, systemClock, () => {
    told++
    wake?.()
  })
  onTestFinished(stop)
  const until = (count: number, ms: number): Promise<boolean> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), ms)
      wake = () => {
        if (told < count) return
        clearTimeout(timer)
        resolve(true)
      }
      wake()
    })
  expect(await until(1, LATE_MS)).toBe(true)
  const changes = async (act: () => void, ms = LATE_MS): Promise<boolean> => {
    const before = told
    act()
    const result = await until(before + 1, ms)
    // What the same act sets off later belongs to it.
    while (await until(told + 1, 200));
    return result
  }
  return { changes, told: () => told, stop }
}

const folder = (): string => {
  const root = join(mkdtempSync(join(tmpdir(), 'acteon-watch-')), 'rules')
  mkdirSync(root)
  return root
}

it('a file that is added, changed, saved by renaming or deleted is told, in any depth', async () => {
  const root = folder()
  mkdirSync(join(root, 'deep'))
  const file = join(root, 'deep', 'a.yaml')
  const { changes } = await watching(root)
  expect(await changes(() => writeFileSync(file, 'one'))).toBe(true)
  expect(await changes(() => writeFileSync(file, 'two!'))).toBe(true)
  const saved = (): void => {
    writeFileSync(`${file}.tmp`, 'three')
    renameSync(`${file}.tmp`, file)
  }
  expect(await changes(saved)).toBe(true)
  expect(await changes(saved)).toBe(true)
  expect(await changes(() => unlinkSync(file))).toBe(true)
  expect(await changes(() => mkdirSync(join(root, 'new')))).toBe(true)
  expect(await changes(() => writeFileSync(join(root, 'new', 'b.yaml'), 'b'))).toBe(true)
  expect(await changes(() => rmSync(join(root, 'new'), { recursive: true }))).toBe(true)
})

it('a burst is told once, and what editors hide is not told', async () => {
  const root = folder()
  const { changes, told } = await watching(root)
  const before = told()
  await changes(() => {
    for (let i = 0; i < 20; i++) writeFileSync(join(root, `${i}.yaml`), 'x')
  })
  expect(told()).toBe(before + 1)
  expect(await changes(() => writeFileSync(join(root, '.a.yaml.swp'), 'x'), NOTHING_MS)).toBe(false)
})

it('a directory that comes later, goes and comes back is watched', async () => {
  const root = folder()
  rmSync(root, { recursive: true })
  const { changes } = await watching(root)
  for (const text of ['first', 'second']) {
    expect(await changes(() => mkdirSync(root))).toBe(true)
    expect(await changes(() => writeFileSync(join(root, 'a.yaml'), text))).toBe(true)
    expect(await changes(() => rmSync(root, { recursive: true }))).toBe(true)
  }
})

it('one file may be watched, and it may be saved by renaming, again and again', async () => {
  const file = join(folder(), 'rules.conf')
  writeFileSync(file, '0')
  const { changes } = await watching(file)
  for (const text of ['1', '22', '333']) {
    const saved = (): void => {
      writeFileSync(`${file}.tmp`, text)
      renameSync(`${file}.tmp`, file)
    }
    expect(await changes(saved)).toBe(true)
  }
  expect(await changes(() => writeFileSync(file, 'in place'))).toBe(true)
})

it('a mounted volume that swaps a link, and a directory that is a link, are followed', async () => {
  const root = folder()
  for (const version of ['..1', '..2']) {
    mkdirSync(join(root, version))
    writeFileSync(join(root, version, 'a.yaml'), version)
  }
  symlinkSync('..1', join(root, '..data'))
  symlinkSync('..data/a.yaml', join(root, 'a.yaml'))
  const swap = (link: string, to: string): void => {
    symlinkSync(to, `${link}.tmp`)
    renameSync(`${link}.tmp`, link)
  }
  const volume = await watching(root)
  expect(await volume.changes(() => swap(join(root, '..data'), '..2'))).toBe(true)

  const other = folder()
  const link = `${root}-current`
  symlinkSync(root, link)
  const linked = await watching(link)
  expect(await linked.changes(() => writeFileSync(join(root, 'b.yaml'), 'b'))).toBe(true)
  expect(await linked.changes(() => swap(link, other))).toBe(true)
  expect(await linked.changes(() => writeFileSync(join(other, 'c.yaml'), 'c'))).toBe(true)
})

it('after it has ended nothing is told', async () => {
  const root = folder()
  const { changes, stop } = await watching(root)
  writeFileSync(join(root, 'a.yaml'), 'a')
  await stop()
  expect(await changes(() => writeFileSync(join(root, 'b.yaml'), 'b'), NOTHING_MS)).toBe(false)
})
