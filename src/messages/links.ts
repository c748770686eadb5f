import type { Labels } from '../action/action.js'
import { isObject, type Json, type JsonObject } from '../lib/json.js'
import type { Link } from './message.js'
import { oneLine, sentence, words } from './words.js'

const MAX_LINKS = 6
const MAX_URL = 2_000
const MAX_LINK_TITLE = 60

/** Names whose value is the address of the thing itself. */
const PLAIN = /^(url|link|href|links|urls|uri)$/i
/** `runbook_url`, `dashboardUrl`, `generatorURL`, `runbook_link`. */
const NAMED = /^(.+?)_?(url|link|href)$/i
/** Addresses that a service fetches, or that say where to send. */
const NOT_FOR_READERS = /^(media|icon|image|avatar|webhook|callback|thumb|base|target)/i

/**
 * The links that a payload and labels carry, and the names of the members that they are made of. What is no address of
 * http or https, or has credentials in it, is none, and stays where it is.
 */
export function linksOf(fields: JsonObject, labels: Labels): { links: Link[]; names: Set<string> } {
  const found: Link[] = []
  const names = new Set<string>()
  for (const [name, value] of [...Object.entries(fields), ...Object.entries(labels)]) {
    const named = PLAIN.test(name) ? 'Open' : NAMED.test(name) ? sentence(words(NAMED.exec(name)![1]!)) : null
    if (named === null || NOT_FOR_READERS.test(name)) continue
    const links = (Array.isArray(value) ? value.slice(0, MAX_LINKS) : [value]).flatMap(
      (one) => linkOf(one, named) ?? [],
    )
    if (links.length > 0) names.add(name)
    for (const link of links) if (!found.some(({ url }) => url === link.url)) found.push(link)
  }
  return { links: found.slice(0, MAX_LINKS), names }
}

function linkOf(value: Json, named: string): Link | null {
  if (typeof value === 'string') return urlLink(value, named)
  if (!isObject(value)) return null
  const own = (names: string[]): string | null => {
    const name = names.find((one) => Object.hasOwn(value, one) && typeof value[one] === 'string' && value[one] !== '')
    return name === undefined ? null : (value[name] as string)
  }
  const url = own(['url', 'href', 'link'])
  return url === null ? null : urlLink(url, own(['title', 'text', 'name', 'label']) ?? named)
}

function urlLink(text: string, title: string): Link | null {
  const url = webAddress(text)
  if (url === null) return null
  return { title: oneLine(title, MAX_LINK_TITLE) || 'Open', url }
}

/** The address in its one canonical spelling (no space, quote or angle bracket is left in it), or null. */
export function webAddress(text: string): string | null {
  const trimmed = text.trim()
  if (!/^https?:\/\//i.test(trimmed) || trimmed.length > MAX_URL || !URL.canParse(trimmed)) return null
  const url = new URL(trimmed)
  if (url.username !== '' || url.password !== '') return null
  const href = url.href.replace(/[|'"<>`\\^{}\s]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
  return href.length <= MAX_URL ? href : null
}
