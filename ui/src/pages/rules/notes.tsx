import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { usePlace } from '../../frame/url.ts'
import { count, plural, time } from '../../lib/formats.ts'
import type { RuleHelp } from '../../parts/rule-editing.ts'
import { asked, useRuleFile, type Job, type PartCounts } from './asking.ts'
import { draftOf, isChanged } from './drafts.ts'
import type { useActivity } from './reading.ts'
import { partNotes, ruleLines } from './words.ts'

/** What stands in the text, and which actions it was counted over. */
export interface Notes {
  notes: RuleHelp['notes']
  counts: PartCounts | undefined
}

/**
 * What stands in the text: behind each rule's name how many it decided in a day, or in a replay, before and after; behind
 * each part of its condition for how many it held.
 */
export function useNotes(
  rule: string | undefined,
  activity: ReturnType<typeof useActivity>,
  job?: Job | undefined,
  named?: string,
): Notes {
  const { scope } = usePlace()
  const { file } = useRuleFile(rule, named)
  const draft = file == null ? undefined : draftOf(file)
  const path = draft?.base.path ?? ''
  const known = activity !== undefined
  // What was counted are the lines of what runs: of a text that is being changed they would be others.
  const asRuns = draft !== undefined && job === undefined && !isChanged(draft)
  const running = useQuery({ ...asked.parts(path, scope), enabled: asRuns })
  const replayed = useQuery({
    ...asked.replayParts(job?.id ?? '', path),
    enabled: draft !== undefined && job !== undefined,
  })
  const counts = job !== undefined ? replayed.data : asRuns ? running.data : undefined
  const rules = counts?.rules.filter(
    ({ file, revision }) => file === path && (job !== undefined || revision === draft?.base.revision),
  )
  // Asked anew only when its figures differ: the editor need not be told the same again.
  const said = [
    // What is new decided nothing yet.
    ...((known && draft?.base.revision !== null) || job !== undefined
      ? ruleLines(draft?.text ?? '').map(({ name, line }) => ({ line, ...noteOf(name, activity, job) }))
      : []),
    ...(counts === undefined || counts.actions === 0 ? [] : partNotes(rules ?? [])),
  ]
  const key = JSON.stringify(said)
  return { notes: useMemo(() => JSON.parse(key) as RuleHelp['notes'], [key]), counts }
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

/** What the figures in the text are counted over. */
export function CountedOver({ counts, replayed }: { counts: PartCounts | undefined; replayed: boolean }) {
  if (counts === undefined) return null
  const { actions, from, whole } = counts
  if (actions === 0) return <p className="hint">Nothing arrived in the last 24 hours, so no condition was counted.</p>
  const which = replayed
    ? `${plural(actions, 'action')} that ${actions === 1 ? 'was' : 'were'} replayed`
    : whole
      ? `${plural(actions, 'action')} of the last 24 hours`
      : `newest ${plural(actions, 'action')}, since ${time(Date.parse(from), { now: Date.now() })}`
  return (
    <p className="hint">
      Behind each condition stands for how many actions it held, of those for which it was looked at
      {replayed && '; where that differs, under the rules that run → under these'}. Counted over the {which}.
    </p>
  )
}
