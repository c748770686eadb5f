import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** One script: its whole text, with what it includes, and the hash that the server calls it by. */
export interface Script {
  readonly name: string
  readonly source: string
  readonly sha: string
}

const FOLDER = new URL('./lua/', import.meta.url)
const INCLUDE = /^-- @include (\S+)$/gm

let loaded: ReadonlyMap<string, Script> | null = null

/** All scripts of the folder beside this file, by name. Read once per process. */
export function loadScripts(): ReadonlyMap<string, Script> {
  if (loaded !== null) return loaded
  const scripts = new Map<string, Script>()
  for (const file of readdirSync(fileURLToPath(FOLDER))) {
    if (!file.endsWith('.lua')) continue
    const source = assemble(file)
    const name = file.slice(0, -'.lua'.length)
    scripts.set(name, { name, source, sha: createHash('sha1').update(source).digest('hex') })
  }
  return (loaded = scripts)
}

/** A script after the parts that it includes, and those that they include: each once, before who needs it. */
function assemble(file: string): string {
  const parts: string[] = []
  const seen = new Set<string>()
  const add = (path: string): void => {
    if (seen.has(path)) return
    seen.add(path)
    const text = readFileSync(new URL(path, FOLDER), 'utf8')
    for (const [, part] of text.matchAll(INCLUDE)) add(`parts/${part}`)
    parts.push(withoutComments(text))
  }
  add(file)
  return parts.join('\n')
}

/** The server need not keep what is written for people. */
const withoutComments = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !/^\s*(--|$)/.test(line))
    .join('\n')
