import { constants } from 'node:fs'
import { open, realpath, rename, stat, unlink } from 'node:fs/promises'
import { basename, dirname, join, relative, sep } from 'node:path'
import { ActeonError } from '../lib/errors.js'
import { lint, type Finding } from '../rules/lint.js'
import {
  compileRules,
  revisionOf,
  rulesInvalid,
  type Compiled,
  type RuleLanguage,
  type RuleProblem,
  type RuleText,
} from '../rules/compile.js'
import { newRuleFile } from '../rules/new-file.js'
import { readRuleTexts } from '../rules/read.js'
import type { RuleSet } from '../rules/ruleset.js'
import { MAX_FILE_BYTES } from '../rules/yaml.js'
import type { Caller } from './gateway.js'
import type { SystemFact } from './system-records.js'

/** A rule file as it is edited: `path` is relative to the rules directory, with `/`. */
export interface RuleFile {
  path: string
  text: string
  /** Changes with every change of the text. */
  revision: string
}

/** A file as it would be; `text: null`: without it. */
export interface RuleFileChange {
  path: string
  text: string | null
}

export interface RulesCheck {
  valid: boolean
  /** What is wrong, with its place; `file` is relative to the rules directory. */
  problems: RuleProblem[]
  /** What looks wrong in rules that are valid one by one, such as rules that are never reached. */
  findings: Finding[]
  /** How many rules there would be; null: they are not valid. */
  rules: number | null
  version: string | null
  /** Names of rules that differ from those that run. */
  changes: { added: string[]; changed: string[]; removed: string[] }
}

export interface RuleFiles {
  /** The files as they are now, each with the names of the rules in it that run. @throws ActeonError RULES_INVALID when they cannot be read, NOT_FOUND without a directory */
  files(): Promise<(RuleFile & { rules: string[] })[]>
  /** The path of a file that a rule was read from, as it is edited. */
  pathOf(file: string): string
  /** What the rules would be with some files changed; nothing is written. @throws ActeonError INVALID_REQUEST */
  compiled(changes: readonly RuleFileChange[]): Promise<Compiled>
  check(changes: readonly RuleFileChange[]): Promise<RulesCheck>
  /**
   * What a new file would begin with. Its name is checked as a publish checks it, and nothing is written.
   * @param path without an ending: `.yaml` is meant
   * @throws ActeonError INVALID_REQUEST, CONFLICT (it is there already)
   */
  begin(path: string): Promise<{ path: string; text: string }>
  /**
   * Writes one file, and makes all files run, on all nodes that read the same directory.
   * @param request.revision of the text that was edited; null: the file is new
   * @throws ActeonError RULES_INVALID (nothing was written), CONFLICT (it was changed meanwhile), INVALID_REQUEST
   */
  publish(request: {
    path: string
    text: string
    revision: string | null
    message?: string | undefined
    caller?: Caller | undefined
  }): Promise<{ file: RuleFile; version: string; loaded: number }>
}

/** Names that are neither hidden nor lead elsewhere, of letters, digits and `. _ @ + -` and spaces. */
const FILE_PATH = /^(?:[\w@+-][\w .@+-]*\/)*[\w@+-][\w .@+-]*\.ya?ml$/i
const LONGEST_PATH = 255

/** Rule files for whoever edits them: the same reader, compiler and lint as at start. */
export function ruleFiles(parts: {
  directory: string | null
  language: () => RuleLanguage
  current: () => RuleSet
  /** As the switches of the moment say. */
  switched: (rules: RuleSet) => RuleSet
  reload: () => Promise<{ loaded: number; errors: string[] }>
  record: (fact: SystemFact) => Promise<void>
  newId: () => string
}): RuleFiles {
  const { language, current, switched, reload, record, newId } = parts
  let last: Promise<unknown> = Promise.resolve()

  const root = (): string => {
    if (parts.directory !== null) return parts.directory
    throw new ActeonError('NOT_FOUND', 'The rules of this gateway were handed to it by a program; there are no files.')
  }
  const named = (path: string): string => {
    const from = relative(root(), path)
    return from === '' ? basename(path) : from.split(sep).join('/')
  }

  async function texts(): Promise<RuleText[]> {
    const { texts, problems } = await readRuleTexts(root())
    if (problems.length > 0) throw rulesInvalid(problems)
    return texts.map(({ path, text }) => ({ path: named(path), text }))
  }

  async function compiled(changes: readonly RuleFileChange[]): Promise<Compiled> {
    const files = new Map((await texts()).map((file) => [file.path, file]))
    for (const { path, text } of changes) {
      checkPath(path)
      if (text === null) files.delete(path)
      else files.set(path, { path, text })
    }
    const large = changes.filter(({ text }) => text !== null && Buffer.byteLength(text) > MAX_FILE_BYTES)
    if (large.length > 0)
      return {
        ok: false,
        problems: large.map(({ path }) => ({
          file: path,
          line: 0,
          column: 0,
          message: `is larger than ${MAX_FILE_BYTES} bytes; split it into several files`,
        })),
      }
    // A language of its own, so that what is remembered of the rules that run stays.
    const made = compileRules(
      [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1)),
      { ...language() },
    )
    return made.ok ? { ok: true, rules: switched(made.rules) } : made
  }

  /** Names of rules that differ from those that run. */
  function differing({ rules }: RuleSet): RulesCheck['changes'] {
    const running = new Map(current().rules.map((rule) => [rule.name, rule.hash]))
    const names = new Set(rules.map(({ name }) => name))
    return {
      added: rules.filter(({ name }) => !running.has(name)).map(({ name }) => name),
      changed: rules.filter(({ name, hash }) => (running.get(name) ?? hash) !== hash).map(({ name }) => name),
      removed: [...running.keys()].filter((name) => !names.has(name)),
    }
  }

  async function check(changes: readonly RuleFileChange[]): Promise<RulesCheck> {
    const made = await compiled(changes)
    const none = { added: [], changed: [], removed: [] }
    if (!made.ok)
      return { valid: false, problems: made.problems, findings: [], rules: null, version: null, changes: none }
    const { rules, version } = made.rules
    return {
      valid: true,
      problems: [],
      findings: lint(rules),
      rules: rules.length,
      version,
      changes: differing(made.rules),
    }
  }

  async function begin(given: string): ReturnType<RuleFiles['begin']> {
    const path = /\.ya?ml$/i.test(given) ? given : `${given}.yaml`
    checkPath(path)
    refuseChanged(path, null, (await texts()).find((file) => file.path === path)?.text)
    await targetOf(root(), path, false)
    return { path, text: newRuleFile(path, new Set(current().rules.map(({ name }) => name))) }
  }

  async function publishNow(request: Parameters<RuleFiles['publish']>[0]): ReturnType<RuleFiles['publish']> {
    const { path, text, revision, message, caller } = request
    checkPath(path)
    const before = (await texts()).find((file) => file.path === path)
    refuseChanged(path, revision, before?.text)
    const made = await compiled([{ path, text }])
    if (!made.ok) throw rulesInvalid(made.problems)
    const changes = differing(made.rules)
    const target = await targetOf(root(), path, before !== undefined)
    await replaceFile(target, text, newId(), async () => {
      const now = (await texts()).find((file) => file.path === path)
      refuseChanged(path, revision, now?.text)
    })
    const { loaded, errors } = await reload()
    const file = { path, text, revision: revisionOf(text) }
    await record({
      action_type: 'rules_published',
      caller,
      details: {
        path,
        before: revision,
        after: file.revision,
        rules_version: current().version,
        changes,
        ...(message !== undefined && { message }),
        ...(errors.length > 0 && { errors }),
      },
      texts: { before: before?.text ?? null, after: text },
    })
    // Somebody else wrote another file in the same moment: what is wrong is in theirs, and in `status` too.
    if (errors.length > 0)
      throw new ActeonError('RULES_INVALID', `"${path}" was written, but the rules could not be loaded: ${errors[0]}`, {
        errors,
      })
    return { file, version: current().version, loaded }
  }

  return {
    files: async () =>
      (await texts()).map(({ path, text }) => ({
        path,
        text,
        revision: revisionOf(text),
        rules: current()
          .rules.filter(({ file }) => named(file) === path)
          .map(({ name }) => name),
      })),
    pathOf: (file) => (parts.directory === null ? file : named(file)),
    compiled,
    check,
    begin,
    publish(request) {
      const mine = last.then(() => publishNow(request))
      last = mine.catch(() => undefined)
      return mine
    },
  }
}

function refuseChanged(path: string, revision: string | null, text: string | undefined): void {
  const found = text === undefined ? null : revisionOf(text)
  if (found === revision) return
  const what =
    found === null ? 'is no longer there' : revision === null ? 'is there already' : 'was changed since it was read'
  throw new ActeonError(
    'CONFLICT',
    `"${path}" ${what}; nothing was written. Read it again, and put your change into it.`,
    {
      path,
      revision: found,
    },
  )
}

/** @throws ActeonError INVALID_REQUEST */
function checkPath(path: string): void {
  if (path.length <= LONGEST_PATH && FILE_PATH.test(path)) return
  throw new ActeonError(
    'INVALID_REQUEST',
    `${JSON.stringify(path.slice(0, 100))} is no path of a rule file: expected one such as "alerts/disk.yaml", relative to the rules directory, that ends in .yaml or .yml and has no hidden parts.`,
    { parameter: 'path' },
  )
}

/** Where a file truly lies, which is inside of the rules directory. */
async function targetOf(root: string, path: string, exists: boolean): Promise<string> {
  const real = await realpath(root)
  if (!(await stat(real)).isDirectory()) {
    // The rules are one file.
    if (exists) return real
    throw new ActeonError('INVALID_REQUEST', `The rules are the one file "${basename(root)}"; no other can be added.`)
  }
  try {
    const target = exists
      ? await realpath(join(real, path))
      : join(await realpath(join(real, dirname(path))), basename(path))
    if (target.startsWith(real.endsWith(sep) ? real : real + sep)) return target
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw unwritable(path, error)
  }
  throw new ActeonError(
    'INVALID_REQUEST',
    `There is no directory "${dirname(path)}" inside of the rules directory to put "${basename(path)}" into.`,
    { parameter: 'path' },
  )
}

/** All or nothing: readers see the old text or the new, also after a power failure. */
async function replaceFile(target: string, text: string, id: string, stillSo: () => Promise<void>): Promise<void> {
  // Names that begin with a dot are no rule files.
  const beside = join(dirname(target), `.${basename(target)}.${id}`)
  try {
    const mode = await stat(target).then(
      ({ mode }) => mode & 0o777,
      () => 0o644,
    )
    const handle = await open(beside, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, mode)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await stillSo()
    await rename(beside, target)
    const folder = await open(dirname(target), constants.O_RDONLY)
    await folder.sync().finally(() => folder.close())
  } catch (error) {
    await unlink(beside).catch(() => undefined)
    throw error instanceof ActeonError ? error : unwritable(basename(target), error)
  }
}

const unwritable = (path: string, error: unknown): ActeonError =>
  new ActeonError(
    'CONFLICT',
    `"${path}" cannot be written here (${(error as NodeJS.ErrnoException).code ?? String(error)}); nothing was changed. Give this server's user the right to write into the rules directory, or change the file where it comes from.`,
    {},
    { cause: error },
  )
