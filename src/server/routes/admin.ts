import { Type } from 'typebox'
import { ActeonError } from '../../lib/errors.js'
import { sendJson } from '../answers.js'
import type { Parts } from '../parts.js'
import { ReloadResult } from '../reload.js'
import type { App } from '../typed.js'

/** What an operator looks at, and rereading it. */
export function adminRoutes(app: App, { shownConfig, reload }: Parts): void {
  app.get(
    '/admin/config',
    {
      config: { access: 'admin', everywhere: true },
      schema: {
        summary: 'The configuration that runs, secrets masked',
        tags: ['operations'],
        response: { 200: Type.Unknown() },
      },
    },
    async (_, reply) => sendJson(reply, 200, shownConfig()),
  )

  app.post(
    '/admin/config/reload',
    {
      config: { access: 'admin', everywhere: true },
      schema: {
        summary: 'Reread providers, circuits, templates, secrets and state machines, all or nothing',
        description:
          'As SIGHUP does, on this node. What is under way ends at the provider where it began. When anything is wrong, what runs goes on, and the answer says what is wrong and where.',
        tags: ['operations'],
        response: { 200: ReloadResult },
      },
    },
    async () => {
      if (reload === null) throw new ActeonError('CONFLICT', 'This server has no configuration that could be reread.')
      return reload.now()
    },
  )
}
