// What is dispatched: one kind of action for each verdict, and the rules and machine that give it.

export const RULES = `rules:
  - name: dedup
    condition: { field: action_type, eq: dedup }
    action: { type: deduplicate, ttl_seconds: 300, key: [payload.n] }
  - name: throttle
    condition: { field: action_type, eq: throttle }
    action: { type: throttle, max_count: 1000, window_seconds: 1, key: [payload.key] }
  - name: group
    condition: { field: action_type, eq: group }
    action: { type: group, group_by: [payload.key], group_wait_seconds: 1, max_group_size: 1000 }
  - name: state-machine
    condition: { field: action_type, eq: state_machine }
    action: { type: state_machine, state_machine: light, fingerprint_fields: [payload.key] }
`

export const MACHINES = [
  {
    name: 'light',
    initial_state: 'on',
    states: ['on', 'off'],
    transitions: [
      { from: 'on', to: 'off' },
      { from: 'off', to: 'on' },
    ],
  },
]

/** Which outcomes each kind may have; anything else means that something else was measured. */
export const KINDS = {
  plain: ['Executed'],
  dedup: ['Executed', 'Deduplicated'],
  throttle: ['Executed', 'Throttled'],
  group: ['Grouped'],
  state_machine: ['StateChanged'],
}

/** The n-th action of a kind. Every second dedup action repeats the one before; keys are spread over a few hundred. */
export function actionOf(kind, n) {
  return {
    namespace: 'bench',
    tenant: `t${n % 10}`,
    provider: 'sink',
    action_type: kind,
    payload: {
      n: n >> 1,
      key: `k${n % 200}`,
      to: 'someone@example.com',
      subject: 'A subject of usual length',
      text: 'x'.repeat(200),
    },
    metadata: { labels: { cluster: 'prod', service: 'api' } },
    ...(kind === 'state_machine' && { status: n % 400 < 200 ? 'on' : 'off' }),
  }
}

/** `[[state_machines]]` of a configuration. */
export const machinesToml = (machines) =>
  machines
    .map(
      ({ name, initial_state, states, transitions }) => `[[state_machines]]
name = "${name}"
initial_state = "${initial_state}"
states = ${JSON.stringify(states)}

${transitions
  .map(
    ({ from, to, notify = true }) =>
      `[[state_machines.transitions]]\nfrom = "${from}"\nto = "${to}"\nnotify = ${notify}\n`,
  )
  .join('\n')}`,
    )
    .join('\n')
