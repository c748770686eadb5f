import type { Resealed, ResealRequest } from '../../audit/store.js'
import { rewriteTexts, type TextPlace } from '../../lib/postgres-rewrite.js'
import type { Step } from './step.js'

const ID = { id: 'bigint' }
const POS = { pos: 'bigint' }

/** Where texts lie that may hold something sealed. */
const PLACES: readonly TextPlace[] = [
  { table: 'sent', key: { entry: 'bigint' }, columns: ['action'] },
  { table: 'entry', key: { seq: 'bigint' }, columns: ['outcome'] },
  { table: 'work', key: POS, columns: ['answer', 'attempts', 'context', 'origin', 'plan', 'action'] },
  { table: 'grp', key: ID, columns: ['labels', 'shared_labels'] },
  { table: 'grp_terms', key: ID, columns: ['plan', 'action', 'context', 'last_batch'] },
  { table: 'member', key: POS, columns: ['text'] },
  { table: 'event', key: ID, columns: ['labels'] },
  { table: 'event_label', key: { event: 'bigint', label: 'text' }, columns: ['value'] },
  { table: 'event_terms', key: ID, columns: ['plan', 'action', 'draft', 'facts'] },
  { table: 'dead_letter', key: POS, columns: ['error', 'attempts', 'context', 'origin', 'plan', 'action'] },
  { table: 'frame', key: { xid: 'xid8', pos: 'bigint' }, columns: ['data'] },
  { table: 'outbox', key: POS, columns: ['draft', 'changes', 'decision', 'outcome', 'gates'] },
]

/** Rewrites stored texts (`StateStore.reseal`), a piece at a time. */
export const reseal = ({ server }: Step, request: ResealRequest): Promise<Resealed> =>
  rewriteTexts((text, values) => server.read(text, values), PLACES, request)
