import { ActeonError } from '../../lib/errors.js'
import type { Conflict, Op, Page, StoredRecord } from '../store.js'
import { opOf } from './server.js'
import type { Step } from './step.js'
import { numberOf, numberOrNull, parsed, textOf } from './text.js'

const recordOf = (kind: string, name: string, text: string): StoredRecord => ({
  kind,
  name,
  ...parsed<Pick<StoredRecord, 'version' | 'at' | 'value'>>(text),
})

export async function readRecord({ server }: Step, kind: string, name: string): Promise<StoredRecord | null> {
  const [text] = await server.run('record', 'global', { kind, name })
  return text === '' ? null : recordOf(kind, name, textOf(text))
}

export async function casRecord(
  { server }: Step,
  request: Op & { kind: string; name: string; version: number; value: unknown },
): Promise<StoredRecord | Conflict> {
  const { kind, name, version, value } = request
  const asked = { ...opOf(request), kind, name, version, removes: value === null }
  const [said, at, now] = await server.run('write_record', 'global', asked, JSON.stringify(value))
  if (said === 'conflict') return { kind: 'conflict', version: numberOrNull(textOf(at)) }
  return { kind, name, version: numberOf(at), value, at: numberOf(now) }
}

const DEFAULT_LIMIT = 100
const MOST = 1_000

/** Records of a kind by name. A cursor is the last name before, in base64. */
export async function listRecords(
  { server }: Step,
  kind: string,
  page: { cursor?: string; limit?: number } = {},
): Promise<Page<StoredRecord>> {
  const limit = Math.min(MOST, Math.max(1, page.limit ?? DEFAULT_LIMIT))
  const after = page.cursor === undefined ? '' : Buffer.from(page.cursor, 'base64url').toString('utf8')
  if (page.cursor !== undefined && Buffer.from(after, 'utf8').toString('base64url') !== page.cursor)
    throw new ActeonError(
      'INVALID_REQUEST',
      'The cursor is none of this list; use the next_cursor of the page before, or none.',
    )
  const found = await server.run('list_records', 'global', { kind, after, limit: limit + 1 })
  const all: StoredRecord[] = []
  for (let i = 0; i < found.length; i += 2) all.push(recordOf(kind, textOf(found[i]), textOf(found[i + 1])))
  const items = all.slice(0, limit)
  return all.length <= limit
    ? { items }
    : { items, next_cursor: Buffer.from(items.at(-1)!.name, 'utf8').toString('base64url') }
}

/** Takes permits of a rate (`StateStore.take`). */
export async function takePermits(
  { server }: Step,
  request: Op & { name: string; per_second: number; count: number },
): Promise<{ granted: number; retry_after_ms: number }> {
  const { name, per_second, count } = request
  const [, granted, wait] = await server.run('take', 'global', { ...opOf(request), name, per_second, count })
  return { granted: numberOf(granted), retry_after_ms: numberOf(wait) }
}
