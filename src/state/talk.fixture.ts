import { draftFor, executed, requestFor, type Sent } from './conformance/builders.js'
import {
  OP_DEADLINE_MS,
  type Admission,
  type Admitted,
  type CompleteRequest,
  type Op,
  type StateStore,
} from './store.js'

let tokens = 0
/** A new token; the time is the server's, which is this machine's. */
export const op = (): Op => ({ token: `talk-${process.pid}-${++tokens}`, deadline: Date.now() + OP_DEADLINE_MS })

export const joined = async (store: StateStore, node = 'a'): Promise<number> =>
  (await store.join({ ...op(), node })).owner

export const admit = (store: StateStore, owner: number, sent: Sent, of = op()): Promise<Admitted> =>
  store.admit({ ...of, ...requestFor(sent, owner) })

export async function deliver(store: StateStore, owner: number, sent: Sent, of = op()): Promise<Admission> {
  const admitted = await admit(store, owner, sent, of)
  if (admitted.kind !== 'deliver') throw new Error(`expected it to be delivered, got ${JSON.stringify(admitted)}`)
  return admitted.admission
}

export const completing = ({ owner, key, fence, plan }: Admission, of = op()): CompleteRequest => ({
  ...of,
  owner,
  key,
  fence,
  outcome: executed(),
  redacted: executed(),
  draft: { ...draftFor(plan), action_id: key.id },
})

/** Asks again under the same token until there is an answer, as a gateway does. */
export async function insisting<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  for (const end = Date.now() + 25_000; ; await new Promise((resolve) => setTimeout(resolve, 20))) {
    try {
      return await ask()
    } catch (error) {
      if ((error as Error).name !== 'StoreUnavailable' || Date.now() > end) throw error
    }
  }
}
