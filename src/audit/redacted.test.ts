import { expect, it } from 'vitest'
import type { Action } from '../action/action.js'
import { createRedactor } from './redact.js'
import { excerptOf, recordMetadata, redactedAttempts, redactedOutcome, redactedTrace } from './redacted.js'
import { emptyTrace, type Trace } from './trace.js'

const redactor = createRedactor({ fields: ['password', 'card.number', 'type', 'status'] })
const X = '[REDACTED]'

it('masks what a provider answered, and keeps the form of the outcome', () => {
  const response = {
    status: 'success' as const,
    body: { type: 'x', text: 'password=hunter2', ok: true },
    headers: { 'Set-Cookie': 'sid=1', 'content-type': 'a' },
  }
  const shown = {
    status: 'success',
    body: { type: X, text: `password=${X}`, ok: true },
    headers: { 'Set-Cookie': X, 'content-type': 'a' },
  }
  expect(redactedOutcome({ type: 'Executed', ...response }, redactor)).toEqual({ type: 'Executed', ...shown })
  expect(redactedOutcome({ type: 'Rerouted', original_provider: 'a', new_provider: 'b', response }, redactor)).toEqual({
    type: 'Rerouted',
    original_provider: 'a',
    new_provider: 'b',
    response: shown,
  })
  expect(
    redactedOutcome(
      {
        type: 'Failed',
        code: 'PROVIDER_ERROR',
        message: '401 for {"password":"hunter2"',
        retryable: false,
        attempts: 1,
      },
      redactor,
    ),
  ).toMatchObject({ type: 'Failed', message: `401 for {"password":"${X}"` })
})

it('answers an outcome itself when nothing in it had to be masked', () => {
  const outcome = { type: 'Executed' as const, status: 'success' as const, body: { ok: true }, headers: {} }
  expect(redactedOutcome(outcome, redactor)).toBe(outcome)
  expect(redactedOutcome({ type: 'Deduplicated' }, redactor)).toEqual({ type: 'Deduplicated' })
})

it('masks the values that a trace found at masked paths, wherever the part names them', () => {
  const trace: Trace = {
    ...emptyTrace(),
    rules: [
      {
        rule: 'r',
        result: 'matched',
        parts: [
          { part: 'payload.password eq "x"', result: false, found: 'hunter2' },
          { part: 'payload.card exists true', result: true, found: { number: '4', kept: 1 } },
          { part: 'action.payload.card.number == "4" && true', result: true, found: '4' },
          { part: 'payload.priority eq "urgent"', result: true, found: 'urgent' },
          { part: 'payload.gone exists true', result: false },
        ],
      },
    ],
  }
  expect(redactedTrace(trace, redactor).rules[0]?.parts?.map(({ found }) => found)).toEqual([
    X,
    { number: X, kept: 1 },
    X,
    'urgent',
    undefined,
  ])
  const plain = { ...emptyTrace(), rules: [{ rule: 'r', result: 'skipped' as const, note: 'off' }] }
  expect(redactedTrace(plain, redactor)).toBe(plain)
})

it('masks an excerpt before it is cut, and cuts no character in two', () => {
  const [attempt] = redactedAttempts(
    [
      {
        attempt: 1,
        provider: 'p',
        at: '2026-01-01T00:00:00Z',
        duration_ms: 1,
        result: 'final',
        excerpt: `${'a'.repeat(500)} password=hunter2`,
      },
    ],
    redactor,
  )
  expect(attempt?.excerpt).toBe(`${'a'.repeat(500)} password=[…`)
  expect(excerptOf(`${'a'.repeat(510)}😀😀`, redactor)).toBe(`${'a'.repeat(510)}…`)
})

it('puts what the caller named beside the labels', () => {
  const action: Action = {
    id: '1',
    namespace: 'n',
    tenant: 't',
    provider: 'p',
    action_type: 'a',
    payload: {},
    created_at: '2026-01-01T00:00:00Z',
    metadata: { cluster: 'prod' },
    dedup_key: 'k',
    status: 'firing',
    ends_at: '2026-01-02T00:00:00Z',
  }
  expect(recordMetadata(action)).toEqual({
    cluster: 'prod',
    __dedup_key: 'k',
    __status: 'firing',
    __ends_at: '2026-01-02T00:00:00Z',
  })
})
