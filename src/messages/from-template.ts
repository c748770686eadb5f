import { isObject, type Json, type JsonObject } from '../lib/json.js'
import { DISCORD_LIMITS, type DiscordEmbed } from './discord.js'
import { EMAIL_LIMITS, headerText, textOfHtml, type EmailMessage } from './email.js'
import { letterHtml } from './email-html.js'
import { isCard, pagerdutySeverity, quietCard } from './given.js'
import { webAddress } from './links.js'
import { PAGERDUTY_LIMITS, type PagerDutyMessage } from './pagerduty.js'
import type { Forms } from './render.js'
import { SLACK_LIMITS, type SlackBlock } from './slack.js'
import { SMS_LIMITS } from './sms.js'
import { TEAMS_LIMITS, teamsEnvelope } from './teams.js'
import type { TemplatePart } from './templates.js'
import { clip, oneLine } from './words.js'

/** What the parts of a template made; `json` when it was to be JSON. */
export type Made = ReadonlyMap<TemplatePart, { text: string; json: boolean }>

/** What a template made and its service does not take. */
export class UnfitOutput extends Error {
  override readonly name = 'UnfitOutput'
}

type Reader<T> = (made: Made, builtIn: T) => T

/** The message that templates made: theirs where they made something, built in where not. */
export const FROM_TEMPLATE: { [T in keyof Forms]: Reader<Forms[T]> } = {
  slack(made, builtIn) {
    const { text, json } = bodyOf(made)
    if (json === null) return { text: needed(clip(text, 40_000), 'a text') }
    const { text: own, blocks } = Array.isArray(json) ? { text: undefined, blocks: json as Json } : json
    if (blocks !== undefined && !isListOf(blocks, 'type'))
      throw new UnfitOutput('"blocks" must be a list of objects, each with a "type"')
    if (blocks !== undefined && blocks.length > SLACK_LIMITS.blocks)
      throw new UnfitOutput(`it makes ${blocks.length} blocks, and Slack takes ${SLACK_LIMITS.blocks}`)
    if (blocks === undefined && typeof own !== 'string')
      throw new UnfitOutput('Slack takes {"text": …, "blocks": […]} or a list of blocks')
    return {
      text: typeof own === 'string' && own !== '' ? clip(own, 40_000) : builtIn.text,
      ...(blocks !== undefined && { blocks: blocks as SlackBlock[] }),
    }
  },

  discord(made, { allowed_mentions }) {
    const { text, json } = bodyOf(made)
    if (json === null)
      return { content: needed(clip(text, DISCORD_LIMITS.content), 'a text'), embeds: [], allowed_mentions }
    const { content, embeds = [] } = Array.isArray(json) ? { content: undefined, embeds: json as Json } : json
    if (!Array.isArray(embeds) || !embeds.every(isObject) || embeds.length > DISCORD_LIMITS.embeds)
      throw new UnfitOutput(`"embeds" must be a list of at most ${DISCORD_LIMITS.embeds} objects`)
    if (typeof content !== 'string' && embeds.length === 0)
      throw new UnfitOutput('Discord takes {"content": …, "embeds": […]} or a list of embeds')
    return {
      ...(typeof content === 'string' && { content: clip(content, DISCORD_LIMITS.content) }),
      embeds: embeds as DiscordEmbed[],
      allowed_mentions,
    }
  },

  teams(made, { summary }) {
    const { text, json } = bodyOf(made)
    if (json === null) {
      const body = [{ type: 'TextBlock', wrap: true, text: needed(clip(text, 10_000), 'a text') }]
      const $schema = 'http://adaptivecards.io/schemas/adaptive-card.json'
      return teamsEnvelope({ type: 'AdaptiveCard', $schema, version: '1.4', body, msteams: { width: 'Full' } }, summary)
    }
    if (Array.isArray(json) || !isCard(json))
      throw new UnfitOutput(`Teams takes {"type": "AdaptiveCard", …} of at most ${TEAMS_LIMITS.bytes} characters`)
    return teamsEnvelope(quietCard(json), summary)
  },

  pagerduty(made, builtIn) {
    const { text, json } = bodyOf(made)
    const summaryOf = (summary: string): string => needed(oneLine(summary, PAGERDUTY_LIMITS.summary), 'a summary')
    if (json === null) return { ...builtIn, payload: { ...builtIn.payload, summary: summaryOf(text) } }
    if (Array.isArray(json)) throw new UnfitOutput('PagerDuty takes {"summary": …, "severity": …, …}')
    return pagerdutyFrom(json, builtIn, summaryOf)
  },

  email: emailFrom,
  twilio: (made) => ({ body: needed(clip(bodyOf(made).text.trim(), SMS_LIMITS.letter), 'a text') }),
  webhook: (made) => ({ text: bodyOf(made).text }),
  log: (made) => ({ text: bodyOf(made).text }),
}

/** The one part of all but mail; parsed where it was to be JSON. @throws UnfitOutput when it is no JSON */
function bodyOf(made: Made): { text: string; json: JsonObject | Json[] | null } {
  const { text, json } = made.get('body')!
  if (!json) return { text: text.trim(), json: null }
  try {
    return { text, json: JSON.parse(text) as JsonObject | Json[] }
  } catch (error) {
    throw new UnfitOutput(`it begins like JSON and makes none (${(error as Error).message.slice(0, 120)})`)
  }
}

function needed(text: string, what: string): string {
  if (text.trim() === '') throw new UnfitOutput(`it makes nothing, and the message needs ${what}`)
  return text
}

const isListOf = (value: Json, name: string): value is JsonObject[] =>
  Array.isArray(value) && value.every((item) => isObject(item) && typeof item[name] === 'string')

function pagerdutyFrom(
  json: JsonObject,
  builtIn: PagerDutyMessage,
  summaryOf: (text: string) => string,
): PagerDutyMessage {
  const payload = { ...builtIn.payload }
  if (json.summary !== undefined) payload.summary = summaryOf(String(json.summary))
  if (json.severity !== undefined) {
    const severity = pagerdutySeverity(json.severity)
    if (severity === null) throw new UnfitOutput('"severity" must be critical, error, warning or info')
    payload.severity = severity
  }
  for (const name of ['source', 'component', 'group', 'class'] as const)
    if (typeof json[name] === 'string' && json[name] !== '') payload[name] = oneLine(json[name], PAGERDUTY_LIMITS.text)
  if (json.custom_details !== undefined) {
    if (!isObject(json.custom_details)) throw new UnfitOutput('"custom_details" must be an object')
    payload.custom_details = json.custom_details as JsonObject
  }
  const links = Array.isArray(json.links)
    ? json.links.flatMap((link) => {
        const href = isObject(link) && typeof link.href === 'string' ? webAddress(link.href) : null
        return href === null ? [] : [{ href, text: oneLine(String((link as JsonObject).text ?? href), 255) }]
      })
    : builtIn.links
  return { payload, links }
}

function emailFrom(made: Made, builtIn: EmailMessage): EmailMessage {
  const subject = made.has('subject') ? needed(headerText(made.get('subject')!.text), 'a subject') : builtIn.subject
  const text = made.get('text')?.text.trim()
  const html = made.get('html')?.text
  if (text === undefined && html === undefined) return { ...builtIn, subject }
  return {
    subject,
    text: needed(clip(text ?? textOfHtml(html!), EMAIL_LIMITS.text), 'a text'),
    // One text in two forms: the other form is made of the one that is there, not of other words.
    html: html ?? letterHtml(subject, text!),
  }
}
