import { startLoop } from '../jobs/loop.js'
import type { Clock } from '../lib/clock.js'
import { ActeonError } from '../lib/errors.js'
import { nearest } from '../lib/suggest.js'
import {
  compileRules,
  problemText,
  rulesInvalid,
  type RuleLanguage,
  type RuleProblem,
  type RuleText,
} from '../rules/compile.js'
import { readRuleTexts } from '../rules/read.js'
import { reaches } from '../rules/reach.js'
import { ruleSet, withSwitches, type Rule, type RuleSet } from '../rules/ruleset.js'
import { watchFiles } from '../lib/watch.js'
import type { StateStore, StoredRecord } from '../state/store.js'
import { ruleFiles, type RuleFiles } from './rule-files.js'
import type { SystemFact } from './system-records.js'
import type { Ask } from './ask.js'
import type { Caller, DifferingNode, GatewayRules, Observer, RuleView } from './gateway.js'

/** Rules that are there already, or a directory (or file) that is read, and watched if asked. */
export type RuleSource = { texts: readonly RuleText[] } | { directory: string; watch?: boolean }

/** The rules that run, and how they change. */
export interface RunningRules extends GatewayRules {
  current(): RuleSet
  /** What the files of this node say, without the switches, which all nodes share. */
  digest(): string
  /**
   * Compiles the files that run for other providers and state machines.
   * @returns what makes the result run
   * @throws ActeonError RULES_INVALID when a rule names what is no longer there; nothing is changed
   */
  prepare(language: RuleLanguage): () => void
  /** Looks for switches and reloads of other nodes now. */
  look(): void
  stop(): Promise<void>
}

const SWITCH = 'rule-switch'
const REVISION = 'revision'
/** Switches of other nodes hold within 2 s, reloads within 5 s. */
export const LOOK_EVERY_MS = 1_000

/**
 * Loads the rules and keeps them: reload and hot reload replace all or none; switches are records in the store, looked
 * at once a second; a reload raises a revision there, at which every node rereads its own files.
 * @throws ActeonError RULES_INVALID when they do not load at first
 */
export async function runRules(parts: {
  source: RuleSource
  language: RuleLanguage
  state: StateStore
  ask: Ask
  clock: Clock
  observer: Observer
  record: (fact: SystemFact) => Promise<void>
  newId: () => string
  lookEveryMs: number
  /** Nodes that run other rules. */
  differing: () => DifferingNode[]
}): Promise<RunningRules> {
  const { source, state, ask, clock, observer, lookEveryMs } = parts
  let { language } = parts
  let texts: readonly RuleText[] = []
  let fromFiles: RuleSet = ruleSet([])
  let current: RuleSet = fromFiles
  let loadedAt = clock.now()
  let errors: string[] = []
  let switches = new Map<string, boolean>()
  let revision = 0
  let reloading: Promise<RuleProblem[]> | null = null

  const directory = 'directory' in source ? source.directory : ''

  function apply(): void {
    const next = withSwitches(fromFiles, switches)
    if (next.version !== current.version) current = next
  }

  /** What is wrong, or nothing, and then the new rules run. */
  async function load(): Promise<RuleProblem[]> {
    const read =
      'directory' in source ? await readRuleTexts(source.directory) : { texts: [...source.texts], problems: [] }
    if (read.problems.length > 0) return read.problems
    const compiled = compileRules(read.texts, language)
    if (!compiled.ok) return compiled.problems
    texts = read.texts
    fromFiles = compiled.rules
    current = withSwitches(fromFiles, switches)
    loadedAt = clock.now()
    return []
  }

  /** One at a time: a request that comes during a reload begins another after it, because files may have changed since. */
  async function loadOnce(): Promise<RuleProblem[]> {
    while (reloading !== null) await reloading
    reloading = load()
    try {
      const before = current.version
      const problems = await reloading
      errors = problems.map(problemText)
      if (problems.length > 0)
        observer.log?.('error', 'rules: the files were refused, the rules that ran go on running', { errors })
      else if (current.version !== before) tellLoaded()
      return problems
    } finally {
      reloading = null
    }
  }

  function tellLoaded(): void {
    observer.log?.('info', `rules: ${current.rules.length} loaded`, { version: current.version })
    for (const warning of current.warnings) observer.log?.('warn', `rules: ${warning}`)
  }

  async function look(): Promise<void> {
    const [found, raised] = await Promise.all([allSwitches(), state.readRecord(REVISION, 'rules')])
    switches = found
    apply()
    if (raised !== null && raised.version > revision) {
      revision = raised.version
      if ('directory' in source) await loadOnce()
    }
  }

  async function allSwitches(): Promise<Map<string, boolean>> {
    const found = new Map<string, boolean>()
    for (let cursor: string | undefined; ;) {
      const page = await state.listRecords(SWITCH, { ...(cursor !== undefined && { cursor }), limit: 1_000 })
      for (const { name, value } of page.items) found.set(name, (value as { enabled: boolean }).enabled)
      cursor = page.next_cursor
      if (cursor === undefined) return found
    }
  }

  const problems = await load()
  if (problems.length > 0) throw rulesInvalid(problems)
  tellLoaded()
  revision = (await state.readRecord(REVISION, 'rules'))?.version ?? 0
  await look()
  const looking = startLoop({
    clock,
    step: () => look().then(() => lookEveryMs),
    failed: (error) => observer.log?.('warn', 'rules: switches could not be read', { error: String(error) }),
  })
  const unwatch =
    'directory' in source && source.watch === true
      ? watchFiles(source.directory, clock, () => void loadOnce().catch(reloadFailed))
      : async () => {}

  function reloadFailed(error: unknown): void {
    errors = [String(error)]
    observer.log?.('error', 'rules: the files could not be read, the rules that ran go on running', {
      error: String(error),
    })
  }

  async function raiseRevision(): Promise<void> {
    for (;;) {
      const stored = await state.readRecord(REVISION, 'rules')
      const raised = await write(REVISION, 'rules', stored, { at: clock.now() })
      if (raised === null) continue
      revision = raised.version
      return
    }
  }

  /** null: somebody was faster. */
  async function write(
    kind: string,
    name: string,
    stored: StoredRecord | null,
    value: unknown,
  ): Promise<StoredRecord | null> {
    const written = await ask('casRecord', 'until-known', (op) =>
      state.casRecord({ ...op, kind, name, version: stored?.version ?? 0, value }),
    )
    return written.kind === 'conflict' ? null : (written as StoredRecord)
  }

  /** A switch ends with its rule. */
  async function dropOrphans(): Promise<void> {
    const names = new Set(fromFiles.rules.map(({ name }) => name))
    for (const name of switches.keys()) {
      if (names.has(name)) continue
      await write(SWITCH, name, await state.readRecord(SWITCH, name), null)
      switches.delete(name)
    }
  }

  async function reload(): ReturnType<GatewayRules['reload']> {
    const found = await loadOnce()
    if (found.length === 0 && 'directory' in source) {
      await dropOrphans()
      await raiseRevision()
    }
    const loaded = current.rules.length
    return { loaded, reloaded: found.length === 0 ? loaded : 0, errors: found.map(problemText), directory }
  }

  const files: RuleFiles = ruleFiles({
    directory: 'directory' in source ? directory : null,
    language: () => language,
    current: () => current,
    switched: (rules) => withSwitches(rules, switches),
    reload,
    record: parts.record,
    newId: parts.newId,
  })

  return {
    files,
    current: () => current,
    digest: () => fromFiles.version,
    prepare(next) {
      const compiled = compileRules([...texts], next)
      if (!compiled.ok) throw rulesInvalid(compiled.problems)
      return () => {
        language = next
        fromFiles = compiled.rules
        current = withSwitches(fromFiles, switches)
      }
    },
    look: looking.wake,
    list: () => current.rules.map(viewOf),
    findings: () => current.findings,
    reaches(name, from) {
      const rule = current.rules.find((rule) => rule.name === name)
      return rule !== undefined && reaches(rule, from)
    },
    status: () => ({
      version: current.version,
      loaded: current.rules.length,
      loaded_at: new Date(loadedAt).toISOString(),
      errors,
      warnings: [...current.warnings],
      differing_nodes: parts.differing(),
    }),
    reload,
    async setEnabled(name, enabled, caller?: Caller) {
      const names = current.rules.map((rule) => rule.name)
      if (!names.includes(name)) {
        const suggestion = nearest(name, names)
        const hint = suggestion === undefined ? '' : ` Did you mean "${suggestion}"?`
        throw new ActeonError('NOT_FOUND', `There is no rule "${name}".${hint}`)
      }
      const value = enabled === null ? null : { enabled, by: caller?.id ?? 'anonymous' }
      const before = current.rules.find((rule) => rule.name === name)!.switched
      for (let written: StoredRecord | null | undefined; written == null;) {
        const stored = await state.readRecord(SWITCH, name)
        if (stored === null && value === null) break
        written = await write(SWITCH, name, stored, value)
      }
      switches = new Map(switches)
      if (enabled === null) switches.delete(name)
      else switches.set(name, enabled)
      apply()
      if (before !== enabled)
        await parts.record({ action_type: 'rule_switched', caller, details: { rule: name, before, switched: enabled } })
      return viewOf(current.rules.find((rule) => rule.name === name)!)
    },
    async stop() {
      // A look at a store that hangs is not waited for.
      void looking.stop()
      await unwatch()
      await reloading
    },
  }
}

const viewOf = ({
  name,
  priority,
  enabled,
  switched,
  description,
  condition,
  verdict,
  file,
  line,
}: Rule): RuleView => ({
  name,
  priority,
  enabled,
  switched,
  description,
  condition: condition.display,
  verdict: verdict.word,
  file,
  line,
})
