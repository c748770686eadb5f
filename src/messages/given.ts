import type { Action } from '../action/action.js'
import { isObject, type Json, type JsonObject } from '../lib/json.js'
import { DISCORD_LIMITS, type DiscordEmbed, type DiscordMessage } from './discord.js'
import type { GivenEmail } from './email.js'
import type { PagerDutyMessage } from './pagerduty.js'
import { SLACK_LIMITS, slackEscape, type SlackBlock, type SlackMessage } from './slack.js'
import { TEAMS_LIMITS, teamsEnvelope, type AdaptiveCard, type TeamsMessage } from './teams.js'
import { clip, severityOf } from './words.js'

// What a sender made for one service itself: `blocks`, `embeds`, a `card`, the words of a mail. It is sent as it is, but
// nobody is notified by it.

const own = (payload: Json, name: string): Json | undefined =>
  isObject(payload) && Object.hasOwn(payload, name) ? (payload[name] as Json) : undefined
const ownText = (payload: Json, names: string[]): string | undefined =>
  names.map((name) => own(payload, name)).find((value): value is string => typeof value === 'string' && value !== '')

/** A payload's `blocks`, in place of those that would be made. */
export function givenSlack({ payload }: Action, made: SlackMessage): SlackMessage {
  const blocks = own(payload, 'blocks')
  if (!Array.isArray(blocks) || blocks.length === 0 || !blocks.every(isBlock)) return made
  return { ...made, blocks: quietBlocks(blocks) }
}

const isBlock = (value: Json): value is SlackBlock & JsonObject => isObject(value) && typeof value.type === 'string'

/** Blocks without mentions: in texts their angle brackets are escaped, in rich texts they become words. */
export const quietBlocks = (blocks: (SlackBlock & JsonObject)[]): SlackBlock[] =>
  blocks.slice(0, SLACK_LIMITS.blocks).map((block) => quiet(block) as SlackBlock)

const MENTIONS: Record<string, string> = {
  broadcast: 'range',
  user: 'user_id',
  usergroup: 'usergroup_id',
  channel: 'channel_id',
}

function quiet(value: Json): Json {
  if (typeof value === 'string') return value.replaceAll(/<(?=[!@#])/g, slackEscape)
  if (Array.isArray(value)) return value.map(quiet)
  if (!isObject(value)) return value
  const kind = typeof value.type === 'string' && Object.hasOwn(MENTIONS, value.type) ? MENTIONS[value.type]! : null
  if (kind !== null && typeof value[kind] === 'string') return { type: 'text', text: `@${value[kind]}` }
  return Object.fromEntries(Object.entries(value as JsonObject).map(([name, inner]) => [name, quiet(inner)]))
}

/** A payload's `embeds`, and its `content` beside them. */
export function givenDiscord({ payload }: Action, made: DiscordMessage): DiscordMessage {
  const embeds = own(payload, 'embeds')
  if (!Array.isArray(embeds) || embeds.length === 0 || !embeds.every(isObject)) return made
  const content = ownText(payload, ['content', 'text'])
  return {
    ...(content !== undefined && { content: clip(content, DISCORD_LIMITS.content) }),
    embeds: embeds.slice(0, DISCORD_LIMITS.embeds) as DiscordEmbed[],
    allowed_mentions: made.allowed_mentions,
  }
}

/** A payload's `card`: an Adaptive Card. */
export function givenTeams({ payload }: Action, made: TeamsMessage): TeamsMessage {
  const card = own(payload, 'card')
  return isCard(card) ? teamsEnvelope(quietCard(card), made.summary) : made
}

export const isCard = (value: Json | undefined): value is AdaptiveCard & JsonObject =>
  isObject(value) && value.type === 'AdaptiveCard' && JSON.stringify(value).length <= TEAMS_LIMITS.bytes

/** A card without the entities that mention people. */
export function quietCard(card: AdaptiveCard): AdaptiveCard {
  if (!isObject(card.msteams)) return card
  const { entities: _mentions, ...msteams } = card.msteams
  return { ...card, msteams }
}

const MAX_DETAILS = 65_536

/** A payload's `source`, `component`, `group`, `class` and `custom_details`. */
export function givenPagerduty({ payload }: Action, made: PagerDutyMessage): PagerDutyMessage {
  const details = own(payload, 'custom_details')
  const given: Partial<PagerDutyMessage['payload']> = {}
  for (const name of ['source', 'component', 'group', 'class'] as const) {
    const text = ownText(payload, [name])
    if (text !== undefined) given[name] = clip(text, 255)
  }
  if (isObject(details) && JSON.stringify(details).length <= MAX_DETAILS)
    given.custom_details = { ...made.payload.custom_details, ...(details as JsonObject) }
  return { ...made, payload: { ...made.payload, ...given } }
}

/** The words that a payload has for a mail. */
export function givenEmail({ payload }: Action): GivenEmail {
  const subject = ownText(payload, ['subject'])
  const text = ownText(payload, ['text', 'body', 'message'])
  const html = ownText(payload, ['html'])
  return {
    ...(subject !== undefined && { subject }),
    ...(text !== undefined && { text }),
    ...(html !== undefined && { html }),
  }
}

/** A severity as PagerDuty has them, or null. */
export const pagerdutySeverity = (word: unknown): PagerDutyMessage['payload']['severity'] | null => {
  const severity = severityOf(word)
  return severity === 'ok' ? 'info' : severity
}
