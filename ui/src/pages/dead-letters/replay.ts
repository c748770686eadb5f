import { answer, api, ApiError } from '../../api/client.ts'
import { queryClient, type Scope } from '../../api/queries.ts'
import { toast, toastError } from '../../frame/toasts.tsx'
import { replayedSentence, type Bunch, type Letter, type Replayed } from './letters.ts'

const AT_ONCE = 4

/** Everything that failed at this provider in this way, also what the page does not show; says what came of it. */
export async function replayBunch({ provider, code }: Bunch, scope: Scope): Promise<void> {
  try {
    const body = await answer(api.POST('/v1/dead-letters/redeliver', { body: { ...scope, provider, code } }))
    const why = body.results.find(({ error }) => error !== undefined)?.error?.message
    say({ ...body, why }, provider)
  } catch (error) {
    toastError('The replay could not be begun', error)
  }
  await renew()
}

/** These alone. */
export async function replayLetters(letters: Letter[], force = false): Promise<void> {
  const done: Replayed = { redelivered: 0, failed: 0, refused: 0, why: undefined }
  const left = [...letters]
  const work = async (): Promise<void> => {
    for (let letter = left.shift(); letter !== undefined; letter = left.shift()) {
      try {
        const outcome = await answer(
          api.POST('/v1/dead-letters/{id}/redeliver', { params: { path: { id: letter.id } }, body: { force } }),
        )
        const failed = typeof outcome === 'object' && ('Failed' in outcome || 'CircuitOpen' in outcome)
        done[failed ? 'failed' : 'redelivered']++
      } catch (error) {
        done.refused++
        done.why ??= error instanceof ApiError || error instanceof Error ? error.message : String(error)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, left.length) }, work))
  say(done, letters[0]?.provider ?? '')
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
