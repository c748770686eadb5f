import type { Server } from './server.js'
import { numberOf } from './text.js'

/** Of what scripts store. A store of a higher one was written by a newer Acteon and is not touched. */
export const FORMAT = 1

/** What the store was made with, at its first start; if it was emptied since then, that is now. */
export async function whatIsFound(server: Server): Promise<{ stored: number; format: number; log: number }> {
  const { partitions } = server
  const [stored, format, log] = await server.run('found', 'global', { partitions, format: FORMAT })
  return { stored: numberOf(stored), format: numberOf(format), log: numberOf(log) }
}

/** The position where the event log begins: another one than before when the store was emptied. */
export const logBegins = async (server: Server): Promise<number> => (await whatIsFound(server)).log
