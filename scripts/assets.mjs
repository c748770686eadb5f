#!/usr/bin/env node
// The build's second half: puts beside the compiled code what is no TypeScript (the page, scripts of state backends),
// and the files of the API's documentation, so that /docs works without a network.
import { copyFile, cp, mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'

const COMPILED = new Set(['.ts', '.mts', '.cts', '.tsx', '.map', '.snap', '.md'])

await cp('src', 'dist', { recursive: true, filter: (path) => !COMPILED.has(extname(path)) })

const swagger = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
const docs = join('dist', 'server', 'docs')
await mkdir(docs, { recursive: true })
for (const file of ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png', 'LICENSE', 'NOTICE'])
  await copyFile(join(swagger, file), join(docs, file))
