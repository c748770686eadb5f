#!/usr/bin/env node
// `npm run example NAME`: runs examples/NAME/main.mjs, which shows what happens and checks itself.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { onSignals, provide, stop } from './services.mjs'

/** Examples that need servers: taken from the environment, else started for the while. */
const NEEDS = { 'multi-node': ['redis', 'postgres'] }

const program = (name) => join('examples', name, 'main.mjs')
const names = readdirSync('examples').filter((name) => existsSync(program(name)))
const [name, ...args] = process.argv.slice(2)
if (name === undefined || !names.includes(name)) {
  const found = name === undefined ? 'Name an example' : `There is no example "${name}"`
  console.error(`${found}; there are: ${names.join(', ')}.\n\n  npm run example ${names[0]}`)
  process.exit(2)
}
onSignals(stop)
try {
  const env = { ...process.env, ...(await provide(NEEDS[name] ?? [])) }
  const child = spawn(process.execPath, [program(name), ...args], { stdio: 'inherit', env })
  process.exitCode = await new Promise((resolve) => {
    child.once('exit', (status, signal) => resolve(signal === null ? status : 1))
  })
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
} finally {
  await stop()
}
