import { Composer, isMap, isPair, isScalar, isSeq, Lexer, LineCounter, Parser, visit } from 'yaml'
import type { CST, Document, Node } from 'yaml'

/** A rule file, parsed, with the place of everything in it. */
export interface YamlFile {
  value: unknown
  /** Line and column (from 1) of the value at a path, or of its name when the name is what is wrong. */
  placeOf(path: (string | number)[], of: 'name' | 'value'): Place
  /** Whether the scalar there was quoted. */
  isQuoted(path: (string | number)[]): boolean
}

export interface Place {
  line: number
  column: number
}

export interface YamlProblem extends Place {
  message: string
}

export const MAX_FILE_BYTES = 1_048_576
const MAX_ALIASES = 50
const MAX_DEPTH = 64

/** The YAML of rule files. */
export const YAML_OPTIONS = {
  version: '1.2',
  schema: 'core',
  uniqueKeys: true,
  merge: false,
  prettyErrors: false,
} as const

type Parsed = { ok: true; file: YamlFile } | { ok: false; problems: YamlProblem[] }

const refused = (message: string, place: Place = { line: 1, column: 1 }): Parsed => ({
  ok: false,
  problems: [{ message, ...place }],
})

/** Parses YAML 1.2, core schema: one document, no tags of its own, unique names, at most 50 aliases, 1 MiB, 64 levels. */
export function parseYaml(text: string): Parsed {
  if (Buffer.byteLength(text) > MAX_FILE_BYTES) return refused(`the file is larger than ${MAX_FILE_BYTES} bytes`)
  const lines = new LineCounter()
  const tokens = tokensOf(text, lines)
  if ('problem' in tokens) return refused(tokens.problem, placeAt(lines, tokens.offset))
  const composer = new Composer(YAML_OPTIONS)
  const [document, second] = composer.compose(tokens.tokens, true, text.length)
  if (second !== undefined)
    return refused(
      'a second document begins here; put its rules under the first rules:',
      placeAt(lines, second.range[0]),
    )
  const problems = [
    ...[...document!.errors, ...document!.warnings].map(({ message, pos: [at] }) => ({ message, at })),
    ...(MAY_HAVE_ODD_NUMBERS.test(text) ? oddNumbers(document!) : []),
  ].map(({ message, at }) => ({ message, ...placeAt(lines, at) }))
  if (problems.length > 0) return { ok: false, problems }
  return valueOf(document!, lines)
}

const TOO_MANY_ALIASES = `more than ${MAX_ALIASES} aliases, or aliases of aliases; write the values out`
/** What the lexer puts before a plain or block scalar. */
export const SCALAR = '\x1f'

/** What the text consists of. Nesting and aliases are bounded here, in linear time, before anything recurses or expands. */
function tokensOf(text: string, lines: LineCounter): { tokens: CST.Token[] } | { problem: string; offset: number } {
  const parser = new Parser(lines.addNewLine)
  lines.addNewLine(0)
  const tokens: CST.Token[] = []
  let aliases = 0
  let last = ''
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme))
    const offset = parser.offset - lexeme.length
    // The document itself is on the stack too.
    if (parser.stack.length > MAX_DEPTH + 1)
      return { problem: `the file is nested deeper than ${MAX_DEPTH} levels`, offset }
    if (lexeme.startsWith('*') && last !== SCALAR && ++aliases > MAX_ALIASES)
      return { problem: TOO_MANY_ALIASES, offset }
    last = lexeme
  }
  tokens.push(...parser.end())
  return { tokens }
}

const MAY_HAVE_ODD_NUMBERS = /\d{16}|\.(?:inf|nan)|e\+?\d{3}/i

/** Numbers that would not be what the file says: JSON has no infinity, and whole numbers are exact only to 2^53. */
function oddNumbers(document: Document): { message: string; at: number }[] {
  const found: { message: string; at: number }[] = []
  visit(document, {
    Scalar(_, { value, source, range }) {
      if (typeof value !== 'number' || range == null) return
      const [at] = range
      if (!Number.isFinite(value)) found.push({ message: `${source} is no number that JSON has`, at })
      else if (Number.isInteger(value) && !Number.isSafeInteger(value) && /^[-+]?\d+$/.test(source ?? ''))
        found.push({ message: `${source} is too large to be kept exactly; quote it, to mean a text`, at })
    },
  })
  return found
}

function valueOf(document: Document, lines: LineCounter): Parsed {
  try {
    // The library counts what is marked as one use of it.
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES + 1 })
    return {
      ok: true,
      file: {
        value,
        placeOf: (path, of) => placeOf(document, lines, path, of),
        isQuoted: (path) => isQuoted(document, path),
      },
    }
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error
    const unknown = error.message.startsWith('Unresolved alias') ? unknownAlias(document, lines) : null
    return unknown ?? refused(TOO_MANY_ALIASES)
  }
}

function unknownAlias(document: Document, lines: LineCounter): Parsed | null {
  let found: Parsed | null = null
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) !== undefined) return undefined
      found = refused(`nothing before this is marked &${alias.source}`, placeAt(lines, alias.range![0]))
      return visit.BREAK
    },
  })
  return found
}

const placeAt = (lines: LineCounter, offset: number): Place => {
  const { line, col } = lines.linePos(offset)
  return { line: Math.max(1, line), column: Math.max(1, col) }
}

function placeOf(document: Document, lines: LineCounter, path: (string | number)[], of: 'name' | 'value'): Place {
  let at: Node | null = document.contents
  let offset = at?.range?.[0] ?? 0
  for (const [i, step] of path.entries()) {
    const last = i === path.length - 1
    if (isMap(at)) {
      const pair = at.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(step),
      )
      if (pair === undefined) break
      const [key, value] = [pair.key as Node, pair.value as Node | null]
      const chosen = last && of === 'value' && value?.range != null ? value : key
      offset = (last ? chosen : (value ?? key)).range?.[0] ?? offset
      at = value
    } else if (isSeq(at)) {
      const item = at.items[Number(step)] as Node | undefined
      if (item === undefined) break
      offset = item.range?.[0] ?? offset
      at = item
    } else break
  }
  return placeAt(lines, offset)
}

function isQuoted(document: Document, path: (string | number)[]): boolean {
  const node: unknown = document.getIn(path, true)
  return isScalar(node) && (node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE')
}
