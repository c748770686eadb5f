#!/usr/bin/env node
// Makes src/client/schema.ts, the client's types, from the API's own description. Run it after `npm run build` when a
// route or a shape has changed; a test says when that was forgotten.
import { writeFile } from 'node:fs/promises'
import { describeApi } from '../dist/server/index.js'
import { clientTypes } from './client-types/generate.mjs'

const file = 'src/client/schema.ts'
await writeFile(file, await clientTypes(await describeApi()))
console.log(`${file} is up to date`)
