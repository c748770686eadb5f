import { relative, resolve } from 'node:path'
import type { Command } from 'commander'
import type { ExitName } from '../exit.js'
import type { Io } from '../io.js'
import type { Cli } from '../main.js'
import { jsonText } from '../render/table.js'

interface CheckOptions {
  config?: string
  json?: boolean
  strict?: boolean
}

export function define(command: Command, { io, act }: Cli): void {
  command.description('Rule files: are they right, and what do they decide? Both offline.')

  command
    .command('check')
    .description(
      'Says whether rule files are right: each error with its place, and warnings for rules that can do nothing.',
    )
    .argument('[path]', "a directory or a file; the configuration's directory, or ./rules, when absent")
    .option('-c, --config <file>', 'acteon.toml: then names of providers and state machines are checked too')
    .option('--strict', 'warnings count as errors')
    .option('--json', 'print JSON, for programs')
    .addHelpText(
      'after',
      '\nEnds with 1 when there is an error.\n\nExample:\n  acteon rules check rules/ -c acteon.toml',
    )
    .action(act((path: string | undefined, options: CheckOptions) => check(path, options, io)))

  command
    .command('test')
    .description(
      'Runs the actions of test files through rules, in order, on a clock of their own, and compares what becomes of them. Nothing is sent.',
    )
    .argument('<files...>', 'YAML: rules, and steps with an action and what is expected of it')
    .option('--json', 'print JSON, for programs')
    .addHelpText('after', TEST_HELP)
    .action(act((files: string[], options: { json?: boolean }) => test(files, options, io)))
}

const TEST_HELP = `
Ends with 1 when something is not as expected.

A test file:
  rules: ../rules                     # a rule file, or a directory; relative to this file
  config: ../acteon.toml              # optional: state machines, and names of providers
  clock: 2026-01-31T09:30:00Z         # optional: when it begins
  defaults: { namespace: shop, tenant: acme, provider: email, action_type: order_shipped }
  providers: { sms: { fails: timeout, first: 2 } }     # optional: who fails, and how
  steps:
    - name: an urgent one goes to sms
      advance: 5m                     # time that passes first; what comes due happens
      action: { payload: { priority: urgent } }
      times: 1                        # how often
      expect:                         # each of these is optional
        outcome: rerouted             # or Rerouted
        verdict: reroute
        matched_rule: urgent-goes-to-sms
        matched_rules: [urgent-goes-to-sms]
        provider: sms
        payload: { priority: urgent } # what must be in the payload that was sent
        details: { new_provider: sms }
        gates: { same-message-once: pass }
        calls: { sms: 1, email: 0 }   # in this step; each attempt counts
        sent: [{ provider: sms }]     # all of it, in order

Example:
  acteon rules test tests/*.yaml`

/** As a reader in `io.cwd` would name it, from the folder that the process is in. */
const named = (path: string, io: Io): string => relative(process.cwd(), resolve(io.cwd, path)) || '.'

async function check(path: string | undefined, options: CheckOptions, io: Io): Promise<ExitName> {
  const [{ readRuleTexts }, { compileRules, problemText }, { NOT_BUILT, VERDICTS }, { readConfig }] = await Promise.all(
    [
      import('../../rules/read.js'),
      import('../../rules/compile.js'),
      import('../../verdicts/registry.js'),
      import('../read-config.js'),
    ],
  )
  const config =
    options.config === undefined ? undefined : (await readConfig(options.config, io, { offline: true })).config
  const names = config?.providers.map(({ name }) => name) ?? []
  const anyProvider = names.includes('*')
  const { texts, problems: unread } = await readRuleTexts(named(path ?? config?.rules.directory ?? 'rules', io))
  const compiled = compileRules(texts, {
    verdicts: VERDICTS,
    notBuilt: NOT_BUILT,
    ...(config !== undefined && {
      machines: new Map(config.machines.map((machine) => [machine.name, machine])),
      ...(!anyProvider && { providers: new Set(names) }),
    }),
  })
  const problems = [...unread, ...(compiled.ok ? [] : compiled.problems)]
  const rules = compiled.ok ? compiled.rules.rules.length : 0
  const warnings = compiled.ok ? compiled.rules.warnings : []
  const failed = problems.length > 0 || (options.strict === true && warnings.length > 0)
  if (options.json === true)
    io.out(
      jsonText({
        ok: !failed,
        rules,
        files: texts.length,
        errors: problems,
        warnings,
        names_checked: config !== undefined,
      }),
    )
  else {
    for (const problem of problems) io.out(`${problemText(problem)}\n`)
    for (const warning of warnings) io.out(`warning: ${warning}\n`)
    const found = `${counted(rules, 'rule')} in ${counted(texts.length, 'file')}`
    io.out(problems.length > 0 ? `${counted(problems.length, 'error')}.\n` : `${found}: right.\n`)
    if (config === undefined)
      io.out('Names of providers and state machines were not checked: name the configuration with -c.\n')
    else if (anyProvider) io.out('Names of providers were not checked: the provider "*" takes every name.\n')
  }
  return failed ? 'failed' : 'ok'
}

async function test(files: string[], options: { json?: boolean }, io: Io): Promise<ExitName> {
  const [{ loadTest }, { runTest }, { passed, resultText }] = await Promise.all([
    import('../scenario/load.js'),
    import('../scenario/run.js'),
    import('../scenario/report.js'),
  ])
  // Every file is read before any runs: a fault in the last one should not wait for the others.
  const tests = files.map((file) => loadTest(resolve(io.cwd, file), file))
  const started = io.clock.monotonic()
  const results = []
  for (const loaded of tests) results.push(await runTest(loaded, named(loaded.folder, io), io))
  const steps = results.flatMap((result) => result.steps)
  const failed = steps.filter((step) => !passed(step)).length
  if (options.json === true)
    io.out(
      jsonText(
        results.map(({ file, steps }) => ({
          file,
          ok: steps.every(passed),
          steps: steps.map((step) => ({ ...step, ok: passed(step) })),
        })),
      ),
    )
  else {
    for (const result of results) io.out(resultText(result))
    const took = Math.round(io.clock.monotonic() - started)
    io.out(
      `\n${counted(steps.length, 'step')}, ${failed === 0 ? 'all as expected' : `${failed} not as expected`} (${took} ms)\n`,
    )
  }
  return failed === 0 ? 'ok' : 'failed'
}

const counted = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`
