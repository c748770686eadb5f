import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { ROOT } from './server.js'

const PROGRAM = join(ROOT, 'bench', 'round-trips.mjs')

/**
 * What the servers count is only this program's when nobody else uses them, so it starts its own. They lie outside of the
 * tests' folder, which is closed to the user that PostgreSQL runs as.
 */
const { REDIS_URL: _redis, DATABASE_URL: _postgres, ...rest } = process.env
const env = { ...rest, TMPDIR: '/tmp' }

it('a dispatch costs two round trips when it is executed and one otherwise, by the count of Redis and of PostgreSQL', async () => {
  const run = promisify(execFile)(process.execPath, [PROGRAM, '--quick'], { cwd: ROOT, env })
  const { stdout } = await run.catch((error: { stdout: string; stderr: string }) => {
    throw new Error(`${error.stdout}\n${error.stderr}`)
  })
  const rows = [...stdout.matchAll(/^\| (?!verdict)([^|]+) \| (\d) \| ([\d.]+) \| ([\d.]+) \|$/gm)]
  expect(rows.map(([, verdict]) => verdict)).toEqual(
    expect.arrayContaining(['executed', 'suppressed', 'deduplicated', 'throttled', 'grouped', 'scheduled']),
  )
  for (const [, verdict, promised, redis, postgres] of rows)
    for (const counted of [Number(redis), Number(postgres)]) {
      expect(counted, verdict).toBeGreaterThan(Number(promised) - 1)
      expect(counted, verdict).toBeLessThan(Number(promised) + 0.5)
    }
}, 240_000)

it('the program that counts them fails when one is too many', async () => {
  const { judged, promiseHeld } = (await import(PROGRAM)) as {
    judged: (one: { promised: number }, each: number) => { ok: boolean }
    promiseHeld: (results: Record<string, { verdicts: { ok: boolean }[] } | null>) => boolean
  }
  const held = (each: number) => promiseHeld({ redis: null, postgres: { verdicts: [judged({ promised: 1 }, each)] } })
  expect(held(1.1)).toBe(true)
  expect(held(1.9)).toBe(false)
})
