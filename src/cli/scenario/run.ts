import { join } from 'node:path'
import { outcomeWord, type Outcome } from '../../action/outcome.js'
import type { AuditRecord } from '../../audit/record.js'
import { loadConfig } from '../../config/load.js'
import { loadRules } from '../../gateway/load-rules.js'
import { ActeonError } from '../../lib/errors.js'
import {
  createSimulation,
  failing,
  type RecordingProvider,
  type Simulation,
  type SimulationOptions,
} from '../../testing/index.js'
import type { Io } from '../io.js'
import type { LoadedTest } from './load.js'
import { mismatches, type Happened } from './match.js'
import type { StepResult, TestResult } from './report.js'
import type { Expectation, Step, TestFile } from './schema.js'

/**
 * Runs a test: its rules in a gateway of their own, on memory and virtual time, with providers that only record.
 * @param folder of the test, as it is named in errors of its rules
 * @throws ActeonError RULES_INVALID, CONFIG_INVALID when what it names is not right
 */
export async function runTest(loaded: LoadedTest, folder: string, io: Pick<Io, 'env'>): Promise<TestResult> {
  const { test } = loaded
  const config =
    test.config === undefined
      ? undefined
      : (await loadConfig(join(folder, test.config), { env: io.env, cwd: process.cwd(), offline: true })).config
  const names = config?.providers.map(({ name }) => name) ?? ['*']
  const providers = providersOf(names, test.providers ?? {})
  const simulation = await createSimulation({
    rules: await loadRules(join(folder, test.rules)),
    providers,
    ...(test.clock !== undefined && { start: test.clock }),
    ...(config !== undefined && {
      machines: config.machines,
      executor: config.executor,
      redact: config.audit.redact,
      onRuleError: config.rules.on_error,
      limits: config.limits,
      terms: Object.fromEntries(config.providers.map(({ name, terms }) => [name, terms])),
    }),
  })
  try {
    return await runSteps(
      loaded,
      simulation,
      Object.keys(providers).map((name) => simulation.provider(name)),
    )
  } finally {
    await simulation.close()
  }
}

/** Those that a configuration has (else one that stands for every name), and those that shall fail. */
function providersOf(names: string[], failures: NonNullable<TestFile['providers']>): SimulationOptions['providers'] {
  const broken = Object.entries(failures).map(([name, { fails, first }]) => [
    name,
    first === undefined ? failing.always(fails) : failing.firstN(first, fails),
  ])
  return { ...Object.fromEntries(names.map((name) => [name, 'recording' as const])), ...Object.fromEntries(broken) }
}

/**
 * Runs the steps of a test, in order, on a simulation's virtual time. A step that fails does not stop the ones after it.
 * @param providers those that the simulation has; all of them record
 */
async function runSteps(
  { file, test, placeOf }: LoadedTest,
  simulation: Simulation,
  providers: RecordingProvider[],
): Promise<TestResult> {
  const steps: StepResult[] = []
  for (const [i, step] of test.steps.entries()) {
    const result = await runStep(step, test.defaults ?? {}, simulation, providers)
    steps.push({ step: i + 1, name: nameOf(step, i), place: placeOf(['steps', i]), ...result })
  }
  return { file, steps }
}

async function runStep(
  { advance, action, times = 1, expect = {} }: Step,
  defaults: Record<string, unknown>,
  simulation: Simulation,
  providers: RecordingProvider[],
): Promise<Pick<StepResult, 'mismatches' | 'refused' | 'trace'>> {
  const { sent, calls, ...each } = expect
  const whole = sentSince(providers)
  if (advance !== undefined) await simulation.advance(advance)
  for (let n = 0; action !== undefined && n < times; n++) {
    const one = await dispatchOne({ ...defaults, ...action }, each, simulation, providers)
    if (one.mismatches.length > 0 || one.refused !== undefined)
      return { ...one, mismatches: times === 1 ? one.mismatches : counted(one.mismatches, n + 1) }
  }
  const rest: Expectation = { ...(action === undefined && each), ...(sent && { sent }), ...(calls && { calls }) }
  return { mismatches: mismatches(rest, { sent: whole() }) }
}

async function dispatchOne(
  action: Record<string, unknown>,
  expect: Expectation,
  simulation: Simulation,
  providers: RecordingProvider[],
): Promise<Pick<StepResult, 'mismatches' | 'refused' | 'trace'>> {
  const since = sentSince(providers)
  let outcome: Outcome
  try {
    outcome = await simulation.dispatch(action)
    await simulation.settle()
  } catch (error) {
    if (error instanceof ActeonError) return { mismatches: [], refused: error.message }
    throw error
  }
  const records = await simulation.audit.ofAction(outcome.action_id ?? '', {})
  const record = records.findLast(({ kind }) => kind === 'dispatch')
  const found = mismatches(expect, { ...(record && { decision: decisionOf(outcome, record) }), sent: since() })
  return { mismatches: found, ...(record !== undefined && { trace: record.trace }) }
}

function decisionOf({ type, ...details }: Outcome, record: AuditRecord): NonNullable<Happened['decision']> {
  const { verdict, matched_rule, matched_rules, provider, trace } = record
  const gates = trace.gates.map(({ rule, would }) => ({ rule, would }))
  return { outcome: outcomeWord(type), details, verdict, matched_rule, matched_rules, provider, gates }
}

/** Answers, when called, what the providers were given since now. */
function sentSince(providers: RecordingProvider[]): () => Happened['sent'] {
  const before = providers.map(({ calls }) => calls.length)
  return () =>
    providers
      .flatMap(({ calls }, i) => calls.slice(before[i]))
      .sort((a, b) => a.at - b.at)
      .map(({ action: { provider, action_type, payload } }) => ({ provider, action_type, payload }))
}

const counted = (found: StepResult['mismatches'], n: number): StepResult['mismatches'] =>
  found.map((one) => ({ ...one, found: `${one.found} (in repetition ${n})` }))

const nameOf = ({ name, advance, action }: Step, i: number): string =>
  name ?? (action === undefined ? `${advance ?? 'nothing'} pass` : `step ${i + 1}`)
