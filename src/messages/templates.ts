import { ActeonError } from '../lib/errors.js'
import { sha256 } from '../lib/ids.js'
import { nearest } from '../lib/suggest.js'
import type { Target } from './escapes.js'
import {
  checkSyntax,
  engineFor,
  problemText,
  TemplateFailure,
  type Compiled,
  type TemplateProblem,
} from './template-engine.js'
import { readTemplateFiles } from './template-files.js'

/** A part of a message that a file makes: `body`, or for mail `subject`, `text` and `html`. */
export type TemplatePart = 'body' | 'subject' | 'text' | 'html'

/** Types that have templates, and where each one's text goes. */
export const TEMPLATE_TARGETS = {
  slack: 'slack',
  discord: 'discord',
  teams: 'teams',
  email: 'text',
  pagerduty: 'text',
  twilio: 'text',
  webhook: 'text',
  log: 'text',
} as const satisfies Record<string, Target>
export type TemplateType = keyof typeof TEMPLATE_TARGETS

/** Types whose template may make JSON in place of a text: the service's own form. */
const TAKES_JSON: ReadonlySet<TemplateType> = new Set(['slack', 'discord', 'teams', 'pagerduty', 'webhook'])

const isType = (name: string): name is TemplateType => Object.hasOwn(TEMPLATE_TARGETS, name)

/** The compiled templates of one reading of the directory; it never changes, a reload makes another. */
export interface TemplateSet {
  /** A hash of the files. */
  readonly version: string
  /** The files, by their paths in the directory. */
  readonly files: readonly string[]
  /** Names that an action's `template` may have. */
  readonly names: readonly string[]
  /**
   * The parts that a name (an action's `template`, an action type; '' for those that stand for every action) has for a
   * type of provider.
   */
  parts(name: string, type: TemplateType): ReadonlyMap<TemplatePart, Compiled>
  /** Whether an action may ask for it, for a provider of whatever type. */
  has(name: string): boolean
  /** The name that was probably meant. */
  nearestTo(name: string): string | undefined
}

const NOTHING: ReadonlyMap<TemplatePart, Compiled> = new Map()

/** Where no directory is configured. */
export const NO_TEMPLATES: TemplateSet = Object.freeze({
  version: '',
  files: [],
  names: [],
  parts: () => NOTHING,
  has: () => false,
  nearestTo: () => undefined,
})

/**
 * Reads and compiles a directory of Liquid templates:
 *
 * - `{type}.liquid`, for mail also `email/subject.liquid`, `email/text.liquid`, `email/html.liquid`: every action that
 *   goes to a provider of the type;
 * - `{action_type}.{type}.liquid`, `{action_type}.email/subject.liquid` …: actions of one type; the same names serve an
 *   action whose `template` is that name;
 * - `{name}.liquid`: for an action whose `template` is `name`, to a provider of any type;
 * - `_name.liquid` and whatever is in `partials/`: for `{% render 'partials/name' %}` in others only.
 *
 * @throws ActeonError TEMPLATES_INVALID with `errors: [{file, line, column, message}]`; then nothing is loaded
 */
export async function loadTemplates(directory: string): Promise<TemplateSet> {
  const { files, problems } = await readTemplateFiles(directory)
  const set = compileTemplates(files, problems)
  if (problems.length === 0) return set
  const errors = problems.map(({ file, ...rest }) => ({
    file: files.has(file) ? `${directory}/${file}` : file,
    ...rest,
  }))
  throw new ActeonError(
    'TEMPLATES_INVALID',
    `${problemText(errors[0]!)}${errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''}`,
    { errors },
  )
}

/** Compiles templates, by their paths; what is wrong is added to `problems`. */
export function compileTemplates(files: ReadonlyMap<string, string>, problems: TemplateProblem[]): TemplateSet {
  const compile = engineFor(files)
  const byName = new Map<string, Map<TemplateType, Map<TemplatePart, Compiled>>>()
  const add = (file: string, { name, type, part }: Place): void => {
    const types = byName.get(name) ?? new Map<TemplateType, Map<TemplatePart, Compiled>>()
    const parts = types.get(type) ?? new Map<TemplatePart, Compiled>()
    // What was made for a type wins over what was made for all.
    if (!parts.has(part) || !isForAll(file))
      parts.set(part, compile(file, part === 'html' ? 'html' : TEMPLATE_TARGETS[type], TAKES_JSON.has(type)))
    byName.set(name, types.set(type, parts))
  }
  for (const file of files.keys()) {
    try {
      if (isPartial(file)) checkSyntax(files, file)
      else for (const place of placesOf(file)) add(file, place)
    } catch (error) {
      if (!(error instanceof TemplateFailure)) throw error
      problems.push(error.problem)
    }
  }
  const names = [...byName.keys()].filter((name) => name !== '').sort()
  return Object.freeze({
    version: sha256([...files].map(([path, text]) => `${path.length}:${path}${text.length}:${text}`).join('')),
    files: [...files.keys()],
    names,
    parts: (name: string, type: TemplateType) => byName.get(name)?.get(type) ?? NOTHING,
    has: (name: string) => name !== '' && byName.has(name),
    nearestTo: (name: string) => nearest(name, names),
  })
}

interface Place {
  name: string
  type: TemplateType
  part: TemplatePart
}

const isPartial = (file: string): boolean =>
  file.startsWith('partials/') || file.slice(file.lastIndexOf('/') + 1).startsWith('_')

const stem = (file: string): string => file.slice(0, -'.liquid'.length)

/** `welcome.liquid`: no type in its name, so it serves all. */
function isForAll(file: string): boolean {
  const path = stem(file)
  const last = path.slice(path.lastIndexOf('.') + 1)
  return !path.includes('/') && !isType(last)
}

/** What a file stands for, by its name. @throws TemplateFailure when it stands for nothing */
function placesOf(file: string): Place[] {
  const [head = '', part, ...deeper] = stem(file).split('/')
  const dot = head.lastIndexOf('.')
  const last = head.slice(dot + 1)
  const name = isType(last) ? head.slice(0, Math.max(0, dot)) : head
  const wrong = (message: string): TemplateFailure => new TemplateFailure({ file, line: 0, column: 0, message })
  if (part === undefined) {
    if (!isType(last))
      return (Object.keys(TEMPLATE_TARGETS) as TemplateType[]).map((type) => ({ name, type, part: bodyOf(type) }))
    return [{ name, type: last, part: bodyOf(last) }]
  }
  if (last !== 'email' || deeper.length > 0)
    throw wrong(
      'is in a directory that means nothing; templates are TYPE.liquid, NAME.TYPE.liquid, email/PART.liquid or NAME.email/PART.liquid, and partials are in partials/',
    )
  if (part !== 'subject' && part !== 'text' && part !== 'html')
    throw wrong(`is no part of a mail; expected subject.liquid, text.liquid or html.liquid`)
  return [{ name, type: 'email', part }]
}

const bodyOf = (type: TemplateType): TemplatePart => (type === 'email' ? 'text' : 'body')

/** Templates that can be read again while they are in use. */
export interface Templates {
  /** Those that are in use. */
  current(): TemplateSet
  /** Reads the directory again: all of it or, when something is wrong, nothing. @throws ActeonError TEMPLATES_INVALID */
  reload(): Promise<TemplateSet>
}

/** Templates of a directory. @throws ActeonError TEMPLATES_INVALID */
export async function openTemplates(directory: string): Promise<Templates> {
  let current = await loadTemplates(directory)
  return {
    current: () => current,
    reload: async () => (current = await loadTemplates(directory)),
  }
}
