import { StoreRefused, type Op } from '../store.js'
import { failureOf } from './failure.js'
import { placesOf, type Place } from './keys.js'
import { loadScripts } from './scripts.js'
import { controlText, listOf, numberOf, type Reply } from './text.js'

/** What is needed of a connection, to one server or to a cluster. */
interface Connection {
  evalsha(sha: string, keys: number, ...args: string[]): Promise<unknown>
  eval(source: string, keys: number, ...args: string[]): Promise<unknown>
}

/** Which keys a script works on: a partition's, or those of what is global. */
type Tag = number | 'global'

/** The store's scripts on a server. All calls are bounded in time, and none is queued while the server is away. */
export interface Server {
  readonly partitions: number
  place(of: { namespace: string; tenant: string }): Place
  /** Runs one script. @throws StoreRefused after the deadline, StoreUnavailable */
  run(script: string, tag: Tag, asked: object, ...texts: string[]): Promise<Reply[]>
  /** Runs a script in all partitions, at once; the answers in order of the partitions. */
  everywhere(script: string, asked: object, ...texts: string[]): Promise<Reply[][]>
}

export interface ServerParts {
  connection: Connection
  prefix: string
  partitions: number
  /** Virtual time, for what does not name one; null: the server's own. */
  virtualNow: (() => number) | null
}

/** The key that a script gets; its tag is the only thing that the cluster looks at. */
const baseKey = (prefix: string, tag: Tag): string =>
  tag === 'global' ? `${prefix}:{all}` : `${prefix}:{p${String(tag).padStart(2, '0')}}`

export function serverOf({ connection, prefix, partitions, virtualNow }: ServerParts): Server {
  const scripts = loadScripts()
  const all = Array.from({ length: partitions }, (_, partition) => partition)

  async function run(name: string, tag: Tag, asked: object, ...texts: string[]): Promise<Reply[]> {
    const script = scripts.get(name)!
    const control = controlText({
      ...(virtualNow !== null && { now: virtualNow() }),
      ...asked,
      ...(tag !== 'global' && { partition: tag, partitions }),
    })
    const args = [baseKey(prefix, tag), control, ...texts]
    let reply: Reply
    try {
      reply = (await connection.evalsha(script.sha, 1, ...args).catch((error: unknown) => {
        // A server that restarted, or another one, does not know it yet: nothing has run.
        if (!(error as Error).message.startsWith('NOSCRIPT')) throw error
        return connection.eval(script.source, 1, ...args)
      })) as Reply
    } catch (error) {
      throw failureOf(error)
    }
    const answer = listOf(reply)
    if (answer[0] === 'late') throw new StoreRefused(numberOf(answer[1]))
    return answer
  }

  return {
    partitions,
    place: placesOf(partitions),
    run,
    everywhere: (name, asked, ...texts) => Promise.all(all.map((partition) => run(name, partition, asked, ...texts))),
  }
}

/** The part of a request that every script reads. */
export const opOf = ({ token, deadline, now }: Op): Op => ({ token, deadline, ...(now !== undefined && { now }) })
