import { answer, api, ApiError } from '../../api/client.ts'
import { queryClient } from '../../api/queries.ts'
import type { Asked } from '../../api/traffic.ts'
import { toast, toastError } from '../../frame/toasts.tsx'
import { replayedSentence, type Bunch, type Letter, type Replayed } from './letters.ts'

/**
 * What failed at this provider in this way, in one request; says what came of it.
 * @param letters these alone; undefined: all of the filter that nothing speaks against, also what the page does not show
 */
export async function replayBunch({ provider, code }: Bunch, { scope, q }: Asked, letters?: Letter[]): Promise<void> {
  try {
    const which = letters === undefined ? { q, worthwhile: true } : { ids: letters.map(({ id }) => id) }
    const body = await answer(api.POST('/v1/dead-letters/redeliver', { body: { ...scope, provider, code, ...which } }))
    const why = body.results.find(({ error }) => error !== undefined)?.error?.message
    say({ ...body, why }, provider)
  } catch (error) {
    toastError('The replay could not be begun', error)
  }
  await renew()
}

/** This one; `force`: although another action holds its dedup key. */
export async function replayLetter(letter: Letter, force = false): Promise<void> {
  const done: Replayed = { redelivered: 0, failed: 0, refused: 0, why: undefined }
  try {
    const outcome = await answer(
      api.POST('/v1/dead-letters/{id}/redeliver', { params: { path: { id: letter.id } }, body: { force } }),
    )
    const failed = typeof outcome === 'object' && ('Failed' in outcome || 'CircuitOpen' in outcome)
    done[failed ? 'failed' : 'redelivered']++
  } catch (error) {
    done.refused++
    done.why = error instanceof ApiError || error instanceof Error ? error.message : String(error)
  }
  say(done, letter.provider)
  await renew()
}

function say(done: Replayed, provider: string): void {
  toast(replayedSentence(done, provider), {
    ...(done.why !== undefined && { description: done.why }),
    error: done.failed + done.refused > 0,
  })
}

/** What a replay or a discard changes. */
export const renew = async (): Promise<void> => {
  await Promise.all(
    ['dead-letters', 'providers', 'story', 'traffic'].map((name) =>
      queryClient.invalidateQueries({ queryKey: [name] }),
    ),
  )
}
