import { parse, TomlError } from 'smol-toml'
import type { AST } from 'toml-eslint-parser'

/** Line and column of a key, both from 1. */
export interface Position {
  line: number
  column: number
}

export type ParsedToml =
  { ok: true; value: Record<string, unknown> } | { ok: false; message: string; position: Position }

/** Parses TOML 1.0. A syntax error says where, and does not repeat the line: it may hold a secret. */
export function parseToml(text: string): ParsedToml {
  try {
    return { ok: true, value: parse(withoutMark(text)) }
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const [sentence] = error.message.replace('Invalid TOML document: ', '').split('\n')
    return {
      ok: false,
      message: `this is not TOML: ${sentence}`,
      position: { line: error.line, column: error.column },
    }
  }
}

/** Some editors begin a file with a byte order mark. */
const withoutMark = (text: string): string => text.replace(/^\ufeff/, '')

/**
 * Where each key of a document stands. A path that is not in the document is found at its nearest ancestor; the root is
 * undefined. The parser with positions is loaded only when somebody asks: most starts have no error to place.
 */
export async function keyPositions(text: string): Promise<(path: (string | number)[]) => Position | undefined> {
  const { parseTOML } = await import('toml-eslint-parser')
  const places = new Map<string, Position>()
  const note = (path: (string | number)[], { line, column }: Position): void => {
    const key = JSON.stringify(path)
    if (!places.has(key)) places.set(key, { line, column: column + 1 })
  }
  const noteKeys = (base: (string | number)[], keys: (AST.TOMLBare | AST.TOMLQuoted)[]): (string | number)[] => {
    let path = base
    for (const key of keys) {
      path = [...path, key.type === 'TOMLBare' ? key.name : key.value]
      note(path, key.loc.start)
    }
    return path
  }
  const walkValue = (path: (string | number)[], node: AST.TOMLContentNode): void => {
    if (node.type === 'TOMLInlineTable') for (const pair of node.body) walkPair(path, pair)
    if (node.type === 'TOMLArray')
      for (const [i, element] of node.elements.entries()) {
        note([...path, i], element.loc.start)
        walkValue([...path, i], element)
      }
  }
  const walkPair = (base: (string | number)[], pair: AST.TOMLKeyValue): void =>
    walkValue(noteKeys(base, pair.key.keys), pair.value)

  for (const node of nodesOf(parseTOML, text)) {
    if (node.type === 'TOMLKeyValue') walkPair([], node)
    else {
      // `resolvedKey` has the written keys and, between them, the places in lists.
      let written = -1
      for (const [i, step] of node.resolvedKey.entries()) {
        if (typeof step === 'string') written++
        note(node.resolvedKey.slice(0, i + 1), (node.key.keys[written] ?? node.key).loc.start)
      }
      for (const pair of node.body) walkPair(node.resolvedKey, pair)
    }
  }
  return (path) => {
    for (let depth = path.length; depth > 0; depth--) {
      const found = places.get(JSON.stringify(path.slice(0, depth)))
      if (found !== undefined) return found
    }
    return undefined
  }
}

/** What the first parser took, this one may not: then nothing has a place, which is better than no error at all. */
function nodesOf(
  parseWithPlaces: (text: string) => AST.TOMLProgram,
  text: string,
): (AST.TOMLKeyValue | AST.TOMLTable)[] {
  try {
    return parseWithPlaces(withoutMark(text)).body[0].body
  } catch {
    return []
  }
}
