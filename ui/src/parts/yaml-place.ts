/** Where a cursor stands in a YAML text that is being written, by its indentation: a half-written line must not confuse it. */
export interface YamlPlace {
  /** From the outside in: names, and `[]` for an item of a list. */
  path: string[]
  /** The name whose value is being written on this line; undefined: a name is being written. */
  key: string | undefined
  /** Names beside it that are there already, with their values on the same line. */
  beside: ReadonlyMap<string, string>
}

interface Line {
  /** Columns of its dashes. */
  dashes: number[]
  /** Column of what follows them. */
  column: number
  key: string | undefined
  /** What follows the name on the same line. */
  value: string
}

const LINE = /^( *)((?:- +)*(?:-$)?)(.*)$/
const PAIR = /^(?:"([^"]*)"|'([^']*)'|([\w.-]+)) *:(?: +(.*))?$/

function lineOf(text: string): Line | null {
  const [, spaces = '', dashes = '', content = ''] = LINE.exec(text) ?? []
  if (content.startsWith('#') || (content.trim() === '' && dashes === '')) return null
  const columns = [...dashes].flatMap((letter, i) => (letter === '-' ? [spaces.length + i] : []))
  const [, double, single, plain, value = ''] = PAIR.exec(content.trimEnd()) ?? []
  return { dashes: columns, column: spaces.length + dashes.length, key: double ?? single ?? plain, value }
}

/** @param before the text up to the cursor @param after the rest, for the names below */
export function yamlPlace(before: string, after = ''): YamlPlace {
  const above = before.split('\n')
  const typed = above.pop() ?? ''
  const current = lineOf(typed) ?? { dashes: [], column: typed.length, key: undefined, value: '' }
  const beside = new Map<string, string>()
  const path: string[] = []
  let bound = current.column
  let inList = false
  const intoItems = ({ dashes }: Line): void => {
    for (const dash of dashes.toReversed()) {
      path.unshift('[]')
      bound = dash
      inList = true
    }
  }
  intoItems(current)
  // Neighbours are looked at until the item, or the name, that holds them.
  let beyond = inList
  for (const text of above.toReversed()) {
    const line = lineOf(text)
    if (line === null || line.column > bound) continue
    if (line.column === bound && !(inList && line.dashes.length === 0)) {
      if (!beyond && line.key !== undefined) beside.set(line.key, line.value)
      if (!inList && line.dashes.length > 0) {
        intoItems(line)
        beyond = true
      }
      continue
    }
    if (line.key === undefined || line.value !== '') continue
    path.unshift(line.key)
    bound = line.column
    inList = false
    beyond = true
    intoItems(line)
  }
  for (const text of after.split('\n').slice(1)) {
    const line = lineOf(text)
    if (line === null || line.column > current.column) continue
    if (line.column < current.column || line.dashes.length > 0) break
    if (line.key !== undefined) beside.set(line.key, line.value)
  }
  return { path, key: current.key, beside }
}
