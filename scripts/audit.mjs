#!/usr/bin/env node
// `npm run audit`: known vulnerabilities of what ships with us, and whether the registry signed it. High and critical
// ones fail. Some registries do not answer such questions: then that is said, and nothing fails, because nothing is known.
import { spawnSync } from 'node:child_process'

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
const ask = (...args) => {
  const { status, stdout, stderr } = spawnSync(npm, args, { encoding: 'utf8', timeout: 120_000 })
  return { status, stdout, stderr: stderr ?? '' }
}
const unanswered = ({ stderr }) =>
  /endpoint returned an error|ENOTFOUND|ECONN|ETIMEDOUT|EAI_AGAIN|40[345]|501|no keys/i.test(stderr)

let failed = false
for (const [what, args] of [
  ['vulnerabilities', ['audit', '--omit=dev', '--audit-level=high', '--json']],
  ['signatures', ['audit', 'signatures', '--omit=dev', '--json']],
]) {
  const result = ask(...args)
  if (result.status === 0) console.log(`ok       ${what}`)
  else if (unanswered(result))
    console.warn(`WARNING  ${what}: the registry does not answer this question; nothing is known`)
  else {
    failed = true
    console.error(`FAILED   ${what}\n${result.stdout}\n${result.stderr}`)
  }
}
process.exitCode = failed ? 1 : 0
