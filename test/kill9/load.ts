import type { Outcome } from '../../src/action/outcome.js'
import { outcomeFromWire, type WireOutcome } from '../../src/action/outcome.js'
import { pause } from '../server.js'
import { KINDS, SCOPE, STATES, type Kind } from './setup.js'

/** One action of the load, and what its caller was told in the end. */
export interface Sent {
  id: string
  kind: Kind
  /** What its rule tells apart: the dedup key, the throttle's key, the group, the event. */
  key: string
  /** The same bytes at each sending. */
  body: string
  /** How often it was sent until there was an answer. */
  sendings: number
  /** null: not answered yet. */
  outcome: Outcome | null
  answeredAt: number
}

export interface Load {
  sent: Sent[]
  /** Answers that no fault explains: sentences. */
  wrong: string[]
  /** Connections that broke before there was an answer. */
  broken: string[]
  /** Takes no new actions, and waits until each one that was begun has its answer. */
  finish(): Promise<void>
}

/** Callers that each send one action after another to any node, and repeat it with its id until it is answered. */
export function startLoad(urls: string[], random: () => number, callers: number): Load {
  const sent: Sent[] = []
  const wrong: string[] = []
  const broken: string[] = []
  let ended = false
  let count = 0

  const caller = async (): Promise<void> => {
    while (!ended) {
      const action = nextAction(random, count++)
      sent.push(action)
      await untilAnswered(() => urls[Math.floor(random() * urls.length)]!, action, { wrong, broken })
      await pause(random() * 20)
    }
  }
  const running = Array.from({ length: callers }, caller)
  return {
    sent,
    wrong,
    broken,
    async finish() {
      ended = true
      await Promise.all(running)
    },
  }
}

function nextAction(random: () => number, n: number): Sent {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
  const kind = pick(KINDS)
  // A handful of actions meet on each dedup key; the others on a few keys all the time.
  const key = kind === 'deduplicated' ? `d${Math.floor(n / 60)}` : `k${Math.floor(random() * 3)}`
  const id = `${kind}-${n}`
  const body = JSON.stringify({
    ...SCOPE,
    id,
    provider: 'main',
    action_type: kind,
    payload: { ref: id, key, text: 'x'.repeat(random() * 400) },
    ...(kind === 'deduplicated' && { dedup_key: key }),
    ...(kind === 'tracked' && { status: pick(STATES) }),
  })
  return { id, kind, key, body, sendings: 0, outcome: null, answeredAt: 0 }
}

async function untilAnswered(
  anyUrl: () => string,
  action: Sent,
  { wrong, broken }: Pick<Load, 'wrong' | 'broken'>,
): Promise<void> {
  const giveUpAt = Date.now() + 60_000
  while (Date.now() < giveUpAt) {
    action.sendings++
    try {
      const answer = await post(anyUrl(), action.body)
      const body = (await answer.json()) as WireOutcome & { code?: string; message?: string }
      if (answer.status === 200) {
        action.answeredAt = Date.now()
        action.outcome = outcomeFromWire(body)
        return
      }
      const mayPass = answer.status === 503 || (answer.status === 409 && body.code === 'IN_PROGRESS')
      if (!mayPass) {
        wrong.push(`${action.id} was answered ${answer.status} ${JSON.stringify(body)}`)
        return
      }
    } catch (error) {
      // No connection, or one that broke: nobody knows what became of it, so it is sent again.
      const { code } = ((error as Error).cause ?? error) as { code?: string }
      if (code !== 'ECONNREFUSED') broken.push(`${action.id}: ${code ?? String(error)}`)
    }
    await pause(40)
  }
  wrong.push(`${action.id} had no answer within a minute`)
}

export const post = (url: string, body: string): Promise<Response> =>
  fetch(`${url}/v1/dispatch`, { method: 'POST', body, signal: AbortSignal.timeout(15_000) })
