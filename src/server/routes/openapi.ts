import type { App } from '../typed.js'
import { sendJson } from '../answers.js'
import { finishDocument } from '../openapi.js'

/** The API's own description, made from the schemas that check requests. */
export function openapiRoutes(app: App): void {
  let document: Record<string, unknown> | undefined
  for (const path of ['/openapi.json', '/api-doc/openapi.json'])
    app.get(path, { config: { access: 'read' }, schema: { hide: true } }, async (_, reply) => {
      document ??= finishDocument((app as unknown as { swagger(): Record<string, unknown> }).swagger())
      return sendJson(reply, 200, document)
    })
}
