import type { DatabaseSyncInstance } from '@photostructure/sqlite'
import type { Clock } from '../../lib/clock.js'
import { ActeonError } from '../../lib/errors.js'
import type { AuditStore, SharedAudit } from '../store.js'
import { deliveriesOf } from './deliveries.js'
import { figuring } from './figures.js'
import { lookingUp } from './lookup.js'
import { querying } from './query.js'
import { resealer } from './reseal.js'
import { sweeper } from './sweep.js'
import { createTables } from './tables.js'
import { recordWriter } from './write.js'

export interface AuditOptions {
  /** Measures how long a query takes; record times are the state store's. */
  clock: Clock
  /** How long records and figures are kept, milliseconds; null: for ever. */
  ttlMs: number | null
}

/** An audit in a state store's database. */
export interface AuditInState extends AuditStore {
  readonly shared: SharedAudit<DatabaseSyncInstance>
}

/**
 * An audit in the database of the embedded state store, so that an outcome and its record are committed together. The
 * state store is opened with `audit.shared` and prepares it; until then nothing can be read.
 *
 * @example
 * const audit = embeddedAudit({ clock, ttlMs })
 * const state = await openEmbedded({ path, clock, audit: audit.shared })
 */
export const embeddedAudit = (options: AuditOptions): AuditInState => sharedAudit('embedded', options)

/** The same for either kind of database. */
export function sharedAudit(backend: 'embedded' | 'memory', options: AuditOptions): AuditInState {
  let opened: { db: DatabaseSyncInstance; audit: Opened } | undefined
  const audit = (): Opened => {
    if (opened === undefined)
      throw new Error('This audit shares the database of a state store, which has to be opened with it first.')
    return opened.audit
  }
  return {
    ...reading(backend, audit),
    shared: {
      prepare(db) {
        createTables(db)
        opened = { db, audit: openTables(db, options) }
      },
      write(db, entry) {
        if (opened?.db !== db) throw new Error('This audit was not prepared in the database that it is to write to.')
        opened.audit.write(entry)
      },
    },
    // The state store closes its database.
    close: () => Promise.resolve(),
  }
}

/** An audit in a database of its own. `close` closes that. */
export function ownAudit(
  backend: 'embedded' | 'memory',
  db: DatabaseSyncInstance,
  options: AuditOptions,
  close: () => void = () => db.close(),
): AuditStore {
  createTables(db)
  const audit = openTables(db, options)
  return {
    ...reading(backend, () => audit),
    close() {
      if (db.isOpen) close()
      return Promise.resolve()
    },
  }
}

/** Everything that is done in an open database, its statements prepared. */
type Opened = ReturnType<typeof openTables>

const openTables = (db: DatabaseSyncInstance, { clock, ttlMs }: AuditOptions) => ({
  db,
  write: recordWriter(db, ttlMs),
  query: querying(db, clock),
  figures: figuring(db),
  sweep: sweeper(db, ttlMs),
  reseal: resealer(db),
  deliveries: deliveriesOf(db),
  ...lookingUp(db),
})

const reading = (backend: 'embedded' | 'memory', audit: () => Opened): Omit<AuditStore, 'shared' | 'close'> => ({
  backend,
  async append(entries) {
    const { db, write } = audit()
    inOneStep(db, () => entries.forEach(write))
  },
  query: async (filter) => audit().query(filter),
  ofAction: async (action_id, scope) => audit().ofAction(action_id, scope),
  linked: async (link, scope, limit) => audit().linked(link, scope, limit),
  deliveries: async (events, each) => audit().deliveries(events, each),
  figures: async (query) => audit().figures(query),
  sweep: async (now, limit) => {
    const { db, sweep } = audit()
    return inOneStep(db, () => sweep(now, limit))
  },
  reseal: async (request) => {
    const { db, reseal } = audit()
    return inOneStep(db, () => reseal(request))
  },
})

/** All or nothing, within the transaction that is open or in one of its own. */
function inOneStep<T>(db: DatabaseSyncInstance, step: () => T): T {
  try {
    db.exec('SAVEPOINT audit_step')
    const result = step()
    db.exec('RELEASE audit_step')
    return result
  } catch (error) {
    // A full disk may have rolled everything back already.
    if (db.isOpen && db.isTransaction) db.exec('ROLLBACK TO audit_step; RELEASE audit_step')
    throw new ActeonError(
      'STATE_UNAVAILABLE',
      `The audit database could not be written: ${error instanceof Error ? error.message : String(error)}. Nothing was changed.`,
      {},
      { cause: error },
    )
  }
}
