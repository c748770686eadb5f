import type { Shape } from '../../api/client.ts'
import { NAMES } from '../../lib/action-names.ts'
import type { Told } from '../../story/shapes.ts'
import { foresee, type Foreseen } from '../rules/words.ts'

type Outcome = Shape['Outcome']
type DryRun = Extract<Outcome, { DryRun: unknown }>['DryRun']
type StoryRules = NonNullable<Told['steps'][number]['rules']>

/** What a dry run says, for people. */
export interface Preview {
  foreseen: Foreseen
  rules: StoryRules
  /** What would be sent, when the rules changed it. */
  payload: unknown
}

/** @returns null when the answer is that of no dry run */
export function previewOf(outcome: Outcome, wanted: string): Preview | null {
  if (typeof outcome !== 'object' || !('DryRun' in outcome)) return null
  const { verdict, matched_rule, would_be_provider, gates, payload, trace } = outcome.DryRun as DryRun
  const refusing = gates.find(({ would }) => would === 'refuse')
  return {
    foreseen: foresee(verdict, matched_rule, would_be_provider, wanted, refusing?.rule ?? null),
    rules: (trace as { rules?: StoryRules } | undefined)?.rules ?? [],
    payload,
  }
}

/** What the button says: it names whom it sends to, where that is known. */
export const sendTitle = (preview: Preview | null, provider: string): string => {
  const target = preview === null ? provider : preview.foreseen.target
  return target === null || target === '' ? 'Hand it in' : `Send to ${target}`
}

/** A past action as one that can be sent again by hand: its own id and times are left out. */
export function copyOf({
  entry,
  records: [record],
}: {
  entry: { action: unknown } | null
  records: Shape['AuditRecord'][]
}): Record<string, unknown> {
  const asked = (record?.verdict_details as { original_provider?: unknown } | undefined)?.original_provider
  const sent = (entry?.action ?? {
    ...record,
    provider: asked ?? record?.provider,
    payload: record?.action_payload,
    metadata: Object.fromEntries(Object.entries(record?.metadata ?? {}).filter(([name]) => !name.startsWith('__'))),
  }) as Record<string, unknown>
  const copied = [...NAMES, 'payload', 'metadata', 'dedup_key', 'status', 'fingerprint'] as const
  return Object.fromEntries(
    copied.flatMap((name) => {
      const value = sent[name]
      const empty = value === undefined || value === null || (name === 'metadata' && Object.keys(value).length === 0)
      return empty ? [] : [[name, value]]
    }),
  )
}

/** The id in an answer. */
export const idIn = (outcome: Outcome): string | undefined => {
  if (typeof outcome !== 'object') return undefined
  const [fields] = Object.values(outcome) as ({ action_id?: string } | null)[]
  return fields?.action_id
}
