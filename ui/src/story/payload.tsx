const MOST = 65_536

/** JSON with the members that rules read marked. */
export function Payload({ value, read }: { value: unknown; read: string[] }) {
  const text = JSON.stringify(value, null, 2) ?? 'null'
  if (text.length > MOST)
    return (
      <pre className="json" tabIndex={0}>
        {text.slice(0, MOST)}
        {'\n'}…
      </pre>
    )
  return (
    <pre className="json" tabIndex={0} aria-label="Payload">
      {linesOf(text).map(({ line, path }, index) => (
        <span key={index}>
          {read.some((wanted) => wanted === path) ? marked(line) : line}
          {'\n'}
        </span>
      ))}
    </pre>
  )
}

function marked(line: string) {
  const [, space = '', body = '', comma = ''] = /^(\s*)(.*?)(,?)$/.exec(line) ?? []
  return (
    <>
      {space}
      <mark>{body}</mark>
      {comma}
    </>
  )
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
