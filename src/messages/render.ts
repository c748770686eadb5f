import type { Action } from '../action/action.js'
import { ActeonError } from '../lib/errors.js'
import { isObject, type Json } from '../lib/json.js'
import { discordMessage, type DiscordMessage } from './discord.js'
import { emailMessage, type EmailMessage } from './email.js'
import { FROM_TEMPLATE, UnfitOutput, type Made } from './from-template.js'
import { givenDiscord, givenEmail, givenPagerduty, givenSlack, givenTeams } from './given.js'
import { messageOf, type Message, type Notice } from './message.js'
import { pagerdutyMessage, type PagerDutyMessage } from './pagerduty.js'
import { plainMessage, type PlainMessage } from './plain.js'
import { slackMessage, type SlackMessage } from './slack.js'
import { smsMessage, type SmsMessage } from './sms.js'
import { teamsMessage, type TeamsMessage } from './teams.js'
import { problemText, TemplateFailure, type Compiled, type Variables } from './template-engine.js'
import { NO_TEMPLATES, type TemplatePart, type TemplateSet } from './templates.js'

/** What is sent, by type of provider. `webhook` and `log` have a text when a template makes one, else a plain one. */
export interface Forms {
  slack: SlackMessage
  email: EmailMessage
  discord: DiscordMessage
  teams: TeamsMessage
  pagerduty: PagerDutyMessage
  twilio: SmsMessage
  webhook: PlainMessage
  log: PlainMessage
}

/** A type of provider that has messages. */
export type MessageType = keyof Forms

/** A message in the form of the service that gets it. */
export type RenderedMessage<T extends MessageType = MessageType> = {
  [K in T]: {
    type: K
    content: Forms[K]
    /** The template files that made it; empty: built in. */
    templates: string[]
    /** Why a template that applies was not used, a sentence with file and line; null when all went well. */
    problem: string | null
  }
}[T]

/** What is known of a delivery besides the action. */
export interface RenderContext {
  event?: Notice | undefined
  /** Wall time, milliseconds. The same at each attempt, or the bytes differ between attempts. */
  now?: number | undefined
}

/**
 * Makes the message of an action for a type of provider.
 * @throws ActeonError TEMPLATE_NOT_FOUND or TEMPLATE_ERROR for a template that the action itself names: whoever asked
 *   for certain words must not get others. Any other template that fails is passed over (`problem` says why), because
 *   an alert in plain words is better than none.
 */
export type Render = <T extends MessageType>(type: T, action: Action, context?: RenderContext) => RenderedMessage<T>

/** What is built in, by type of provider. What a sender made for the service itself is used as it is. */
const BUILT_IN: { [T in MessageType]: (message: Message, action: Action) => Forms[T] } = {
  slack: (message, action) => givenSlack(action, slackMessage(message)),
  email: (message, action) => emailMessage(message, givenEmail(action)),
  discord: (message, action) => givenDiscord(action, discordMessage(message)),
  teams: (message, action) => givenTeams(action, teamsMessage(message)),
  pagerduty: (message, action) => givenPagerduty(action, pagerdutyMessage(message)),
  twilio: smsMessage,
  webhook: plainMessage,
  log: plainMessage,
}

/** Types of provider that have messages. */
export const MESSAGE_TYPES = Object.keys(BUILT_IN) as MessageType[]
export const isMessageType = (type: string): type is MessageType => Object.hasOwn(BUILT_IN, type)

/**
 * Makes messages: by the template that the action names, else `{action_type}.{type}.liquid`, else `{type}.liquid`, else
 * as built in.
 * @param templates those that are in use at the moment
 */
export function createRenderer(templates: () => TemplateSet = () => NO_TEMPLATES): Render {
  return <T extends MessageType>(type: T, action: Action, context: RenderContext = {}): RenderedMessage<T> => {
    const message = messageOf(action, context.event, context.now)
    const builtIn: Forms[T] = BUILT_IN[type](message, action)
    const chosen = choose(templates(), type, action)
    const done = (content: Forms[T], used: string[], problem: string | null) =>
      ({ type, content, templates: used, problem }) as RenderedMessage<T>
    if (chosen.parts.size === 0) return done(builtIn, [], null)
    try {
      const made = renderParts(chosen.parts, variablesOf(action, message, context))
      const read = FROM_TEMPLATE[type] as (made: Made, builtIn: Forms[T]) => Forms[T]
      return done(read(made, builtIn), filesOf(chosen.parts), null)
    } catch (error) {
      const problem = problemOf(error, chosen.parts)
      if (chosen.named)
        throw new ActeonError('TEMPLATE_ERROR', `The template failed: ${problem}`, { template: action.template })
      return done(builtIn, [], problem)
    }
  }
}

const filesOf = (parts: ReadonlyMap<TemplatePart, Compiled>): string[] => [...parts.values()].map(({ file }) => file)

/** The parts that apply: from the most particular name that has any body, and a subject from wherever there is one. */
function choose(
  set: TemplateSet,
  type: MessageType,
  { action_type, template }: Action,
): { parts: ReadonlyMap<TemplatePart, Compiled>; named: boolean } {
  if (template !== undefined) {
    const named = set.parts(template, type)
    if (template !== '' && named.size > 0) return { parts: named, named: true }
    const near = set.nearestTo(template)
    const add = `add ${template}.${type}.liquid to the templates directory`
    const what = set.has(template)
      ? `The template "${template}" has no file for ${type}; ${add}.`
      : `There is no template "${template}"; ${near === undefined ? add : `did you mean "${near}"?`}`
    throw new ActeonError('TEMPLATE_NOT_FOUND', what, { template, ...(near !== undefined && { suggestion: near }) })
  }
  const [particular, general] = [set.parts(action_type, type), set.parts('', type)]
  if (type !== 'email') return { parts: particular.size > 0 ? particular : general, named: false }
  const hasBody = (parts: ReadonlyMap<TemplatePart, Compiled>): boolean => parts.has('text') || parts.has('html')
  const parts = new Map(hasBody(particular) ? particular : [...general, ...particular])
  const subject = particular.get('subject') ?? general.get('subject')
  if (subject !== undefined) parts.set('subject', subject)
  return { parts, named: false }
}

const renderParts = (parts: ReadonlyMap<TemplatePart, Compiled>, variables: Variables): Made =>
  new Map([...parts].map(([part, compiled]) => [part, { text: compiled.render(variables), json: compiled.json }]))

function problemOf(error: unknown, parts: ReadonlyMap<TemplatePart, Compiled>): string {
  if (error instanceof TemplateFailure) return problemText(error.problem)
  if (error instanceof UnfitOutput) return `${filesOf(parts).join(', ')}: ${error.message}`
  throw error
}

/** What templates may name. */
function variablesOf(action: Action, message: Message, { event, now }: RenderContext): Variables {
  const { payload, metadata } = action
  const { attachments: _files, trace_context: _trace, ...plain } = action
  return {
    action: plain,
    payload,
    labels: metadata,
    message,
    event: message.event === undefined ? null : { ...event, ...message.event },
    group: message.group === undefined ? null : { ...message.group, ...flushOf(payload) },
    // Without one, the action's own instant: the same at each attempt.
    now: new Date(now ?? Date.parse(action.created_at)).toISOString(),
  }
}

/** What a flush says besides what the message has of it. */
function flushOf(payload: Json): Record<string, unknown> {
  if (!isObject(payload)) return {}
  const { group_id, group_key, labels, events, flushed_at } = payload
  return { id: group_id, key: group_key, labels, events, flushed_at }
}
