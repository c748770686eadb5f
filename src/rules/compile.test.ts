import { describe, expect, it } from 'vitest'
import { ActeonError } from '../lib/errors.js'
import { compileRules, rulesInvalid } from './compile.js'
import { languageOf, problemsOf, rulesOf } from './rules.fixture.js'
import { withSwitches } from './ruleset.js'

/** A rule `a` with more lines before its action. */
const withLine = (line: string): string => `rules:\n- name: a\n  ${line}\n  action: {type: suppress}\n`
const when = (condition: string): string => withLine(`condition: ${condition}`)
/** A rule `a` whose action has these lines. */
const doing = (...lines: string[]): string => `rules:\n- name: a\n  action:\n${lines.map((l) => `    ${l}\n`).join('')}`

const A_PATH =
  'a path is payload.…, metadata.LABEL or one of namespace, tenant, provider, action_type, id, status, fingerprint, dedup_key, created_at, starts_at, ends_at, template (each also with action. in front)'
const ONE_OF = 'eq, ne, gt, gte, lt, lte, contains, starts_with, ends_with, regex, in, exists'

describe('a wrong rule file says where, what was found and what was expected', () => {
  it.each([
    // the file
    ['just text', '1:1: expected an object, found "just text"'],
    ['- name: a\n', '1:1: expected an object, found a list of 1'],
    ['rules: {}\n', '1:8: rules: expected an array, found an object'],
    ['rules: [\n', '2:1: Flow sequence in block collection must be sufficiently indented and end with a ]'],
    ['rules: []\nrule: []\n', '2:1: rule: unknown name "rule"; did you mean "rules"?'],
    ['rules:\n- name: a\n  name: b\n', '3:3: Map keys must be unique'],
    ['rules: []\n---\nrules: []\n', '2:1: a second document begins here; put its rules under the first rules:'],
    // a rule
    ['rules:\n- text\n', '2:3: rules[0]: expected an object, found "text"'],
    ['rules:\n- action: {type: suppress}\n', '2:3: rules[0]: "name" is missing'],
    ['rules:\n- name: a\n', '2:3: rules[0] (rule "a"): "action" is missing'],
    ['rules:\n- name: 5\n  action: {type: allow}\n', '2:9: rules[0].name: expected a string, found 5'],
    [
      'rules:\n- name: ""\n  action: {type: allow}\n',
      '2:9: rules[0].name (rule ""): expected 1 to 256 characters without control characters, found ""',
    ],
    [
      'rules:\n- name: "a\0"\n  action: {type: allow}\n',
      '2:9: rules[0].name (rule "a\0"): expected 1 to 256 characters without control characters, found "a\\u0000"',
    ],
    [withLine('prority: 5'), '3:3: rules[0].prority (rule "a"): unknown name "prority"; did you mean "priority"?'],
    [
      withLine('<<: {enabled: false}'),
      '3:3: rules[0].<< (rule "a"): unknown name "<<"; known here: name, priority, description, enabled, condition, action, timezone, final, delivery, deliver_within_seconds, on_state_error',
    ],
    [withLine('priority: high'), '3:13: rules[0].priority (rule "a"): expected an integer, found "high"'],
    [withLine('priority: 1.5'), '3:13: rules[0].priority (rule "a"): expected an integer, found 1.5'],
    [withLine('enabled: off'), '3:12: rules[0].enabled (rule "a"): expected a boolean, found "off"'],
    [
      withLine('timezone: Europe/Berlyn'),
      '3:13: rules[0].timezone (rule "a"): "Europe/Berlyn" is no IANA time zone; one is "Europe/Berlin"',
    ],
    [
      withLine('delivery: once'),
      '3:13: rules[0].delivery (rule "a"): expected one of at_least_once, at_most_once, found "once"',
    ],
    [
      withLine('deliver_within_seconds: 0'),
      '3:27: rules[0].deliver_within_seconds (rule "a"): must be above 0, found 0',
    ],
    [
      withLine('on_state_error: allow'),
      '3:19: rules[0].on_state_error (rule "a"): only a gate (deduplicate, throttle) asks the state store for admission, but "suppress" is none',
    ],
    [
      withLine('time_intervals: [night]'),
      '3:3: rules[0].time_intervals (rule "a"): unknown name: "time_intervals" is not built yet: this version has no time intervals',
    ],
    // its action
    [
      'rules:\n- name: a\n  action: suppress\n',
      '3:11: rules[0].action (rule "a"): expected an object, found "suppress"',
    ],
    [doing('reason: x'), '4:5: rules[0].action (rule "a"): "type" is missing'],
    [
      doing('type: supress'),
      '4:11: rules[0].action.type (rule "a"): unknown verdict "supress"; did you mean "suppress"?',
    ],
    [doing('type: 5'), '4:11: rules[0].action.type (rule "a"): expected a string, found 5'],
    [
      doing('type: chain', 'steps: []'),
      '4:11: rules[0].action.type (rule "a"): "chain" is not built yet: this version has no chains of steps',
    ],
    [
      doing('type: require_approval'),
      '4:11: rules[0].action.type (rule "a"): "require_approval" is not built yet: this version has no approvals',
    ],
    [
      doing('type: suppress', 'reson: x'),
      '5:5: rules[0].action.reson (rule "a"): unknown name "reson"; did you mean "reason"?',
    ],
    [doing('type: deduplicate'), '4:5: rules[0].action (rule "a"): "ttl_seconds" is missing'],
    [
      doing('type: deduplicate', 'ttl_seconds: 0.5'),
      '5:18: rules[0].action.ttl_seconds (rule "a"): must be at least 1, found 0.5',
    ],
    [
      doing('type: deduplicate', 'ttl_seconds: 2592001'),
      '5:18: rules[0].action.ttl_seconds (rule "a"): must be at most 2592000, found 2592001',
    ],
    [
      doing('type: deduplicate', 'ttl_seconds: 5m'),
      '5:18: rules[0].action.ttl_seconds (rule "a"): expected a number, found "5m"',
    ],
    [
      doing('type: deduplicate', 'ttl_seconds: 5', 'key: []'),
      '6:10: rules[0].action.key (rule "a"): must have at least 1 item, found an empty list',
    ],
    [
      doing('type: deduplicate', 'ttl_seconds: 5', 'key: [tenant, payload..a]'),
      '6:19: rules[0].action.key[1] (rule "a"): "payload..a" has an empty step',
    ],
    [
      doing('type: deduplicate', 'ttl_seconds: 5', 'on_failure: ignore'),
      '6:17: rules[0].action.on_failure (rule "a"): expected one of release, keep, found "ignore"',
    ],
    [
      doing('type: throttle', 'max_count: 0', 'window_seconds: 60'),
      '5:16: rules[0].action.max_count (rule "a"): must be at least 1, found 0',
    ],
    [
      doing('type: throttle', 'max_count: 1', 'window_seconds: 0'),
      '6:21: rules[0].action.window_seconds (rule "a"): must be above 0, found 0',
    ],
    [
      doing('type: reroute', 'target_provider: smss'),
      '5:22: rules[0].action.target_provider (rule "a"): unknown provider "smss"; did you mean "sms"?',
    ],
    [
      doing('type: reroute', 'target_provider: carrier-pigeon'),
      '5:22: rules[0].action.target_provider (rule "a"): unknown provider "carrier-pigeon"; configured are email, sms, webhook, slack, pagerduty',
    ],
    [
      doing('type: modify', 'changes: [1]'),
      '5:14: rules[0].action.changes (rule "a"): expected an object, found a list of 1',
    ],
    [
      doing('type: state_machine', 'state_machine: alrt', 'fingerprint_fields: [tenant]'),
      '5:20: rules[0].action.state_machine (rule "a"): unknown state machine "alrt"; did you mean "alert"?',
    ],
    [
      doing('type: group', 'group_by: [metadata]'),
      `5:16: rules[0].action.group_by[0] (rule "a"): "metadata" is not a path; ${A_PATH}`,
    ],
    [
      doing('type: group', 'group_by: [tenant]', 'max_group_size: 0'),
      '6:21: rules[0].action.max_group_size (rule "a"): must be at least 1, found 0',
    ],
    [
      doing('type: schedule'),
      '4:5: rules[0].action.at (rule "a"): exactly one of delay_seconds and at says when it is due',
    ],
    [
      doing('type: schedule', 'delay_seconds: 5', 'at: 2026-01-01T00:00:00Z'),
      '6:9: rules[0].action.at (rule "a"): exactly one of delay_seconds and at says when it is due',
    ],
    [
      doing('type: schedule', 'at: tomorrow'),
      '5:9: rules[0].action.at (rule "a"): expected an instant such as "2026-01-31T09:30:00Z", found "tomorrow"',
    ],
    // its condition
    [
      when('false'),
      '3:14: rules[0].condition (rule "a"): expected a condition (all, any, not, field, call, or a CEL text), found false',
    ],
    [
      when('[x]'),
      '3:14: rules[0].condition (rule "a"): expected a condition (all, any, not, field, call, or a CEL text), found a list of 1',
    ],
    [when('{}'), '3:14: rules[0].condition (rule "a"): expected all, any, not, field, call, found an empty condition'],
    [
      when('{feild: x, eq: 1}'),
      '3:15: rules[0].condition.feild (rule "a"): unknown name "feild"; did you mean "field"?',
    ],
    [
      when('{all: [true], any: [true]}'),
      '3:14: rules[0].condition (rule "a"): expected one of all and any, found both; combine them with all: or any:',
    ],
    [when('{all: []}'), '3:20: rules[0].condition.all (rule "a"): expected a list of conditions, found an empty list'],
    [when('{any: x}'), '3:20: rules[0].condition.any (rule "a"): expected a list of conditions, found "x"'],
    [
      when('{all: [true, {any: [{not: 5}]}]}'),
      '3:40: rules[0].condition.all[1].any[0].not (rule "a"): expected a condition (all, any, not, field, call, or a CEL text), found 5',
    ],
    [
      when('{field: payload.x}'),
      `3:14: rules[0].condition (rule "a"): no operator says what "payload.x" must be; one of ${ONE_OF}`,
    ],
    [
      when('{field: payload.x, eq: 1, gt: 0}'),
      '3:14: rules[0].condition (rule "a"): expected one operator, found eq and gt; combine two with all:',
    ],
    [
      when('{field: payload.x, equals: 1}'),
      `3:33: rules[0].condition.equals (rule "a"): unknown name "equals"; known here: field, eq, ne, gt, gte, lt, lte, contains, starts_with, ends_with, regex, matches, in, in_list, exists`,
    ],
    [when('{field: payload..x, eq: 1}'), '3:22: rules[0].condition.field (rule "a"): "payload..x" has an empty step'],
    [when('{field: 5, eq: 1}'), '3:22: rules[0].condition.field (rule "a"): expected a path, found 5'],
    [
      when('{field: time.hours, eq: 1}'),
      '3:22: rules[0].condition.field (rule "a"): "time.hours" is not known; time has hour, minute, second, day, month, year, weekday, weekday_num, timestamp; did you mean "time.hour"?',
    ],
    [
      when('{field: payload.x, gt: big}'),
      '3:37: rules[0].condition.gt (rule "a"): expected a number or a time of RFC 3339, found "big"',
    ],
    [when('{field: payload.x, in: x}'), '3:37: rules[0].condition.in (rule "a"): expected a list, found "x"'],
    [
      when('{field: payload.x, exists: maybe}'),
      '3:41: rules[0].condition.exists (rule "a"): expected true or false, found "maybe"',
    ],
    [
      when('{field: payload.x, regex: "(?<=a)b"}'),
      '3:40: rules[0].condition.regex (rule "a"): not a pattern of RE2 (no look-around, no back-references): error parsing regexp: invalid named capture: `(?<=a)b`',
    ],
    [
      when('{call: has_active_evnt, args: [x]}'),
      '3:21: rules[0].condition.call (rule "a"): unknown function "has_active_evnt"; did you mean "has_active_event"?',
    ],
    [
      when('{call: has_active_event}'),
      '3:21: rules[0].condition.call (rule "a"): has_active_event takes 1 to 3 arguments, found 0',
    ],
    [
      when('{call: event_in_state, args: [a, b, c]}'),
      '3:43: rules[0].condition.args (rule "a"): event_in_state takes 2 arguments, found 3',
    ],
    [
      when('{call: get_event_state, args: [x]}'),
      '3:14: rules[0].condition (rule "a"): get_event_state answers a state; an operator such as eq must say which',
    ],
    [
      when('{call: has_active_event, args: [x, time.hours]}'),
      '3:49: rules[0].condition.args[1] (rule "a"): "time.hours" is not known; time has hour, minute, second, day, month, year, weekday, weekday_num, timestamp; did you mean "time.hour"?; quote it to mean the text itself',
    ],
    [
      when('{call: state_counter, args: [x], gt: 1}'),
      '3:21: rules[0].condition.call (rule "a"): "state_counter" is not built yet: this version has no counters in state',
    ],
    [when('"action.payload.x >"'), '3:14: rules[0].condition (rule "a"): CEL, at character 19: Unexpected token: EOF'],
    [
      when('"acton.payload.x > 1"'),
      '3:14: rules[0].condition (rule "a"): CEL, at character 1: Unknown variable: acton',
    ],
    [
      when('"1 + 1"'),
      '3:14: rules[0].condition (rule "a"): CEL, at character 1: a condition is true or false, but this is of type int',
    ],
    [
      when(`"true && action.payload.s.matches('(')"`),
      '3:14: rules[0].condition (rule "a"): CEL, at character 34: not a pattern of RE2 (no look-around, no back-references): error parsing regexp: missing closing ): `(`',
    ],
    [
      when(`"${'x'.repeat(8_193)}"`),
      '3:14: rules[0].condition (rule "a"): CEL, at character 1: the expression has 8193 characters, more than 8192',
    ],
    [
      when(`${'{not: '.repeat(33)}true${'}'.repeat(33)}`),
      `3:212: rules[0].condition${'.not'.repeat(33)} (rule "a"): conditions are nested deeper than 32 levels`,
    ],
    [
      when('{unless: true}'),
      '3:15: rules[0].condition.unless (rule "a"): unknown name "unless"; expected one of all, any, not, field, call',
    ],
    // several
    [
      'rules:\n- name: b\n  action: {type: allow}\n- name: a\n  action: {type: allow}\n- name: a\n  action: {type: allow}\n',
      '6:9: rule "a" is also in r.yaml:4; names are unique over all files',
    ],
  ])('%s', (text, expected) => {
    expect(problemsOf(text)).toEqual([`r.yaml:${expected}`])
  })
})

it('everything that is wrong is told at once, over all files, and nothing of them is loaded', () => {
  const texts = [
    {
      path: 'a.yaml',
      text: `rules:\n- name: one\n  priority: x\n  action: {type: allow}\n- name: two\n  condition: {field: nothing, eq: 1}\n  action: {type: supress}\n- name: good\n  action: {type: allow}\n`,
    },
    { path: 'b.yaml', text: 'rules: [\n' },
    { path: 'c.yaml', text: 'rules:\n- name: good\n  action: {type: allow}\n' },
  ]
  const problems = problemsOf(texts)
  expect(problems.map((text) => text.slice(0, 40).replace(/ .*/, ''))).toEqual([
    'a.yaml:3:13:',
    'a.yaml:6:22:',
    'a.yaml:7:18:',
    'b.yaml:2:1:',
    'c.yaml:2:9:',
  ])
  expect(problems.at(-1)).toBe('c.yaml:2:9: rule "good" is also in a.yaml:8; names are unique over all files')
})

it('the error of a failed load names the first problem and carries all of them', () => {
  const compiled = compileRules([{ path: 'a.yaml', text: 'rules:\n- text\n- {}\n' }], languageOf())
  const error = compiled.ok ? null : rulesInvalid(compiled.problems)
  expect(error).toBeInstanceOf(ActeonError)
  expect(error).toMatchObject({
    code: 'RULES_INVALID',
    status: 400,
    message: 'a.yaml:2:3: rules[0]: expected an object, found "text" (and 2 more)',
  })
  expect(error!.body()['errors']).toHaveLength(3)
  expect(error!.body()['problems']).toMatchObject([{ file: 'a.yaml', line: 2, column: 3 }, {}, {}])
})

it('names of providers and machines are checked only where they are known', () => {
  const text = doing('type: reroute', 'target_provider: anything')
  expect(problemsOf(text, { providers: undefined })).toEqual([])
  expect(problemsOf(text, { providers: new Set() })).toEqual([
    'r.yaml:5:22: rules[0].action.target_provider (rule "a"): unknown provider "anything"; none is configured',
  ])
})

describe('what a file says becomes a rule', () => {
  it('with defaults for what it leaves out', () => {
    expect(rulesOf(doing('type: deny')).rules).toMatchObject([
      {
        name: 'a',
        priority: 0,
        description: null,
        enabled: true,
        switched: null,
        final: false,
        timezone: 'UTC',
        delivery: {},
        on_state_error: null,
        file: 'r.yaml',
        line: 2,
        condition: { display: 'always' },
        verdict: { type: 'suppress' },
      },
    ])
  })

  it('with everything that it says', () => {
    const more = `priority: -3\n  description: For "people"\n  enabled: false\n  timezone: Asia/Tokyo\n  final: true\n  delivery: at_most_once\n  deliver_within_seconds: 1.5`
    expect(rulesOf(withLine(more)).rules[0]).toMatchObject({
      priority: -3,
      description: 'For "people"',
      enabled: false,
      enabled_in_file: false,
      timezone: 'Asia/Tokyo',
      final: true,
      delivery: { mode: 'at_most_once', deliver_within_ms: 1_500 },
    })
  })

  it('files without rules, empty ones and ones of comments only are fine', () => {
    const texts = ['', '# later\n', 'rules: []\n', 'rules:\n'].map((text, i) => ({ path: `${i}.yaml`, text }))
    expect(rulesOf(texts.slice(0, 3)).rules).toEqual([])
    expect(problemsOf(texts)).toEqual(['3.yaml:1:7: rules: expected an array, found null'])
  })

  it('aliases stand for what they name', () => {
    const text = `rules:\n- name: a\n  condition: &c {field: tenant, eq: t}\n  action: {type: allow}\n- name: b\n  condition: {not: *c}\n  action: {type: allow}\n`
    expect(rulesOf(text).rules.map(({ condition }) => condition.display)).toEqual([
      'tenant eq "t"',
      'not (tenant eq "t")',
    ])
  })
})

describe('the order in which rules are looked at', () => {
  it('is by priority, lower ones first, and where that is equal by file and place', () => {
    const rule = (name: string, priority?: number): string =>
      `- {name: ${name}, ${priority === undefined ? '' : `priority: ${priority}, `}action: {type: allow}}\n`
    const texts = [
      { path: '1.yaml', text: `rules:\n${rule('a', 5)}${rule('b')}${rule('c', -1)}` },
      { path: '2.yaml', text: `rules:\n${rule('d', 5)}${rule('e', 0)}${rule('f', -1)}` },
    ]
    expect(
      rulesOf(texts)
        .rules.map(({ name }) => name)
        .join(''),
    ).toBe('cfbead')
  })
})

describe('the version of a set of rules', () => {
  const two = (b: string, extra = ''): string =>
    `rules:\n- {name: a, action: {type: allow}}\n- {name: b, ${b}action: {type: allow}}\n${extra}`
  it('is the same for the same rules, however they are written and wherever they stand', () => {
    const { version } = rulesOf(two(''))
    expect(version).toMatch(/^[0-9a-f]{16}$/)
    expect(rulesOf([{ path: 'x.yaml', text: two('', '# a comment') }]).version).toBe(version)
    expect(rulesOf('rules: [{action: {type: allow}, name: a}, {name: b, action: {type: allow}}]').version).toBe(version)
  })

  it('is another for other rules, another order or another switch', () => {
    const set = rulesOf(two(''))
    const others = [
      rulesOf(two('enabled: false, ')),
      rulesOf(two('description: x, ')),
      rulesOf(two('priority: -1, ')),
      withSwitches(set, new Map([['a', false]])),
      withSwitches(set, new Map([['a', true]])),
      withSwitches(set, new Map([['b', false]])),
    ]
    expect(new Set([set, ...others].map(({ version }) => version)).size).toBe(7)
    expect(withSwitches(others[3]!, new Map()).version).toBe(set.version)
    expect(withSwitches(set, new Map([['gone', false]])).version).toBe(set.version)
  })
})

it('of many files only those that changed are compiled again, and they may change the rest', () => {
  const language = languageOf()
  const file = (i: number, more = ''): { path: string; text: string } => ({
    path: `${i}.yaml`,
    text: `rules:\n${Array.from({ length: 50 }, (_, k) => `- {name: r${i}-${k}, priority: ${k}, ${more}action: {type: allow}}\n`).join('')}`,
  })
  const files = Array.from({ length: 10 }, (_, i) => file(i))
  const first = compileRules(files, language)
  const second = compileRules([...files.slice(0, 9), file(9, 'description: x, ')], language)
  if (!first.ok || !second.ok) throw new Error('these are right')
  const kept = second.rules.rules.filter((rule) => first.rules.rules.includes(rule))
  expect(kept).toHaveLength(450)
  expect(compileRules([files[0]!, { ...files[0]!, path: 'copy.yaml' }], language)).toMatchObject({ ok: false })
  expect(compileRules(files.slice(0, 2), language)).toMatchObject({ ok: true })
})
