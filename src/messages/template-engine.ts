import { Context, Liquid, LiquidError, toValueSync, type Template } from 'liquidjs'
import { nearest } from '../lib/suggest.js'
import { escapesFor, type Target } from './escapes.js'

/** What is wrong with a template, and where; line and column count from 1, 0 when it is the file as a whole. */
export interface TemplateProblem {
  file: string
  line: number
  column: number
  message: string
}

export const TEMPLATE_LIMITS = {
  /** Characters of one file. */
  file: 65_536,
  /** Characters that a template may make. */
  output: 65_536,
  /** Tags, outputs and pieces of text that are carried out in one rendering. */
  steps: 10_000,
  /** Characters and list elements that values, filters and ranges may make meanwhile. */
  memory: 4_000_000,
} as const

/** What a template may name. */
export const VARIABLES = ['action', 'payload', 'labels', 'message', 'event', 'group', 'now'] as const
export type Variables = Record<(typeof VARIABLES)[number], unknown>

/** A template that was compiled for one target. */
export interface Compiled {
  file: string
  json: boolean
  /** @throws TemplateFailure */
  render(variables: Variables): string
}

/** A template that could not be rendered. */
export class TemplateFailure extends Error {
  override readonly name = 'TemplateFailure'
  constructor(readonly problem: TemplateProblem) {
    super(problemText(problem))
  }
}

export const problemText = ({ file, line, column, message }: TemplateProblem): string =>
  `${file}${line > 0 ? `:${line}:${column}` : ''}: ${message}`

/** Compiles the files of one directory; partials are found among them, and nowhere else. */
export function engineFor(
  files: ReadonlyMap<string, string>,
): (file: string, target: Target, mayBeJson: boolean) => Compiled {
  const engines = new Map<string, Liquid>()
  return (file, target, mayBeJson) => {
    const source = files.get(file)!
    const json = mayBeJson && isJsonSource(source)
    const name = `${target}${json ? ' json' : ''}`
    const engine = engines.get(name) ?? engineOf(files, target, json)
    engines.set(name, engine)
    return compileOne(engine, { file, source, json, files })
  }
}

function engineOf(files: ReadonlyMap<string, string>, target: Target, json: boolean): Liquid {
  const escapes = escapesFor(target, json)
  const engine = new Liquid({
    templates: Object.fromEntries(files),
    extname: '.liquid',
    relativeReference: false,
    cache: true,
    strictFilters: true,
    ownPropertyOnly: true,
    timezoneOffset: 0,
    locale: 'en-US',
    parseLimit: 1_000_000,
    // It is made a filter, and so has the rendering's own limits at hand.
    outputEscape: function (this: unknown, value: unknown) {
      return counted(this, escapes.text(value))
    },
  })
  // Chance, expressions out of data, and ways around the escape have no place here.
  for (const filter of ['sample', 'raw', 'inspect', 'jsonify', 'where_exp', 'reject_exp', 'group_by_exp'])
    delete engine.filters[filter]
  for (const filter of ['has_exp', 'find_exp', 'find_index_exp']) delete engine.filters[filter]
  const finished = (handler: (value: unknown) => string) => ({
    raw: true,
    handler(this: unknown, value: unknown) {
      return counted(this, handler(value))
    },
  })
  engine.registerFilter('url', finished(escapes.url))
  if (escapes.json === null) {
    engine.registerFilter('json', (value: unknown) => JSON.stringify(value ?? null))
  } else engine.registerFilter('json', finished(escapes.json))
  if (target === 'html') {
    engine.registerFilter('escape', finished(escapes.text))
    engine.registerFilter(
      'newline_to_br',
      finished((value) => escapes.text(value).replaceAll(/\r?\n/g, '<br>\n')),
    )
  }
  // "now" is what the variable says, at each attempt the same; the machine's clock is not asked.
  const given = engine.filters.date as (...args: unknown[]) => unknown
  engine.registerFilter('date', function (this: { context: Context }, value: unknown, ...args: unknown[]) {
    const at = value === 'now' || value === 'today' ? (this.context.environments as Variables).now : value
    return given.call(this, at, ...args)
  })
  return engine
}

interface Room {
  context: { memoryLimit: { use(count: number): void } }
}

function counted(filter: unknown, text: string): string {
  ;(filter as Room).context.memoryLimit.use(text.length)
  return text
}

/** Whether a source, its first tags and comments apart, begins as an object or a list of objects of JSON. */
function isJsonSource(source: string): boolean {
  let at = 0
  for (;;) {
    while (/\s/.test(source[at] ?? '')) at++
    if (!source.startsWith('{%', at)) break
    const isComment = /^\{%-?\s*comment\b/.test(source.slice(at, at + 40))
    const end = source.indexOf('%}', isComment ? source.indexOf('endcomment', at) : at)
    if (end < 0) return false
    at = end + 2
  }
  // `[Warning] {{ … }}` and `{Alert}` are words.
  return /^(\{\s*("|\}|\{%)|\[\s*(\{(?!\{)|\]))/.test(source.slice(at, at + 1_000))
}

interface Source {
  file: string
  source: string
  json: boolean
  files: ReadonlyMap<string, string>
}

function compileOne(engine: Liquid, { file, source, json, files }: Source): Compiled {
  const templates = told(file, () => engine.parse(source, file))
  told(file, () => checkVariables(engine, templates, file), files)
  return {
    file,
    json,
    render: (variables) => told(file, () => renderOne(engine, templates, variables)),
  }
}

/** Only parses: a partial alone does not know what it will be given. */
export function checkSyntax(files: ReadonlyMap<string, string>, file: string): void {
  told(file, () => engineOf(files, 'text', false).parse(files.get(file)!, file))
}

function checkVariables(engine: Liquid, templates: Template[], file: string): void {
  for (const [name, places] of Object.entries(engine.analyzeSync(templates).globals)) {
    const { row, col, file: inFile } = places[0]!.location
    if ((VARIABLES as readonly string[]).includes(name)) continue
    const meant = nearest(name, VARIABLES)
    throw new TemplateFailure({
      file: inFile ?? file,
      line: row,
      column: col,
      message: `there is no "${name}"${meant === undefined ? `; a template has ${VARIABLES.join(', ')}` : `; did you mean "${meant}"?`}`,
    })
  }
}

function renderOne(engine: Liquid, templates: Template[], variables: Variables): string {
  let steps = 0
  let output = ''
  const emitter = {
    get buffer() {
      return output
    },
    write(piece: unknown): void {
      output += valueText(piece)
      if (output.length > TEMPLATE_LIMITS.output)
        throw new Error(`it makes more than ${TEMPLATE_LIMITS.output} characters`)
    },
  }
  // The engine asks before each step; what it asks about is the time, which would make the result a matter of luck.
  const renderLimit = {
    use: () => {},
    check: () => {
      if (++steps > TEMPLATE_LIMITS.steps) throw new Error(`it takes more than ${TEMPLATE_LIMITS.steps} steps`)
    },
  }
  const context = new Context(
    variables,
    engine.options,
    { sync: true, ownPropertyOnly: true, memoryLimit: TEMPLATE_LIMITS.memory },
    { renderLimit: renderLimit as unknown as Context['renderLimit'], liquid: engine },
  )
  toValueSync(engine.renderer.renderTemplates(templates, context, emitter))
  return output
}

const valueText = (piece: unknown): string => (typeof piece === 'string' ? piece : piece == null ? '' : String(piece))

/** Turns what the engine throws into a problem with its place. */
function told<T>(file: string, work: () => T, files?: ReadonlyMap<string, string>): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof TemplateFailure) throw error
    const text = error instanceof Error ? error.message : String(error)
    const missing = MISSING_PARTIAL.exec(text)?.[1]
    if (LiquidError.is(error)) {
      const [line = 0, column = 0] = error.token.getPosition()
      throw new TemplateFailure({ file: error.token.file ?? file, line, column, message: sentenceOf(error, missing) })
    }
    // While it looks for what is named in a template, the engine does not know where it is named.
    const place = missing === undefined ? null : placeOf(missing, file, files ?? new Map())
    throw new TemplateFailure({ file, line: 0, column: 0, ...place, message: sentenceOf(error, missing) })
  }
}

const MISSING_PARTIAL = /ENOENT: [^"]*"([^"]*)"/

function placeOf(name: string, file: string, files: ReadonlyMap<string, string>): Partial<TemplateProblem> | null {
  for (const [path, source] of [[file, files.get(file) ?? ''] as const, ...files]) {
    const at = source.search(new RegExp(`['"]${name.replaceAll(/[^\w]/g, '\\$&')}['"]`))
    if (at < 0) continue
    const before = source.slice(0, at).split('\n')
    return { file: path, line: before.length, column: before.at(-1)!.length + 1 }
  }
  return null
}

function sentenceOf(error: unknown, missing: string | undefined): string {
  if (missing !== undefined) return `there is no partial "${missing}"`
  const cause = LiquidError.is(error) ? (error as { originalError?: unknown }).originalError : undefined
  if (error instanceof RangeError || cause instanceof RangeError) return 'it is nested too deeply, or renders itself'
  const text = error instanceof Error ? error.message : String(error)
  const plain = text.replace(/, (file:.*, )?line:\d+, col:\d+$/s, '')
  return plain === 'memory alloc limit exceeded' ? 'its values and filters make more than 4 million characters' : plain
}
