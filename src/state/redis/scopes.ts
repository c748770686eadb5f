import type { Scope } from '../store.js'
import type { Server } from './server.js'
import type { Reply, Row } from './text.js'

/** What a script finds: in the partition of a scope, or in all where it does not name one. */
export async function asked(server: Server, scope: Scope, script: string, of: object): Promise<Reply[]> {
  const { namespace, tenant } = scope
  if (namespace !== undefined && tenant !== undefined)
    return server.run(script, server.place({ namespace, tenant }).partition, of)
  return (await server.everywhere(script, of)).flat()
}

export const inScope = (row: Row, { namespace, tenant }: Scope): boolean =>
  (namespace === undefined || row['ns'] === namespace) && (tenant === undefined || row['tn'] === tenant)
