import { basename } from 'node:path'

const LONGEST_NAME = 100

/** A name for the first rule of a file, after the file and unlike those there are. */
function nameFor(path: string, taken: ReadonlySet<string>): string {
  const plain = basename(path)
    .replace(/\.ya?ml$/i, '')
    .replace(/[^\w.-]+/g, '-')
    .slice(0, LONGEST_NAME)
  // What YAML reads as something other than a text would have to be quoted.
  const name = /^[a-z]/i.test(plain) && !/^(?:true|false|null)$/i.test(plain) ? plain : `rule-${plain}`
  for (let n = 1; ; n++) {
    const tried = n === 1 ? name : `${name}-${n}`
    if (!taken.has(tried)) return tried
  }
}

/** What a new rule file begins with: one rule, explained, that is off until its writer says otherwise. */
export const newRuleFile = (path: string, taken: ReadonlySet<string>): string =>
  `# Rules are looked at in order of priority, lower ones first; those of all files together.
rules:
  - name: ${nameFor(path, taken)} # unique over all files
    description: Holds back what is only worth knowing
    priority: 100
    # Take this line out once the rule says what you mean.
    enabled: false
    # When it matches. Conditions are combined by all:, any: and not:, or written as one CEL text.
    condition:
      field: action.payload.severity
      eq: info
    # What it does: suppress, deduplicate, throttle, reroute, modify, group, state_machine, schedule or allow.
    action:
      type: suppress
`
