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

/** Keys of which nearly every action has a value of its own: values are proposed from two letters on. */
export const MANY_VALUED: ReadonlySet<string> = new Set(['id', 'trace', 'event', 'group', 'key', 'chain', 'replayed'])
