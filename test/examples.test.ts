import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { ROOT } from './server.js'

const run = promisify(execFile)
const examples = readdirSync(join(ROOT, 'examples')).filter((name) =>
  existsSync(join(ROOT, 'examples', name, 'main.mjs')),
)

describe('examples', () => {
  it.each(examples)(
    '%s shows what it says and finds itself right',
    async (name) => {
      const { stdout } = await run(process.execPath, ['scripts/example.mjs', name], { cwd: ROOT, timeout: 60_000 })
      expect(stdout).not.toBe('')
    },
    60_000,
  )
})
