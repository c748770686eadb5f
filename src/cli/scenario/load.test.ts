import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Stop } from '../exit.js'
import { loadTest } from './load.js'

const folder = mkdtempSync(join(tmpdir(), 'acteon-scenario-'))
const load = (text: string) => {
  writeFileSync(join(folder, 't.yaml'), text)
  return loadTest(join(folder, 't.yaml'), 't.yaml')
}

it('a test file is read with the place of each step', () => {
  const { test, placeOf } = load(
    'rules: ../rules\nsteps:\n  - name: first\n    action: { provider: email }\n  - advance: 5m\n',
  )
  expect(test.steps).toEqual([{ name: 'first', action: { provider: 'email' } }, { advance: '5m' }])
  expect(placeOf(['steps', 1])).toBe('t.yaml:5:5')
  expect(placeOf(['steps', 0, 'expect', 'outcome'])).toBe('t.yaml:3:5')
})

describe('a test file with an error says where it is', () => {
  it.each([
    ['rules: r\nsteps: [\n', /^t\.yaml:3:1: Flow sequence/],
    ['rules: r\n', /^t\.yaml:1:1: "steps" is missing$/],
    ['rules: r\nsteps: []\n', /^t\.yaml:2:8: steps: must have at least 1 item/],
    [
      'rules: r\nsteps:\n  - expct: {}\n',
      /^t\.yaml:3:5: steps\[0\]\.expct: unknown name "expct"; did you mean "expect"\?$/,
    ],
    ['rules: r\nsteps:\n  - advance: soon\n', /^t\.yaml:3:14: steps\[0\]\.advance: expected a duration such as 30s/],
    ['rules: r\nclock: now\nsteps:\n  - advance: 1s\n', /^t\.yaml:2:8: clock: expected a time of RFC 3339/],
    [
      'rules: r\nsteps:\n  - expect: { gates: { a: maybe } }\n',
      /^t\.yaml:3:27: steps\[0\]\.expect\.gates\.a: expected one of pass, refuse/,
    ],
    [
      `a: &a [1,1,1,1,1,1,1,1,1]\nb: &b [${Array(9).fill('*a').join()}]\nc: [${Array(9).fill('*b').join()}]\n`,
      /^t\.yaml:1:1: more than 50 aliases/,
    ],
    ['rules: r\nrules: s\nsteps: [{}]\n', /^t\.yaml:2:1: Map keys must be unique/],
  ])('%j', (text, expected) => {
    const error = (() => {
      try {
        return load(text)
      } catch (thrown) {
        return thrown as Stop
      }
    })()
    expect(error).toMatchObject({ exit: 'usage', message: expect.stringMatching(expected) as string })
  })
})
