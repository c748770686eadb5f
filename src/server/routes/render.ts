import { Type } from 'typebox'
import { ActionInput, parseAction } from '../../action/action.js'
import { ActeonError } from '../../lib/errors.js'
import { isMessageType, MESSAGE_TYPES } from '../../messages/render.js'
import { sendJson } from '../answers.js'
import type { Parts } from '../parts.js'
import type { App } from '../typed.js'

/** What an action looks like to the person who gets it; nothing is sent. */
export function renderRoutes(app: App, { gateway, clock, newId, render }: Parts): void {
  app.post(
    '/v1/render',
    {
      config: { access: 'read', reads: true },
      schema: {
        summary: 'The message that a provider would make of an action; nothing is sent, and no rule is asked',
        tags: ['actions'],
        body: Type.Object(
          {
            action: ActionInput,
            provider: Type.Optional(
              Type.String({ description: "A provider's name, or a type of provider; the action's own when absent." }),
            ),
          },
          { title: 'RenderRequest' },
        ),
        response: {
          200: Type.Object(
            {
              provider: Type.String(),
              type: Type.Enum(MESSAGE_TYPES),
              content: Type.Unknown({ description: 'In the form of the service that gets it.' }),
              templates: Type.Array(Type.String(), { description: 'The files that made it; empty: built in.' }),
              problem: Type.Union([Type.String(), Type.Null()], {
                description: 'Why a template that applies was not used.',
              }),
            },
            { title: 'Rendered' },
          ),
        },
      },
    },
    async ({ body, scope }, reply) => {
      const { action } = parseAction(body.action, { clock, newId })
      scope.refuse(action)
      const provider = body.provider ?? action.provider
      const type = gateway.providers.get(provider)?.type ?? provider
      if (!isMessageType(type))
        throw new ActeonError(
          'INVALID_REQUEST',
          `"${provider}" is neither a provider here nor a type that has messages; types are ${MESSAGE_TYPES.join(', ')}.`,
        )
      const { content, templates, problem } = render(type, { ...action, provider }, { now: clock.now() })
      return sendJson(reply, 200, { provider, type, content, templates, problem })
    },
  )
}
