/** What `acteon init` writes, by path. Tests run all of it. */
export const FIRST_FILES: Readonly<Record<string, string>> = {
  'acteon.toml': `# Acteon. Every section and every key may be left out; docs/configuration.md has them all with their defaults.
# \${NAME} and \${NAME:-default} in a text are taken from the environment; ACTEON_SERVER__PORT=9000 overrides a key.

[server]
host = "127.0.0.1"     # only this machine; see docs before you open it to others
port = 8080

[state]
backend = "embedded"   # durable, one directory, no server; "memory" forgets everything at the end
path = "./data"

[rules]
directory = "./rules"  # watched: a changed file applies within a second

[audit]
ttl_seconds = 2592000  # records of decisions are kept for 30 days

[audit.redact]
fields = ["password", "token", "api_key", "secret", "credit_card"]

[executor]
max_retries = 3
timeout_seconds = 30

# Who carries actions out. "log" sends nothing: it shows what it was given. Change it to what you have:
#   type = "webhook"
#   url = "https://hooks.example.com/acteon"
#   secret = "\${WEBHOOK_SECRET}"
[[providers]]
name = "email"
type = "log"

[[providers]]
name = "sms"
type = "log"

# A lifecycle for alerts; a rule with \`type: state_machine\` uses it.
[[state_machines]]
name = "alert"
initial_state = "firing"
states = ["firing", "acknowledged", "resolved"]

[[state_machines.transitions]]
from = "firing"
to = "acknowledged"

[[state_machines.transitions]]
from = "firing"
to = "resolved"

[[state_machines.transitions]]
from = "acknowledged"
to = "resolved"
`,
  'rules/first.yaml': `# Rules are looked at in order of priority, lower first. Each one that matches adds its verdict to the plan:
# transforms change the action, gates must admit it, an ending closes the plan. No ending means: deliver.
rules:
  - name: urgent-goes-to-sms
    priority: 1
    description: "What is urgent is sent as a text message"
    condition:
      field: action.payload.priority
      eq: "urgent"
    action:
      type: reroute
      target_provider: "sms"

  - name: no-test-mails
    priority: 2
    description: "Nothing is sent to example.invalid"
    condition:
      field: action.payload.to
      ends_with: "@example.invalid"
    action:
      type: suppress
      reason: "Test addresses get no mail"

  - name: same-message-once
    priority: 5
    description: "The same message within five minutes is sent once"
    condition:
      field: action.action_type
      eq: "send_message"
    action:
      type: deduplicate
      ttl_seconds: 300
`,
  'tests/first.yaml': `# \`acteon rules test tests/first.yaml\` runs these steps in order, on a clock of their own; nothing is sent.
rules: ../rules
config: ../acteon.toml
clock: 2026-01-31T09:30:00Z

defaults:
  namespace: shop
  tenant: acme
  provider: email
  action_type: send_message

steps:
  - name: a message is delivered by email
    action:
      payload: { to: "user@example.com", subject: "Hello" }
    expect:
      outcome: executed
      provider: email
      payload: { subject: "Hello" }

  - name: the same message again is not
    action:
      payload: { to: "user@example.com", subject: "Hello" }
    expect:
      outcome: deduplicated
      matched_rule: same-message-once
      sent: []

  - name: five minutes later it is
    advance: 5m
    action:
      payload: { to: "user@example.com", subject: "Hello" }
    expect:
      outcome: executed

  - name: an urgent one goes to sms
    action:
      payload: { priority: urgent, text: "Disk full" }
    expect:
      outcome: rerouted
      matched_rule: urgent-goes-to-sms
      details: { original_provider: email, new_provider: sms }
      calls: { sms: 1, email: 0 }

  - name: a test address gets nothing
    action:
      payload: { to: "someone@example.invalid" }
    expect:
      outcome: suppressed
      matched_rule: no-test-mails
`,
  'try.txt': `# An action that is delivered (its provider shows it):
curl -s {url}/v1/dispatch -d '{"namespace":"shop","tenant":"acme","provider":"email","action_type":"note","payload":{"to":"user@example.com","subject":"Hello"}}'

# One that a rule holds back on purpose (no-test-mails):
curl -s {url}/v1/dispatch -d '{"namespace":"shop","tenant":"acme","provider":"email","action_type":"note","payload":{"to":"someone@example.invalid","subject":"Hello"}}'
`,
}
