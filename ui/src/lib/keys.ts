/** The keys of a filter, in the order in which they are proposed, and what each is about. */
export const FILTER_KEYS: Readonly<Record<string, string>> = {
  outcome: 'what became of it',
  result: 'delivered, held back, waiting or broken',
  rule: 'that decided',
  type: 'kind of action',
  provider: 'that got it, else that it was for',
  wanted: 'provider that it was for, whoever got it',
  severity: 'as its sender gave it',
  tenant: 'whose it is',
  ns: 'namespace',
  event: 'it belongs to',
  group: 'it was collected in',
  key: 'against duplicates',
  caller: 'who sent it',
  state: 'its event entered',
  took: 'until its outcome, as in >2s',
  attempts: 'how many',
  status: 'a provider answered, as in 500..599',
  id: 'its own',
  trace: 'of its caller',
  chain: 'of agents',
  replayed: 'the action it repeats',
}

/** What a filter is about. */
export type Listed = 'actions' | 'events' | 'groups' | 'dead_letters'

const of = (keys: string, more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> =>
  Object.fromEntries(keys.split(' ').map((key) => [key, more[key] ?? FILTER_KEYS[key]!]))

/** The keys that each list has, and what they are about there. */
export const KEYS_OF: Readonly<Record<Listed, Readonly<Record<string, string>>>> = {
  actions: FILTER_KEYS,
  events: of('state severity type event provider caller tenant ns', {
    state: 'it is in',
    event: 'its fingerprint',
    provider: 'that is told of it',
    caller: 'who moved it last',
    type: 'kind of its actions',
  }),
  groups: of('type rule provider group tenant ns', {
    rule: 'that collects it',
    provider: 'that it goes out to',
    group: 'its key',
  }),
  dead_letters: of('type rule provider wanted severity caller tenant ns event key attempts status id trace replayed', {
    provider: 'that did not take it',
    id: 'of its action',
  }),
}

/** Keys of which nearly every action has a value of its own: values are proposed from two letters on. */
export const MANY_VALUED: ReadonlySet<string> = new Set(['id', 'trace', 'event', 'group', 'key', 'chain', 'replayed'])
