#!/usr/bin/env node
import { existsSync } from 'node:fs'

// What callers send is data: an object's `__proto__` that leads to what all objects inherit is of use to attackers alone.
delete Object.prototype.__proto__
// What this process writes (payloads, the journal) is for its own user.
process.umask(0o077)

const built = new URL('../dist/cli/main.js', import.meta.url)
if (!existsSync(built)) {
  process.stderr.write(
    'Acteon is not built yet: run `npm run build` in its folder first (`npm start` does it for you).\n',
  )
  process.exit(1)
}
const { run } = await import(built.href)
await run()
