import { Type } from 'typebox'
import { configValues } from '../../config/origins.js'
import { ActeonError } from '../../lib/errors.js'
import { sendJson } from '../answers.js'
import type { Parts } from '../parts.js'
import { ReloadResult } from '../reload.js'
import { ConfigValues } from '../shapes.js'
import type { App } from '../typed.js'

/** What an operator looks at, and rereading it. */
export function adminRoutes(app: App, { shownConfig, origins, reload }: Parts): void {
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

  app.get(
    '/admin/config/values',
    {
      config: { access: 'admin', everywhere: true },
      schema: {
        summary: 'The configuration that runs, value by value, each with where it came from',
        description:
          'The file with its line, the environment with the names of variables, or the default. Secrets are masked.',
        tags: ['operations'],
        response: { 200: ConfigValues },
      },
    },
    async () => {
      const from = origins()
      return { file: from.file, values: await configValues(shownConfig(), from) }
    },
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
