import { Type } from 'typebox'
import { compilePath } from '../action/paths.js'
import { ActeonError } from '../lib/errors.js'
import { keyOf, sha256 } from '../lib/ids.js'
import { canonical, isObject, type Json } from '../lib/json.js'
import { nearest } from '../lib/suggest.js'
import { compile, pathText, type Issue } from '../lib/validate.js'
import type { DeliveryTerms, MachineTable } from '../state/plan.js'
import type { RuleFunction } from './calls.js'
import { celCompiler, type CelCompiler } from './cel.js'
import { compileCondition } from './condition.js'
import { ruleSet, type Rule, type RuleSet } from './ruleset.js'
import { RuleEntry, RuleFile } from './schema.js'
import { isTimeZone } from './time.js'
import type { KnownNames, Verdict } from './verdict.js'
import { parseYaml, type Place, type YamlFile } from './yaml.js'

/** A rule file as it was read. */
export interface RuleText {
  /** For messages. */
  path: string
  text: string
}

/** A revision of a text: 32 hex digits. */
export const revisionOf = (text: string): string => sha256(text).slice(0, 32)

/** What is wrong in a rule file: where (line 0: the file as a whole), what was found, what was expected. */
export interface RuleProblem extends Place {
  file: string
  message: string
}

/** What rules are compiled against. */
export interface RuleLanguage {
  verdicts: readonly Verdict[]
  /** Words that the language has and this version does not carry out, with the sentence that says so. */
  notBuilt: ReadonlyMap<string, string>
  /** undefined: names of providers are not known here, and not checked. */
  providers?: ReadonlySet<string> | undefined
  machines?: ReadonlyMap<string, MachineTable> | undefined
  functions?: Readonly<Record<string, RuleFunction>>
}

export type Compiled = { ok: true; rules: RuleSet } | { ok: false; problems: RuleProblem[] }

const checkFile = compile(RuleFile)
const checkRule = compile(RuleEntry)
const BESIDES_TYPE = new WeakMap<Verdict, ReturnType<typeof compile>>()

/**
 * Compiles rule files, all together or none. What is wrong is told with file, line and column. Files that did not change
 * since the last time with the same `language` (the same object) are not parsed again.
 */
export function compileRules(texts: readonly RuleText[], language: RuleLanguage): Compiled {
  const last = remembered.get(language)
  const cel = last?.cel ?? celCompiler(language.functions)
  const files = new Map<string, CompiledFile>()
  for (const { path, text } of texts) {
    const key = keyOf(path, text)
    files.set(key, last?.files.get(key) ?? compileFile(path, text, language, cel))
  }
  remembered.set(language, { cel, files })
  const compiled = [...files.values()]
  const named = compiled.flatMap((file) => file.rules)
  const problems = [...compiled.flatMap((file) => file.problems), ...sameNames(named)]
  if (problems.length > 0) return { ok: false, problems }
  const rules = named.map(({ rule }) => rule)
  return { ok: true, rules: ruleSet(rules) }
}

/** `rules/a.yaml:3:7: rules[0].action.ttl_seconds: …`. */
export const problemText = ({ file, line, column, message }: RuleProblem): string =>
  line === 0 ? `${file}: ${message}` : `${file}:${line}:${column}: ${message}`

/** The error that a failed load or reload is. */
export function rulesInvalid(problems: RuleProblem[]): ActeonError {
  const [first] = problems
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''
  return new ActeonError('RULES_INVALID', `${problemText(first!)}${more}`, {
    errors: problems.map(problemText),
    problems,
  })
}

/** A file by itself: its rules, each with the place of its name, and what is wrong. */
interface CompiledFile {
  rules: { rule: Rule; named: Place }[]
  problems: RuleProblem[]
}

// Parsing takes most of a reload's time, and of many files few change.
const remembered = new WeakMap<RuleLanguage, { cel: CelCompiler; files: Map<string, CompiledFile> }>()

function compileFile(file: string, text: string, language: RuleLanguage, cel: CelCompiler): CompiledFile {
  const parsed = parseYaml(text)
  if (!parsed.ok) return { rules: [], problems: parsed.problems.map((problem) => ({ file, ...problem })) }
  const yaml = parsed.file
  // A file with nothing but comments is a file without rules.
  if (yaml.value === null || yaml.value === undefined) return { rules: [], problems: [] }
  const problemsOf = (issues: Issue[]): RuleProblem[] => issues.map((issue) => problemAt(file, yaml, issue))
  const shape = checkFile(yaml.value)
  if (!shape.ok) return { rules: [], problems: problemsOf(shape.issues) }
  const compiled: CompiledFile = { rules: [], problems: [] }
  const revision = revisionOf(text)
  for (const [i, entry] of shape.value.rules.entries()) {
    const issues: Issue[] = []
    const rule = compileRule(entry, ['rules', i], { file, revision, yaml, language, cel }, issues)
    compiled.problems.push(...problemsOf(issues))
    if (rule !== null) compiled.rules.push({ rule, named: yaml.placeOf(['rules', i, 'name'], 'value') })
  }
  return compiled
}

interface FileContext {
  file: string
  /** Of its text. */
  revision: string
  yaml: YamlFile
  language: RuleLanguage
  cel: CelCompiler
}

/** The rule, or null when there are issues. */
function compileRule(
  entry: unknown,
  path: (string | number)[],
  { language, yaml, file, revision, cel }: FileContext,
  issues: Issue[],
): Rule | null {
  const shape = checkRule(entry)
  if (!shape.ok) {
    for (const issue of shape.issues) issues.push(notBuiltOr({ ...issue, path: [...path, ...issue.path] }, language))
    return null
  }
  const { name, condition, action, timezone, ...rest } = shape.value
  if (timezone !== undefined && !isTimeZone(timezone))
    issues.push({ path: [...path, 'timezone'], message: `"${timezone}" is no IANA time zone; one is "Europe/Berlin"` })
  const compiled = compileCondition(
    condition,
    [...path, 'condition'],
    {
      cel,
      functions: language.functions ?? {},
      notBuilt: language.notBuilt,
      quoted: yaml.isQuoted,
      placeOf: yaml.placeOf,
    },
    issues,
  )
  const found = verdictOf(action, [...path, 'action'], language, issues)
  if (found !== null && found.verdict.kind !== 'gate' && rest.on_state_error !== undefined)
    issues.push({
      path: [...path, 'on_state_error'],
      message: `only a gate (deduplicate, throttle) asks the state store for admission, but "${found.verdict.type}" is none`,
    })
  if (found === null || issues.length > 0) return null
  return {
    name,
    priority: rest.priority ?? 0,
    description: rest.description ?? null,
    enabled: rest.enabled ?? true,
    enabled_in_file: rest.enabled ?? true,
    switched: null,
    condition: compiled,
    ...found,
    final: rest.final ?? false,
    timezone: timezone ?? 'UTC',
    delivery: deliveryTerms(rest),
    on_state_error: rest.on_state_error ?? null,
    file,
    line: yaml.placeOf(path, 'value').line,
    revision,
    hash: sha256(canonical(entry)),
  }
}

/** A name that the language has, but not this version, is told apart from one that nobody knows. */
function notBuiltOr(issue: Issue, { notBuilt }: RuleLanguage): Issue {
  const sentence = isUnknownName(issue) ? notBuilt.get(String(issue.path.at(-1))) : undefined
  return sentence === undefined ? issue : { path: issue.path, message: `unknown name: ${sentence}` }
}

const isUnknownName = ({ message }: Issue): boolean => message.startsWith('unknown name')

const deliveryTerms = ({ delivery, deliver_within_seconds }: Partial<RuleEntry>): DeliveryTerms => ({
  ...(delivery !== undefined && { mode: delivery }),
  ...(deliver_within_seconds !== undefined && { deliver_within_ms: deliver_within_seconds * 1_000 }),
})

function verdictOf(
  action: { type: string },
  path: (string | number)[],
  language: RuleLanguage,
  issues: Issue[],
): { verdict: Verdict; config: Record<string, unknown> } | null {
  const { type, ...fields } = action
  const config: Record<string, unknown> = fields
  const verdict = language.verdicts.find((one) => one.type === type || one.aliases?.includes(type) === true)
  if (verdict === undefined) {
    const words = language.verdicts.flatMap((one) => [one.type, ...(one.aliases ?? [])])
    const suggestion = nearest(type, words)
    issues.push({
      path: [...path, 'type'],
      message:
        language.notBuilt.get(type) ??
        `unknown verdict "${type}"; ${suggestion === undefined ? `known are ${words.join(', ')}` : `did you mean "${suggestion}"?`}`,
    })
    return null
  }
  let check = BESIDES_TYPE.get(verdict)
  if (check === undefined) {
    check = compile(Type.Object({ ...verdict.schema.properties }, { additionalProperties: false }))
    BESIDES_TYPE.set(verdict, check)
  }
  const checked = check(config)
  if (!checked.ok) {
    for (const issue of checked.issues) issues.push({ ...issue, path: [...path, ...issue.path] })
    return null
  }
  const names: KnownNames = { providers: language.providers, machines: language.machines, path: compilePath }
  for (const { field, at, ...issue } of verdict.check?.(config as never, names) ?? [])
    issues.push({ ...issue, path: [...path, field, ...(at === undefined ? [] : [at])] })
  return { verdict, config }
}

function sameNames(rules: CompiledFile['rules']): RuleProblem[] {
  const first = new Map<string, Rule>()
  return rules.flatMap(({ rule, named }) => {
    const other = first.get(rule.name)
    if (other === undefined) {
      first.set(rule.name, rule)
      return []
    }
    const message = `rule "${rule.name}" is also in ${other.file}:${other.line}; names are unique over all files`
    return [{ file: rule.file, ...named, message }]
  })
}

function problemAt(file: string, yaml: YamlFile, issue: Issue): RuleProblem {
  const { path, message } = issue
  const place = yaml.placeOf(path, isUnknownName(issue) ? 'name' : 'value')
  const name =
    isObject(yaml.value) && path[0] === 'rules' && typeof path[1] === 'number' ? nameOf(yaml.value, path[1]) : null
  const where = pathText(path)
  return {
    file,
    ...place,
    message: `${where}${name === null ? '' : ` (rule "${name}")`}${where === '' ? '' : ': '}${message}`,
  }
}

function nameOf(value: Record<string, unknown>, i: number): string | null {
  const rule = (value['rules'] as Json[] | undefined)?.[i]
  return isObject(rule) && typeof rule['name'] === 'string' ? rule['name'] : null
}
