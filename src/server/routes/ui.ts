import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { App } from '../typed.js'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}
/** The pages of the admin UI; each may carry an item, and all may stand behind a scope. Nothing else falls back to it. */
const PAGES = ['overview', 'actions', 'events', 'groups', 'rules', 'providers', 'dead-letters', 'dispatch', 'settings']
const FOR_EVER = 'public, max-age=31536000, immutable'
const BUILT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'ui')
const NOT_BUILT = Buffer.from(
  '<!doctype html><html lang="en"><meta charset="utf-8"><title>Acteon</title><p>The admin UI is not built here; <code>npm run build</code> builds it. The API is at <a href="/docs">/docs</a>.</p></html>',
)

/** The admin UI, read once at start: its page at the addresses of its pages, its files under names that never change. */
export function uiRoutes(app: App, folder = BUILT): void {
  const built = existsSync(join(folder, 'index.html'))
  const page = built
    ? fileOf(folder, 'index.html')
    : { type: TYPES['.html']!, plain: NOT_BUILT, brotli: null, etag: '"none"' }
  const paths = ['/', ...PAGES.flatMap((name) => [`/${name}`, `/${name}/*`])]
  for (const path of [...paths, ...paths.map((of) => `/t/:tenant/:namespace${of}`), '/t/:tenant/:namespace'])
    serve(app, path, page, 'no-cache')
  if (!built) return
  for (const name of readdirSync(join(folder, 'assets')))
    if (!name.endsWith('.br')) serve(app, `/assets/${name}`, fileOf(join(folder, 'assets'), name), FOR_EVER)
}

interface File {
  type: string
  plain: Buffer
  /** Beside the file, made by the build. */
  brotli: Buffer | null
  etag: string
}

function fileOf(folder: string, name: string): File {
  const plain = readFileSync(join(folder, name))
  const packed = join(folder, `${name}.br`)
  return {
    type: TYPES[extname(name)] ?? 'application/octet-stream',
    plain,
    brotli: existsSync(packed) ? readFileSync(packed) : null,
    etag: `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`,
  }
}

function serve(app: App, path: string, { type, plain, brotli, etag }: File, caching: string): void {
  app.get(path, { config: { access: 'open' }, schema: { hide: true } }, async (request, reply) => {
    void reply.header('etag', etag).header('cache-control', caching).header('vary', 'accept-encoding')
    if (request.headers['if-none-match'] === etag) return reply.code(304).send()
    void reply.type(type)
    if (brotli === null || !/\bbr\b/.test(String(request.headers['accept-encoding'] ?? ''))) return reply.send(plain)
    return reply.header('content-encoding', 'br').send(brotli)
  })
}
