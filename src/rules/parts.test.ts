import { describe, expect, it } from 'vitest'
import { actionOf, rulesOf } from './rules.fixture.js'
import { createPartCounts, partsBefore, type CountedPart } from './parts.js'
import { planAction } from './plan.js'
import type { RuleSet } from './ruleset.js'
import type { LookupAnswer } from '../state/store.js'

const RULES = `# places are those of this text
rules:
  - name: nested
    condition:
      all:
        - field: payload.n
          gt: 1
        - any:
            - { field: payload.to, eq: a }
            - not:
                field: payload.n
                lt: 5
    action: { type: suppress }
  - name: asks
    condition: { call: has_active_event, args: [down] }
    action: { type: suppress }
  - name: written
    condition: >-
      action.payload.n == 0.0 &&
      action.payload.to == "z"
    action: { type: suppress }
  - name: always
    action: { type: suppress }
`
async function counted(rules: RuleSet, payloads: object[], answer: (payload: object) => LookupAnswer = () => false) {
  const counts = createPartCounts(rules)
  for (const payload of payloads) {
    const seen = new Map<object, boolean>()
    const environment = {
      ...{ nowMs: 0, machines: new Map(), newId: () => 'x', draft: () => ({}) as never, providerProblem: () => null },
      ...{ onRuleError: 'fail' as const, seen },
    }
    await planAction(actionOf({ payload: payload as never }), rules, environment, async (lookups) =>
      lookups.map(() => answer(payload)),
    )
    counts.add(seen)
  }
  return counts.counted().map(({ rule, parts }) => ({ name: rule.name, parts }))
}

describe('parts of conditions, counted', () => {
  it('say for how many actions each was looked at and held, and where it is written', async () => {
    const payloads = [{ n: 0 }, { n: 2, to: 'a' }, { n: 3, to: 'b' }, { n: 9, to: 'b' }, { n: 0, to: 'z' }]
    const [nested, asks, written, ...others] = await counted(rulesOf(RULES), payloads)
    const told = ({ kind, part, line, looked_at, passed }: CountedPart): unknown[] => [
      kind,
      part,
      line,
      looked_at,
      passed,
    ]
    expect(nested!.parts.map(told)).toEqual([
      ['all', 'all', 5, 5, 2],
      ['field', 'payload.n gt 1', 7, 5, 3],
      ['any', 'any', 8, 3, 2],
      ['field', 'payload.to eq "a"', 9, 3, 1],
      ['not', 'not', 10, 2, 1],
      ['field', 'payload.n lt 5', 12, 2, 1],
    ])
    // Two were ended by the first rule.
    expect(asks!.parts.map(told)).toEqual([['call', 'has_active_event(down)', 15, 3, 0]])
    expect(written!.parts.map(told)).toEqual([
      ['cel', 'action.payload.n == 0.0 &&\naction.payload.to == "z"'.replace('\n', ' '), 18, 3, 1],
    ])
    expect(others).toEqual([])
  })

  it('are counted once where state had to be asked, and not for rules that its answer keeps from being looked at', async () => {
    const text = `rules:
  - { name: asks, condition: { all: [{ field: payload.n, gt: 0 }, { call: has_active_event, args: [down] }] }, action: { type: suppress } }
  - { name: later, condition: { field: payload.n, gt: 1 }, action: { type: suppress } }
`
    const [asks, later] = await counted(
      rulesOf(text),
      [{ n: 1 }, { n: 2 }],
      (payload) => 'n' in payload && payload.n === 2,
    )
    expect(asks!.parts).toMatchObject([
      { looked_at: 2, passed: 1 },
      { looked_at: 2, passed: 2 },
      { looked_at: 2, passed: 1 },
    ])
    expect(later!.parts).toMatchObject([{ looked_at: 1, passed: 0 }])
  })

  it('are found again in another version: by their text, else by what they are about', async () => {
    const partsOf = async (condition: string): Promise<CountedPart[]> =>
      (await counted(rulesOf(`rules:\n  - { name: r, condition: ${condition}, action: { type: suppress } }\n`), []))[0]!
        .parts
    const before = await partsOf(
      '{ all: [{ field: payload.n, gt: 1 }, { field: payload.n, lt: 9 }, { field: payload.to, eq: a }] }',
    )
    const now = await partsOf(
      '{ any: [{ field: payload.new, exists: true }, { field: payload.n, lt: 9 }, { field: payload.n, gt: 3 }, { field: payload.to, eq: b }] }',
    )
    expect(partsBefore(now, before).map((part) => part?.part ?? null)).toEqual([
      null,
      null,
      'payload.n lt 9',
      'payload.n gt 1',
      'payload.to eq "a"',
    ])
    expect(partsBefore(before, before)).toEqual(before)
  })
})
