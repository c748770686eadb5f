import type { Cancel, Clock } from '../lib/clock.js'
import { ActeonError } from '../lib/errors.js'
import type { StateStore } from '../state/store.js'

const KIND = 'revoked_token'
const READ_EVERY_MS = 500
/** A node that has not read the list for so long no longer believes tokens. */
const STALE_MS = 5_000
const PAGE = 1_000
/** The deadline is on the store's clock, which may be ahead of ours. */
const WITHIN_MS = 60_000

type Records = Pick<StateStore, 'listRecords' | 'casRecord'>

/**
 * Tokens that were logged out, until they would have expired anyway: records in the state store, which every node reads
 * twice a second.
 */
export async function openRevoked(
  state: Records,
  { clock, newId, onChange }: { clock: Clock; newId: () => string; onChange: () => void },
) {
  let revoked = new Map<string, number>()
  let readAt = clock.monotonic()
  let cancel: Cancel = () => {}
  let stopped = false

  const operation = () => ({ token: newId(), deadline: clock.now() + WITHIN_MS })

  async function read(): Promise<void> {
    const found = new Map<string, number>()
    const began = clock.monotonic()
    let cursor: string | undefined
    do {
      const page = await state.listRecords(KIND, { limit: PAGE, ...(cursor !== undefined && { cursor }) })
      for (const { name, version, value } of page.items) {
        const until = Number(value)
        if (until > clock.now()) found.set(name, until)
        else await state.casRecord({ ...operation(), kind: KIND, name, version, value: null })
      }
      cursor = page.next_cursor
    } while (cursor !== undefined)
    const news = [...found.keys()].some((jti) => !revoked.has(jti))
    revoked = found
    readAt = began
    if (news) onChange()
  }
  const again = (): void => {
    if (stopped) return
    cancel = clock.after(READ_EVERY_MS, () => {
      // The store's own troubles are told elsewhere; here they show when the list has become too old.
      void read()
        .catch(() => undefined)
        .then(again)
    })
  }
  await read()
  again()
  const isStale = (): boolean => clock.monotonic() - readAt > STALE_MS
  let refreshing: Promise<void> | null = null

  return {
    /** Reads the list where it has become too old to be believed, as after a pause of the whole process. */
    async refresh(): Promise<void> {
      if (!isStale()) return
      // That it could not be read is told by `has`.
      refreshing ??= read()
        .catch(() => undefined)
        .finally(() => (refreshing = null))
      await refreshing
    },
    /** @throws ActeonError STATE_UNAVAILABLE while nobody knows which tokens were logged out */
    has(jti: string): boolean {
      if (isStale())
        throw new ActeonError(
          'STATE_UNAVAILABLE',
          'The state store does not say which logins were ended, so none is believed; try again.',
          {},
          { retryAfterMs: 1_000 },
        )
      return (revoked.get(jti) ?? 0) > clock.now()
    },
    async add(jti: string, expires_at: number): Promise<void> {
      await state.casRecord({ ...operation(), kind: KIND, name: jti, version: 0, value: expires_at })
      revoked.set(jti, expires_at)
      onChange()
    },
    stop(): void {
      stopped = true
      cancel()
    },
  }
}
export type Revoked = Awaited<ReturnType<typeof openRevoked>>
