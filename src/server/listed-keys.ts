import { Type, type Static } from 'typebox'

/** Things that are there now and that the filter narrows like actions. */
export const Listed = Type.Enum(['events', 'groups', 'dead_letters'])
export type Listed = Static<typeof Listed>

/** What a filter can ask of each; `paths`: what may stand before a dot. */
export const LISTED_KEYS: Readonly<Record<Listed, { keys: readonly string[]; paths: readonly string[] }>> = {
  events: {
    keys: ['state', 'severity', 'type', 'event', 'provider', 'caller', 'tenant', 'ns'],
    paths: ['labels'],
  },
  groups: { keys: ['type', 'rule', 'provider', 'group', 'tenant', 'ns'], paths: ['labels'] },
  dead_letters: {
    keys: [
      ...['type', 'rule', 'provider', 'wanted', 'severity', 'caller', 'tenant', 'ns', 'event', 'key'],
      ...['attempts', 'status', 'id', 'trace', 'replayed'],
    ],
    paths: ['payload', 'labels'],
  },
}
