import { Lexer, parseDocument, visit } from 'yaml'
import type { CST, Document, Scalar, ScalarTag, Tags, YAMLMap, YAMLSeq } from 'yaml'
import { stringifyString, type StringifyContext } from 'yaml/util'
import { canonical } from '../lib/json.js'
import { parseYaml, SCALAR, YAML_OPTIONS, type YamlProblem } from './yaml.js'

export type Formatted = { ok: true; text: string } | { ok: false; problems: YamlProblem[] }

const WIDTH = 120
/** Laying out takes a few times as long as reading, and nothing else is done meanwhile. */
const MOST_BYTES = 262_144

/**
 * Lays a rule file out: two spaces per level, one space where one belongs, at most one empty line in a row. Comments,
 * order and every value stay as they are written; what cannot be laid out so is refused.
 */
export function formatYaml(text: string): Formatted {
  if (Buffer.byteLength(text) > MOST_BYTES)
    return refused(`it is larger than ${MOST_BYTES} bytes; split it into several files`)
  const before = parseYaml(text)
  if (!before.ok) return before
  const document = parseDocument(text, OPTIONS)
  visit(document, { Map: (_, node) => padded(node, ' '), Seq: (_, node) => padded(node, '') })
  // Nothing but comments: the library would write a null below them.
  const laidOut = document.contents === null ? text : document.toString({ lineWidth: WIDTH, indent: 2 })
  const formatted = `${laidOut.trim()}\n`
  const after = parseYaml(formatted)
  if (
    after.ok &&
    canonical(after.file.value) === canonical(before.file.value) &&
    same(scalarsOf(parseDocument(formatted, YAML_OPTIONS)), scalarsOf(document)) &&
    same(commentsOf(formatted), commentsOf(text))
  )
    return { ok: true, text: formatted }
  return refused('it cannot be laid out without changing what it says')
}

const refused = (message: string): Formatted => ({ ok: false, problems: [{ line: 0, column: 0, message }] })

const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((one, i) => one === b[i])

/** A quoted text is a literal where a plain one is a path. */
function scalarsOf(document: Document): string[] {
  const found: string[] = []
  visit(document, {
    Scalar: (_, { type, value }) => void found.push(`${type?.startsWith('QUOTE') === true} ${JSON.stringify(value)}`),
  })
  return found
}

function commentsOf(text: string): string[] {
  const found: string[] = []
  let last = ''
  for (const lexeme of new Lexer().lex(text)) {
    if (lexeme.startsWith('#') && last !== SCALAR) found.push(lexeme.trim())
    last = lexeme
  }
  return found.sort()
}

/** A value as it is written, its further lines below it; undefined: the library writes it. */
function asWritten({ srcToken, comment }: Scalar, indent: string): string | undefined {
  const token = srcToken as CST.FlowScalar | CST.BlockScalar | undefined
  if (token === undefined || token.type === 'alias') return undefined
  if (token.type !== 'block-scalar') {
    const [first, ...more] = token.source.split('\n')
    return [first!.trimEnd(), ...more.map((line) => (line.trim() === '' ? '' : `${indent}${line.trim()}`))].join('\n')
  }
  const header = token.props.find(({ type }) => type === 'block-scalar-header')
  // What says how far it is indented, or keeps the lines at its end, and what bears a comment is left to the library.
  if (header === undefined || !('source' in header) || !/^[|>]-?$/.test(header.source) || comment || indent === '')
    return undefined
  const lines = token.source.replace(/\s+$/, '').split('\n')
  const depth = /^ */.exec(lines.find((line) => line.trim() !== '') ?? '')![0].length
  return [header.source, ...lines.map((line) => (line.trim() === '' ? '' : indent + line.slice(depth)))].join('\n')
}

type Collection = YAMLMap | YAMLSeq

/** Only within braces there are spaces: `{ field: a, in: [b, c] }`. */
function padded(node: Collection, padding: string): void {
  const plain = node.toString.bind(node) as (context?: StringifyContext, ...more: (() => void)[]) => string
  node.toString = (context?: StringifyContext, ...more: (() => void)[]) =>
    plain(context === undefined ? undefined : { ...context, flowCollectionPadding: padding }, ...more)
}

const OPTIONS = {
  ...YAML_OPTIONS,
  keepSourceTokens: true,
  customTags: (tags: Tags): Tags =>
    tags.map((tag) => (typeof tag === 'string' || tag.collection !== undefined ? tag : writtenTag(tag))),
} as const

const writtenTag = (tag: ScalarTag): ScalarTag => ({
  ...tag,
  stringify: (item, context, onComment, onChompKeep) =>
    asWritten(item, context.indent) ?? (tag.stringify ?? stringifyString)(item, context, onComment, onChompKeep),
})
