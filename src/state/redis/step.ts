import type { Limits } from '../store.js'
import type { Memo } from './memo.js'
import type { Server } from './server.js'

/** What every operation works with. */
export interface Step {
  readonly server: Server
  readonly memo: Memo
  readonly settings: Settings
  /** Called after whatever may have added frames. */
  readonly wake: () => void
}

export interface Settings {
  limits: Limits
  /** How long a settled id is answered, milliseconds. */
  idRetentionMs: number
  /** How long a dead letter is kept, milliseconds. */
  deadLetterRetentionMs: number
  /** How many audit entries of one tenant may wait in the outbox. */
  outboxBound: number
  /** False: nothing goes on record, so nothing is put into the outbox. */
  recorded: boolean
}
