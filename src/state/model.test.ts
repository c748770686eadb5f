import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, it } from 'vitest'
import type { MakeStore, StoreSettings } from './conformance/harness.js'
import { embeddedState } from './embedded/open.js'
import { memoryState } from './memory/open.js'
import { compareWithModel } from './model/run.fixture.js'
import { sequences } from './model/steps.fixture.js'

const optionsOf = ({ clock, limits, outbox_bound, id_retention_ms }: StoreSettings) => ({
  clock,
  limits,
  outboxBound: outbox_bound,
  idRetentionMs: id_retention_ms,
})
const memory: MakeStore = async (settings) => ({ store: await memoryState(optionsOf(settings)) })
const embedded: MakeStore = async (settings) => {
  const path = await mkdtemp(join(tmpdir(), 'acteon-model-'))
  return { store: await embeddedState({ ...optionsOf(settings), path }), close: () => rm(path, { recursive: true }) }
}

/** `FC_SEED=…` repeats a run that failed, without a limit of time, until its sequence is the shortest. */
const seed = process.env['FC_SEED']

const compare = (makeStore: MakeStore, numRuns: number, atMostMs: number) =>
  fc.assert(
    fc.asyncProperty(sequences(60), (steps) => compareWithModel(makeStore, steps)),
    seed === undefined ? { numRuns, interruptAfterTimeLimit: atMostMs } : { numRuns, seed: Number(seed) },
  )

describe('random sequences of operations, alone, together and repeated, do what the plain model does', () => {
  it('on memory', () => compare(memory, 300, 15_000), 600_000)
  it('on embedded', () => compare(embedded, 60, 8_000), 600_000)
})
