import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { ROOT } from './server.js'

it('the pages that are made from the program are what it would write now', async () => {
  const { stderr } = await promisify(execFile)(process.execPath, ['scripts/docs.mjs', '--check'], { cwd: ROOT })
  expect(stderr).toBe('')
})
