import { mkdtempSync, mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FIRST_FILES } from './first-files.js'
import { acteon } from './io.fixture.js'

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'acteon-rules-'))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

const urgent = `rules:
  - name: urgent
    priority: 1
    condition: { field: action.payload.priority, eq: urgent }
    action: { type: reroute, target_provider: sms }
`
const config = '[[providers]]\nname = "email"\ntype = "log"\n'
const defaults = 'defaults: { namespace: n, tenant: t, provider: email, action_type: a }\n'

describe('acteon rules check', () => {
  it('says what is right, and what it could not check', async () => {
    const { code, out } = await acteon(['rules', 'check', 'rules'], { cwd: folderWith({ 'rules/a.yaml': urgent }) })
    expect(code).toBe(0)
    expect(out).toBe(
      '1 rule in 1 file: right.\nNames of providers and state machines were not checked: name the configuration with -c.\n',
    )
  })

  it('checks names with the configuration, also when its secrets are not here', async () => {
    const hook = '[[providers]]\nname = "hook"\ntype = "webhook"\nurl = "${HOOK_URL}"\nsecret = "${HOOK_SECRET}"\n'
    const cwd = folderWith({ 'rules/a.yaml': urgent, 'acteon.toml': config + hook })
    const { code, out } = await acteon(['rules', 'check', 'rules', '-c', 'acteon.toml'], { cwd })
    expect(code).toBe(1)
    expect(out).toMatch(/rules\/a\.yaml:5:47: rules\[0\]\.action\.target_provider \(rule "urgent"\): .*"sms"/)
    expect(out).toContain('1 error.\n')
  })

  it('says that a provider for every name leaves names unchecked', async () => {
    const cwd = folderWith({ 'rules/a.yaml': urgent, 'acteon.toml': '[[providers]]\nname = "*"\ntype = "log"\n' })
    expect((await acteon(['rules', 'check', '-c', 'acteon.toml'], { cwd })).out).toBe(
      '1 rule in 1 file: right.\nNames of providers were not checked: the provider "*" takes every name.\n',
    )
  })

  it('names each error with its place, and as JSON for programs', async () => {
    const cwd = folderWith({ 'rules/a.yaml': urgent.replace('eq:', 'equals:'), 'rules/b.yaml': 'rules: [' })
    const told = await acteon(['rules', 'check', 'rules'], { cwd })
    expect(told.code).toBe(1)
    expect(told.out).toMatch(/a\.yaml:4:\d+: /)
    expect(told.out).toMatch(/b\.yaml:1:\d+: /)
    expect(told.out).toContain('2 errors.\n')
    const { out } = await acteon(['rules', 'check', 'rules', '--json'], { cwd })
    expect(JSON.parse(out)).toMatchObject({ ok: false, errors: [{ line: 4 }, { line: 1 }] })
  })

  it('a rule that can do nothing is a warning, and an error with --strict', async () => {
    const shadowed = `${urgent}  - { name: all, priority: 2, action: { type: suppress } }\n  - { name: never, priority: 3, action: { type: suppress } }\n`
    const cwd = folderWith({ 'rules/a.yaml': shadowed })
    const { code, out } = await acteon(['rules', 'check'], { cwd })
    expect(code).toBe(0)
    expect(out).toMatch(/^warning: .*never/)
    expect((await acteon(['rules', 'check', '--strict'], { cwd })).code).toBe(1)
  })

  it('a directory that is not there is an error', async () => {
    const { code, out } = await acteon(['rules', 'check', 'nowhere'])
    expect(code).toBe(1)
    expect(out).toContain('nowhere: there is no such file or directory')
  })
})

describe('acteon rules test', () => {
  it('runs what `acteon init` writes', async () => {
    const { code, out, err } = await acteon(['rules', 'test', 'tests/first.yaml'], { cwd: folderWith(FIRST_FILES) })
    expect(err).toBe('')
    expect(out).toContain('tests/first.yaml\n  ✓ 1 a message is delivered by email\n')
    expect(out).toMatch(/\n5 steps, all as expected \(\d+ ms\)\n$/)
    expect(code).toBe(0)
  })

  it('a step that went another way says what was expected, what was found, and why', async () => {
    const test = `rules: rules\n${defaults}steps:\n  - name: to sms\n    action: { payload: { priority: low } }\n    expect: { outcome: rerouted, matched_rule: urgent }\n  - action: { payload: { priority: urgent } }\n    expect: { outcome: rerouted }\n`
    const cwd = folderWith({ 'rules/a.yaml': urgent, 't.yaml': test })
    const { code, out } = await acteon(['rules', 'test', 't.yaml'], { cwd })
    expect(code).toBe(1)
    expect(out).toContain(`t.yaml
  ✗ 1 to sms (t.yaml:4:5)
      outcome: expected rerouted, found executed
      matched_rule: expected urgent, found null
      Rules
        · urgent: no
            false  payload.priority eq "urgent"; found "low"
`)
    expect(out).toContain('  ✓ 2 step 2\n')
    expect(out).toMatch(/\n2 steps, 1 not as expected \(\d+ ms\)\n$/)
  })

  it('gates, groups and events hold over the steps, and what comes due while time passes happens', async () => {
    const rules = `rules:
  - { name: slow, priority: 1, condition: { field: action_type, eq: mail }, action: { type: throttle, max_count: 100, window_seconds: 60 } }
  - { name: batch, priority: 2, condition: { field: action_type, starts_with: cluster_ }, action: { type: group, group_by: [metadata.cluster], group_wait_seconds: 60 } }
  - { name: life, priority: 3, condition: { field: action_type, eq: alert }, action: { type: state_machine, state_machine: alert, fingerprint_fields: [metadata.cluster] } }
`
    const toml = `${config}[[state_machines]]\nname = "alert"\ninitial_state = "firing"\nstates = ["firing", "stale"]\n[[state_machines.timeouts]]\nstate = "firing"\nafter_seconds = 3600\ntransition_to = "stale"\n`
    const test = `rules: rules
config: acteon.toml
clock: 2026-01-31T09:30:00Z
${defaults}steps:
  - name: a hundred pass
    action: { action_type: mail }
    times: 100
    expect: { outcome: Executed, gates: { slow: pass }, calls: { email: 100 } }
  - name: the next one does not
    action: { action_type: mail }
    expect: { outcome: Throttled, verdict: throttle, gates: { slow: refuse }, sent: [] }
  - name: after the window it does
    advance: 1m
    action: { action_type: mail }
    expect: { outcome: executed }
  - name: two are collected
    action: { action_type: cluster_down, metadata: { cluster: prod } }
    times: 2
    expect: { outcome: grouped, sent: [] }
  - name: and sent as one
    advance: 60s
    expect: { payload: { event_count: 2, reason: wait }, calls: { email: 1 } }
  - name: an alert opens
    action: { action_type: alert, metadata: { cluster: prod } }
    expect: { outcome: state_changed, details: { previous_state: null, new_state: firing } }
  - name: and goes stale
    advance: 1h
    expect: { sent: [{ provider: email, action_type: alert }] }
`
    const cwd = folderWith({ 'rules/a.yaml': rules, 'acteon.toml': toml, 't.yaml': test })
    const { code, out } = await acteon(['rules', 'test', 't.yaml'], { cwd })
    expect(out).toContain('7 steps, all as expected')
    expect(code).toBe(0)
  })

  it('providers fail when told to, with every attempt counted', async () => {
    const test = `rules: rules\n${defaults}providers: { email: { fails: connection, first: 2 }, sms: { fails: rejected } }\nsteps:\n  - action: {}\n    expect: { outcome: executed, calls: { email: 3 } }\n  - action: { payload: { priority: urgent } }\n    expect: { outcome: failed, details: { code: PROVIDER_REJECTED }, calls: { sms: 1 } }\n`
    const cwd = folderWith({ 'rules/a.yaml': urgent, 't.yaml': test })
    const { code, out } = await acteon(['rules', 'test', 't.yaml'], { cwd })
    expect(out).toContain('all as expected')
    expect(code).toBe(0)
  })

  it('an action that is none fails its step, and the others go on', async () => {
    const test = `rules: rules\nsteps:\n  - action: { namespace: n }\n  - advance: 1s\n`
    const cwd = folderWith({ 'rules/a.yaml': urgent, 't.yaml': test })
    const { code, out } = await acteon(['rules', 'test', 't.yaml'], { cwd })
    expect(out).toContain('refused: The action is not valid: "tenant" is missing')
    expect(out).toContain('  ✓ 2 1s pass')
    expect(code).toBe(1)
  })

  it('rules with an error end with 78, a wrong test file with 2', async () => {
    const cwd = folderWith({
      'rules/a.yaml': 'rules: [{}]',
      't.yaml': 'rules: rules\nsteps: [{ advance: 1s }]\n',
      'u.yaml': 'steps: 1',
    })
    const broken = await acteon(['rules', 'test', 't.yaml'], { cwd })
    expect(broken.code).toBe(78)
    expect(broken.err).toMatch(/rules\/a\.yaml:1:\d+: /)
    expect((await acteon(['rules', 'test', 'u.yaml'], { cwd })).code).toBe(2)
  })

  it('prints JSON for programs', async () => {
    const test = `rules: rules\n${defaults}steps:\n  - action: {}\n    expect: { outcome: suppressed }\n`
    const { out } = await acteon(['rules', 'test', 't.yaml', '--json'], {
      cwd: folderWith({ 'rules/a.yaml': urgent, 't.yaml': test }),
    })
    expect(JSON.parse(out)).toMatchObject([
      {
        file: 't.yaml',
        ok: false,
        steps: [{ ok: false, mismatches: [{ path: ['outcome'], expected: 'suppressed', found: 'executed' }] }],
      },
    ])
  })
})
