import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './server.js'

/** A fenced block of a page: ```lang flag title="path". */
export interface Block {
  lang: string
  flags: string[]
  title: string | undefined
  text: string
  /** Of the opening fence, from 1. */
  line: number
}

export interface Page {
  /** From the project's root: `docs/rules.md`. */
  path: string
  text: string
  blocks: Block[]
}

/** README, CONTRIBUTING and all of docs/, with the folders in it. */
export function pages(): Page[] {
  const docs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.md'),
  )
  return ['README.md', 'CONTRIBUTING.md', ...docs.map((name) => `docs/${name}`)].map((path) => {
    const text = readFileSync(join(ROOT, path), 'utf8')
    return { path, text, blocks: blocksOf(text) }
  })
}

function blocksOf(text: string): Block[] {
  const found: Block[] = []
  for (const match of text.matchAll(/^```(\w+)([^\n]*)\n([\s\S]*?)^```$/gm)) {
    const [, lang = '', info = '', body = ''] = match
    const title = /title="([^"]+)"/.exec(info)?.[1]
    const flags = info
      .replace(/title="[^"]+"/, '')
      .split(/\s+/)
      .filter(Boolean)
    found.push({ lang, flags, title, text: body, line: text.slice(0, match.index).split('\n').length })
  }
  return found
}

/**
 * Compares what was printed with what a page shows. `…` stands for anything: any text in a text, any value in JSON, and
 * as a key any further members.
 * @returns undefined when it fits, else what does not
 */
export function mismatch(lang: string, shown: string, printed: string): string | undefined {
  if (lang === 'json') return jsonMismatch(JSON.parse(shown), parsed(printed), '')
  const pattern = shown.trimEnd().split('…').map(escaped).join('[\\s\\S]*')
  return new RegExp(`^${pattern}$`).test(printed.trimEnd()) ? undefined : `expected\n${shown}\nsaw\n${printed}`
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return `not JSON: ${text}`
  }
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

function jsonMismatch(shown: unknown, seen: unknown, at: string): string | undefined {
  const differs = `${at || 'the answer'}: expected ${JSON.stringify(shown)}, saw ${JSON.stringify(seen)}`
  if (shown === '…') return seen === undefined ? differs : undefined
  if (typeof shown !== 'object' || shown === null) return Object.is(shown, seen) ? undefined : differs
  if (typeof seen !== 'object' || seen === null || Array.isArray(shown) !== Array.isArray(seen)) return differs
  const [expected, found] = [shown, seen] as [Record<string, unknown>, Record<string, unknown>]
  const names = new Set([...Object.keys(expected), ...('…' in expected ? [] : Object.keys(found))])
  names.delete('…')
  for (const name of names) {
    const problem = jsonMismatch(expected[name], found[name], at === '' ? name : `${at}.${name}`)
    if (problem !== undefined) return problem
  }
  return undefined
}
