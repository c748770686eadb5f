import { basename, relative, sep } from 'node:path'
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
import { checkPath, removableOf, removeFile, replaceFile, targetOf } from './rule-file-writing.js'
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
  /**
   * Deletes one file, and makes the others run, on all nodes that read the same directory. Its text goes on record.
   * @param request.revision of the text that is deleted
   * @throws ActeonError RULES_INVALID (the others are not valid; nothing was deleted), CONFLICT (it was changed meanwhile, or is a link), INVALID_REQUEST (the rules are this one file)
   */
  remove(request: {
    path: string
    revision: string
    message?: string | undefined
    caller?: Caller | undefined
  }): Promise<{ path: string; version: string; loaded: number }>
}

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
    const { path, text, revision } = request
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
    const file = { path, text, revision: revisionOf(text) }
    const run = await reloaded({
      did: 'written',
      request,
      after: file.revision,
      changes,
      texts: { before: before?.text ?? null, after: text },
    })
    return { file, ...run }
  }

  async function removeNow(request: Parameters<RuleFiles['remove']>[0]): ReturnType<RuleFiles['remove']> {
    const { path, revision } = request
    checkPath(path)
    const text = (await texts()).find((file) => file.path === path)?.text
    refuseChanged(path, revision, text, 'deleted')
    const target = await removableOf(root(), path)
    const rest = await compiled([{ path, text: null }])
    if (!rest.ok) throw rulesInvalid(rest.problems)
    const changes = differing(rest.rules)
    await removeFile(target, newId(), async (taken) => {
      refuseChanged(path, revision, taken, 'deleted')
      // Another name may have led to it, and would now lead to nothing.
      const left = await compiled([])
      if (!left.ok) throw rulesInvalid(left.problems)
    })
    const run = await reloaded({
      did: 'deleted',
      request,
      after: null,
      changes,
      texts: { before: text ?? null, after: null },
    })
    return { path, ...run }
  }

  /** Makes what was changed run, and puts on record who did it. */
  async function reloaded(change: {
    did: 'written' | 'deleted'
    request: { path: string; revision: string | null; message?: string | undefined; caller?: Caller | undefined }
    after: string | null
    changes: RulesCheck['changes']
    texts: NonNullable<SystemFact['texts']>
  }): Promise<{ version: string; loaded: number }> {
    const { path, revision, message, caller } = change.request
    const { loaded, errors } = await reload()
    await record({
      action_type: 'rules_published',
      caller,
      details: {
        path,
        before: revision,
        after: change.after,
        rules_version: current().version,
        changes: change.changes,
        ...(message !== undefined && { message }),
        ...(errors.length > 0 && { errors }),
      },
      texts: change.texts,
    })
    // Somebody else wrote another file in the same moment: what is wrong is in theirs, and in `status` too.
    if (errors.length > 0)
      throw new ActeonError(
        'RULES_INVALID',
        `"${path}" was ${change.did}, but the rules could not be loaded: ${errors[0]}`,
        { errors },
      )
    return { version: current().version, loaded }
  }

  /** One change at a time. */
  function inTurn<T>(act: () => Promise<T>): Promise<T> {
    const mine = last.then(act)
    last = mine.catch(() => undefined)
    return mine
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
    publish: (request) => inTurn(() => publishNow(request)),
    remove: (request) => inTurn(() => removeNow(request)),
  }
}

/** @throws ActeonError CONFLICT */
function refuseChanged(
  path: string,
  revision: string | null,
  text: string | undefined,
  would: 'written' | 'deleted' = 'written',
): void {
  const found = text === undefined ? null : revisionOf(text)
  if (found === revision) return
  const what =
    found === null ? 'is no longer there' : revision === null ? 'is there already' : 'was changed since it was read'
  const then = would === 'written' ? 'put your change into it' : 'see whether it should still go'
  const next = found === null ? '' : ` Read it again, and ${then}.`
  throw new ActeonError('CONFLICT', `"${path}" ${what}; nothing was ${would}.${next}`, { path, revision: found })
}
