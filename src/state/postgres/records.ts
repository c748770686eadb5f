import { ActeonError } from '../../lib/errors.js'
import type { Conflict, Op, Page, StoredRecord } from '../store.js'
import { limitOf } from './lists.js'
import { opOf } from './server.js'
import type { Step } from './step.js'
import { escaped, plain, stored } from '../../lib/postgres-text.js'

type RecordRow = Omit<StoredRecord, 'value'> & { value: string }

const shown = ({ value, ...row }: RecordRow): StoredRecord => ({ ...plain(row), value: stored(value) })

export async function readRecord({ server }: Step, kind: string, name: string): Promise<StoredRecord | null> {
  const [found] = await server.read<{ row: RecordRow }>(
    'SELECT to_jsonb(r) AS row FROM acteon.record r WHERE r.kind = $1 AND r.name = $2',
    [escaped(kind), escaped(name)],
  )
  return found === undefined ? null : shown(found.row)
}

export async function casRecord(
  { server }: Step,
  request: Op & { kind: string; name: string; version: number; value: unknown },
): Promise<StoredRecord | Conflict> {
  const { kind, name, version, value } = request
  const answer = await server.call<{ version: number; at: number } | { conflict: true; version: number | null }>(
    'cas_record',
    { ...opOf(request, server), kind, name, version, value: value === null ? null : JSON.stringify(value) },
  )
  if ('conflict' in answer) return { kind: 'conflict', version: answer.version }
  return { kind, name, value, ...answer }
}

/** Records of a kind by name. A cursor is the last name before, in base64. */
export async function listRecords(
  { server }: Step,
  kind: string,
  page: { cursor?: string; limit?: number } = {},
): Promise<Page<StoredRecord>> {
  const limit = limitOf(page.limit)
  const after = page.cursor === undefined ? '' : Buffer.from(page.cursor, 'base64url').toString('utf8')
  if (page.cursor !== undefined && Buffer.from(after, 'utf8').toString('base64url') !== page.cursor)
    throw new ActeonError(
      'INVALID_REQUEST',
      'The cursor is none of this list; use the next_cursor of the page before, or none.',
    )
  const rows = await server.read<{ row: RecordRow }>(
    'SELECT to_jsonb(r) AS row FROM acteon.record r WHERE r.kind = $1 AND r.name > $2 ORDER BY r.name LIMIT $3',
    [escaped(kind), escaped(after), limit + 1],
  )
  const items = rows.slice(0, limit).map(({ row }) => shown(row))
  return rows.length <= limit
    ? { items }
    : { items, next_cursor: Buffer.from(items.at(-1)!.name, 'utf8').toString('base64url') }
}

/** Takes permits of a rate. */
export const takePermits = (
  { server }: Step,
  request: Op & { name: string; per_second: number; count: number },
): Promise<{ granted: number; retry_after_ms: number }> => {
  const { name, per_second, count } = request
  return server.call('take_permits', { ...opOf(request, server), name, per_second, count })
}
