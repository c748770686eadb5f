#!/usr/bin/env node
// Builds the admin UI into dist/ui, with each text file beside its brotli form. Skipped when nothing that it is made of
// has changed since: `npm start` and the tests build each time.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants } from 'node:zlib'

const OUT = join('dist', 'ui')
const STAMP = join(OUT, '.stamp')
const TEXT = new Set(['.js', '.css', '.html', '.svg'])

const stamp = await stampOf(['ui', 'src/client/schema.ts', 'package-lock.json', 'scripts/ui.mjs'])
if (existsSync(STAMP) && (await readFile(STAMP, 'utf8')) === stamp) process.exit(0)

const { build } = await import('vite')
await build({ configFile: join('ui', 'vite.config.ts'), logLevel: 'warn' })
const compress = promisify(brotliCompress)
for (const file of await filesOf(OUT)) {
  if (!TEXT.has(extname(file))) continue
  const content = await readFile(file)
  await writeFile(`${file}.br`, await compress(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }))
}
await writeFile(STAMP, stamp)

async function stampOf(roots) {
  const hash = createHash('sha256')
  for (const root of roots)
    for (const file of await filesOf(root))
      hash
        .update(file)
        .update('\0')
        .update(await readFile(file))
        .update('\0')
  return hash.digest('hex')
}

async function filesOf(path) {
  const entries = await readdir(path, { withFileTypes: true, recursive: true }).catch((error) => {
    if (error.code === 'ENOTDIR') return null
    throw error
  })
  if (entries === null) return [path]
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}
