import { expect } from 'vitest'
import { entryOf, executed, failed, rerouted, T0 } from './conformance/entries.js'
import type { AuditEntry, AuditStore } from './store.js'
import { emptyTrace } from './trace.js'

const at = { namespace: 'ns', tenant: 'acme', from: T0 }

/** More than a step of a migration takes, of three events. */
export const deliveredEntries: AuditEntry[] = Array.from({ length: 2_400 }, (_, i) =>
  entryOf({
    id: `e${i % 3}-${i}`,
    at: T0 + i * 1_000,
    outcome: [executed, rerouted, failed, executed][i % 4]!,
    draft: { trace: { ...emptyTrace(), links: i % 4 === 3 ? {} : { event: `e${i % 3}` } } },
  }),
)

/** What was delivered of them is found, by its event. */
export async function expectDeliveries(audit: AuditStore): Promise<void> {
  const expected = [0, 1, 2].map((event) =>
    [...deliveredEntries.keys()].filter((i) => i % 3 === event && i % 4 < 2).map((i) => `e${event}-${i}`),
  )
  const found = await audit.deliveries(
    expected.map((_, event) => ({ ...at, event: `e${event}` })),
    1_000,
  )
  expect(found.map((of) => of.map(({ action_id }) => action_id).toReversed())).toEqual(expected)
}
