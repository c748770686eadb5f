import type { RuleFunction } from '../rules/calls.js'
import { compileRules, rulesInvalid, type RuleText } from '../rules/compile.js'
import { readRuleTexts } from '../rules/read.js'
import { NOT_BUILT, VERDICTS } from '../verdicts/registry.js'

/** Rule files that were read and found right by themselves. A gateway compiles them against its providers and machines. */
export interface RuleTexts {
  texts: readonly RuleText[]
  /** Where they came from, as it was named. */
  path: string
}

/**
 * Reads a rule file, or all `*.yaml` and `*.yml` under a directory, for a program that hands them to `createGateway`.
 * What is wrong in them is found here, with its file, line and column; names of providers and machines are checked by
 * the gateway, which knows them. To follow changes of the files, give the gateway `{ directory, watch: true }` instead.
 * @param path a file or directory
 * @param options.functions those that conditions may call, as the gateway is given them
 * @throws ActeonError RULES_INVALID; `errors` has one sentence for each problem
 *
 * @example
 * const gateway = await createGateway({ state: memoryState(), rules: await loadRules('rules/multi_provider.yaml') })
 */
export async function loadRules(
  path: string,
  options: { functions?: Readonly<Record<string, RuleFunction>> } = {},
): Promise<RuleTexts> {
  const { texts, problems } = await readRuleTexts(path)
  if (problems.length > 0) throw rulesInvalid(problems)
  const compiled = compileRules(texts, {
    verdicts: VERDICTS,
    notBuilt: NOT_BUILT,
    ...(options.functions !== undefined && { functions: options.functions }),
  })
  if (!compiled.ok) throw rulesInvalid(compiled.problems)
  return { texts, path }
}
