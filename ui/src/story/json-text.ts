/** A run of indented JSON; what is marked is the text of a member. */
export interface Run {
  text: string
  marked: boolean
}

/** So many lines are laid out together, and only when they come into view. */
const LINES = 100

/**
 * JSON in indented lines, cut into blocks that a page can lay out one by one, without the line break between two.
 * @param read paths of the members that are marked: `customer.id`
 */
export function blocksOf(value: unknown, read: readonly string[] = []): Run[][] {
  const lines = linesOf(JSON.stringify(value, null, 2) ?? 'null')
  const blocks: Run[][] = []
  for (let at = 0; at < lines.length; at += LINES) {
    const runs: Run[] = []
    const block = lines.slice(at, at + LINES)
    for (const [i, { line, path }] of block.entries()) {
      const end = i === block.length - 1 ? '' : '\n'
      if (path === null || !read.includes(path)) add(runs, line + end)
      else {
        const [, space = '', body = '', comma = ''] = /^(\s*)(.*?)(,?)$/.exec(line) ?? []
        add(runs, space)
        runs.push({ text: body, marked: true })
        add(runs, comma + end)
      }
    }
    blocks.push(runs)
  }
  return blocks
}

function add(runs: Run[], text: string): void {
  const last = runs.at(-1)
  if (last === undefined || last.marked) runs.push({ text, marked: false })
  else last.text += text
}

/** Each line of indented JSON with the path of the member that it begins. */
function linesOf(text: string): { line: string; path: string | null }[] {
  const stack: string[] = []
  return text.split('\n').map((line) => {
    const depth = (line.length - line.trimStart().length) / 2
    const [, name] = /^\s*"((?:[^"\\]|\\.)*)":/.exec(line) ?? []
    if (name === undefined) return { line, path: null }
    stack.length = Math.max(0, depth - 1)
    stack[depth - 1] = name
    return { line, path: stack.join('.') }
  })
}
