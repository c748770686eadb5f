import { discordEscape } from './discord.js'
import { htmlEscape } from './email-html.js'
import { webAddress } from './links.js'
import { slackEscape } from './slack.js'
import { teamsEscape } from './teams.js'

/** Where a template's text goes, and so how a value in it must be written. */
export type Target = 'text' | 'html' | 'slack' | 'discord' | 'teams'

/** How values are written into a text, by where it goes; in JSON, inside its strings. */
export interface Escapes {
  /** A value that stands in the text (`{{ … }}`). */
  text(value: unknown): string
  /** The address that a value is, or nothing when it is no address of http or https. */
  url(value: unknown): string
  /** A value as JSON; null where the text is no JSON, and JSON is a text like any other. */
  json: ((value: unknown) => string) | null
}

const TARGETS: Record<Target, (text: string) => string> = {
  text: (text) => text,
  html: htmlEscape,
  slack: slackEscape,
  discord: discordEscape,
  teams: teamsEscape,
}

/** What a value is as text: nothing for null, JSON for a list or an object. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

const inJson = (text: string): string => JSON.stringify(text).slice(1, -1)

/** @param json whether the text is to be JSON */
export function escapesFor(target: Target, json: boolean): Escapes {
  const escape = TARGETS[target]
  if (!json)
    return {
      text: (value) => escape(valueText(value)),
      // Markdown takes an address as it is; in HTML and in Slack's links an ampersand is written out.
      url: (value) => (target === 'html' || target === 'slack' ? escape(addressText(value)) : addressText(value)),
      json: null,
    }
  return {
    text: (value) => inJson(escape(valueText(value))),
    url: (value) => inJson(addressText(value)),
    // The words inside still go to the target, and mean something there.
    json: (value) =>
      JSON.stringify(value ?? null, (_name, inner: unknown) => (typeof inner === 'string' ? escape(inner) : inner)),
  }
}

const addressText = (value: unknown): string => (typeof value === 'string' ? (webAddress(value) ?? '') : '')
