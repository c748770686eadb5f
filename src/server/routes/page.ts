import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Access } from '../../access/identity.js'
import type { App } from '../typed.js'
import { uiRoutes } from './ui.js'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
}
const here = dirname(fileURLToPath(import.meta.url))
const PAGE = join(here, '..', 'page')

/** The admin UI at `/` and the API's reference at `/docs`: files of ours alone, so that both work without a network. */
export function pageRoutes(app: App): void {
  uiRoutes(app)
  const own: [path: string, file: string, access: Access][] = [
    ['/login', 'login.html', 'open'],
    ['/login.js', 'login.js', 'open'],
    ['/page.css', 'page.css', 'open'],
    ['/icon.svg', 'icon.svg', 'open'],
    ['/docs', 'docs.html', 'read'],
    ['/docs/docs.js', 'docs.js', 'read'],
  ]
  for (const [path, file, access] of own) serve(app, path, join(PAGE, file), access)
  for (const file of ['swagger-ui.css', 'swagger-ui-bundle.js'])
    serve(app, `/docs/${file}`, join(swaggerFolder(), file), 'read')
}

/** Read once at start: the files are few, and a page that is served must not change under a running server. */
function serve(app: App, path: string, file: string, access: Access): void {
  const content = readFileSync(file)
  const etag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`
  app.get(path, { config: { access }, schema: { hide: true } }, async (request, reply) => {
    void reply.header('etag', etag).header('cache-control', 'no-cache')
    if (request.headers['if-none-match'] === etag) return reply.code(304).send()
    return reply.type(TYPES[extname(file)] ?? 'application/octet-stream').send(content)
  })
}

/** Beside the built program; in the sources, where the package is. */
function swaggerFolder(): string {
  const built = join(here, '..', 'docs')
  try {
    readFileSync(join(built, 'swagger-ui.css'))
    return built
  } catch {
    return dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
  }
}
