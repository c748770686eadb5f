import { useMemo } from 'react'
import { count } from '../../lib/formats.ts'
import type { RuleHelp } from '../../parts/rule-editing.ts'
import type { Job } from './asking.ts'
import { useRuleFile } from './asking.ts'
import { draftOf } from './drafts.ts'
import type { useActivity } from './reading.ts'
import { ruleLines } from './words.ts'

/** What stands in the text behind each rule's name: how many it decided in a day, or in a replay, before and after. */
export function useNotes(
  rule: string | undefined,
  activity: ReturnType<typeof useActivity>,
  job?: Job | undefined,
  named?: string,
): RuleHelp['notes'] {
  const { file } = useRuleFile(rule, named)
  const text = file == null ? '' : draftOf(file).text
  const known = activity !== undefined
  // Asked anew only when its figures differ: the editor need not be told the same again.
  const said = ruleLines(text).map(({ name, line }) => ({ line, ...noteOf(name, activity, job) }))
  const key = JSON.stringify(said)
  return useMemo(() => (known || job !== undefined ? (JSON.parse(key) as RuleHelp['notes']) : []), [key, known, job])
}

function noteOf(
  name: string,
  activity: ReturnType<typeof useActivity>,
  job: Job | undefined,
): { text: string; changes: boolean } {
  if (job === undefined) return { text: `${count(activity?.of(name)?.count ?? 0)} in 24 h`, changes: false }
  const { real = 0, new: now = 0 } = job.rules.find((rule) => rule.name === name) ?? {}
  return { text: real === now ? count(now) : `${count(real)} → ${count(now)}`, changes: real !== now }
}
