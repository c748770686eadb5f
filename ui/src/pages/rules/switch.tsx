import { useRefusal } from '../../api/rights.ts'
import { useSwitch } from './reading.ts'
import type { Rule } from './words.ts'

/** On or off, on all nodes; with a reason where the person may not. */
export function RuleSwitch({ rule }: { rule: Rule }) {
  const refused = useRefusal('admin')
  const { mutate, isPending, variables } = useSwitch()
  const on = isPending ? variables.enabled : rule.enabled
  return (
    <button
      type="button"
      role="switch"
      aria-checked={on}
      aria-label={`${rule.name} is on`}
      aria-disabled={refused !== undefined || isPending}
      title={refused ?? (on ? 'Switch off' : 'Switch on')}
      className="switch"
      onClick={() => {
        if (refused === undefined && !isPending) mutate({ name: rule.name, enabled: !on, before: rule.switched })
      }}
    >
      <span aria-hidden="true" />
      <small>{on ? 'on' : 'off'}</small>
    </button>
  )
}
