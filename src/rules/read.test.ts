import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { problemText } from './compile.js'
import { readRuleTexts } from './read.js'

function folder(files: Record<string, string | Buffer> = {}): string {
  const root = join(mkdtempSync(join(tmpdir(), 'acteon-read-')), 'rules')
  mkdirSync(root)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), text)
  }
  return root
}

async function read(root: string) {
  const { texts, problems } = await readRuleTexts(root)
  return { paths: texts.map(({ path }) => relative(root, path)), problems: problems.map(problemText) }
}

it('all rule files under a directory are read, sorted by path; nothing else is', async () => {
  const root = folder({
    'b.yaml': 'b',
    'a/z.yml': 'z',
    'a.yaml': 'a',
    'README.md': 'x',
    '.hidden.yaml': 'x',
    '.git/x.yaml': 'x',
    'c.yaml~': 'x',
    'd.yaml/e.yaml': 'e',
  })
  expect(await read(root)).toEqual({ paths: ['a.yaml', 'a/z.yml', 'b.yaml', 'd.yaml/e.yaml'], problems: [] })
})

it('paths begin as the directory was named', async () => {
  const root = folder({ 'a.yaml': 'text' })
  const named = relative(process.cwd(), root)
  expect(await readRuleTexts(named)).toEqual({ texts: [{ path: join(named, 'a.yaml'), text: 'text' }], problems: [] })
})

it('one file may be named itself, whatever it is called', async () => {
  const root = folder({ 'rules.conf': 'text' })
  const path = join(root, 'rules.conf')
  expect(await readRuleTexts(path)).toEqual({ texts: [{ path, text: 'text' }], problems: [] })
})

it('a byte order mark is no part of the text', async () => {
  const root = folder({ 'a.yaml': Buffer.from('\u{feff}rules: []') })
  expect((await readRuleTexts(root)).texts[0]!.text).toBe('rules: []')
})

it('a directory that is not there is a problem that says what to do', async () => {
  const root = join(folder(), 'nowhere')
  expect((await read(root)).problems).toEqual([
    `${root}: there is no such file or directory; create it, or say in [rules] directory where the rule files are`,
  ])
})

describe('links', () => {
  it('a mounted volume that swaps a link is read once, by the names that it shows', async () => {
    const root = folder({ '..2026/a.yaml': 'a', '..2026/sub/b.yaml': 'b' })
    symlinkSync('..2026', join(root, '..data'))
    symlinkSync('..data/a.yaml', join(root, 'a.yaml'))
    symlinkSync('..data/sub', join(root, 'sub'))
    expect(await read(root)).toEqual({ paths: ['a.yaml', 'sub/b.yaml'], problems: [] })
  })

  it('a file that has two names is read once, and a circle of directories ends', async () => {
    const root = folder({ 'b.yaml': 'b', 'd/c.yaml': 'c' })
    symlinkSync('b.yaml', join(root, 'a.yaml'))
    symlinkSync('..', join(root, 'd', 'up'))
    expect(await read(root)).toEqual({ paths: ['a.yaml', 'd/c.yaml'], problems: [] })
  })

  it('the directory itself may be a link', async () => {
    const root = folder({ 'a.yaml': 'a' })
    const link = `${root}-current`
    symlinkSync(root, link)
    expect(await read(link)).toEqual({ paths: ['a.yaml'], problems: [] })
  })

  it('one that leads out of the directory, to nothing or to itself is a problem', async () => {
    const root = folder()
    symlinkSync('/etc/passwd', join(root, 'a.yaml'))
    symlinkSync('/etc', join(root, 'b'))
    symlinkSync('gone.yaml', join(root, 'c.yaml'))
    symlinkSync('d.yaml', join(root, 'd.yaml'))
    expect(await read(root)).toEqual({
      paths: [],
      problems: [
        `${root}/a.yaml: is a link to a file outside the rules directory; put the file itself here`,
        `${root}/b: is a link to a directory outside the rules directory; put the directory itself here`,
        `${root}/c.yaml: is a link to nothing; remove it`,
        `${root}/d.yaml: is a link that leads back to itself; remove it`,
      ],
    })
  })
})

it('a pipe is refused and not waited for', async () => {
  const root = folder()
  execFileSync('mkfifo', [join(root, 'a.yaml')])
  const problem = `${root}/a.yaml: is not a regular file (a pipe, socket or device); rules are read from regular files only`
  expect(await read(root)).toEqual({ paths: [], problems: [problem] })
  expect((await read(join(root, 'a.yaml'))).problems).toEqual([problem])
})

it('what is too large, too many, not UTF-8 or not readable is a problem, and its text is not told', async () => {
  const root = folder({
    'large.yaml': 'x'.repeat(1_048_577),
    'latin.yaml': Buffer.from([0x63, 0xe9]),
    'just.yaml': 'x'.repeat(1_048_576),
  })
  const { paths, problems } = await read(root)
  expect(paths).toEqual(['just.yaml'])
  expect(problems).toEqual([
    `${root}/large.yaml: is larger than 1048576 bytes; split it into several files`,
    `${root}/latin.yaml: is not text in UTF-8; save it as UTF-8`,
  ])
  const many = folder(Object.fromEntries(Array.from({ length: 1_001 }, (_, i) => [`${i}.yaml`, ''])))
  expect((await read(many)).problems).toEqual([
    `${many}: holds more than 1000 rule files; put several rules in one file`,
  ])
})

it('a file that this user may not read is a problem', async () => {
  const root = folder({ 'a.yaml': 'a' })
  chmodSync(join(root, 'a.yaml'), 0)
  const { problems } = await asNobody(root, () => read(root))
  expect(problems).toEqual([`${root}/a.yaml: may not be read by this user; change its permissions`])
})

/** Root may read everything, so as root the work is done by another user, to whom the folders are opened. */
async function asNobody<T>(root: string, work: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return work()
  for (const folder of [dirname(root), root]) chmodSync(folder, 0o755)
  process.seteuid!(65_534)
  try {
    return await work()
  } finally {
    process.seteuid!(0)
  }
}
