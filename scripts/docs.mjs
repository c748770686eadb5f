#!/usr/bin/env node
// Writes the pages that are made from the program's own definitions: the configuration, the commands, the error codes
// and the API. Needs a build.
//
//   node scripts/docs.mjs           writes them
//   node scripts/docs.mjs --check   fails when they are not what would be written
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { apiDoc } from './docs/api.mjs'
import { errorsDoc } from './docs/errors.mjs'

const built = (path) => import(new URL(`../dist/${path}`, import.meta.url))

const [{ configurationDoc }, { PROVIDER_TYPES }, { ERRORS }, { commandsDoc }, { processIo }] = await Promise.all(
  ['config/docs.js', 'providers/registry.js', 'lib/errors.js', 'cli/docs.js', 'cli/io.js'].map(built),
)
const pages = {
  'configuration.md': configurationDoc(PROVIDER_TYPES),
  'commands.md': await commandsDoc({ ...processIo(), width: 110 }),
  'errors.md': errorsDoc(ERRORS),
  'api.md': apiDoc(await openApiDocument()),
}

const check = process.argv.includes('--check')
for (const [name, text] of Object.entries(pages)) {
  const path = join('docs', name)
  const content = `${text.trim()}\n`
  if (!check) writeFileSync(path, content)
  else if (read(path) !== content) {
    console.error(`${path} is not what \`npm run docs\` writes; run it, and look at what changed.`)
    process.exitCode = 1
  }
}

function read(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** What a server answers at /openapi.json. */
async function openApiDocument() {
  const folder = mkdtempSync(join(tmpdir(), 'acteon-openapi-'))
  const config = join(folder, 'acteon.toml')
  writeFileSync(config, '[state]\nbackend = "memory"\n\n[rules]\ndirectory = "."\n')
  const port = await freePort()
  const args = ['bin/acteon.js', 'serve', '-c', config, '--port', String(port)]
  const server = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  server.stderr.on('data', (chunk) => (said += chunk))
  try {
    for (let tries = 0; tries < 300 && server.exitCode === null; tries++) {
      const answer = await fetch(`http://127.0.0.1:${port}/openapi.json`).catch(() => undefined)
      if (answer?.ok) return await answer.json()
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new Error(`the server did not answer its OpenAPI document:\n${said}`)
  } finally {
    server.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}
