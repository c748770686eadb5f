import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import type { Action } from '../action/action.js'
import { compilePath, type ActionPath } from '../action/paths.js'
import { fingerprintOf } from './fingerprint.js'

const action: Action = {
  id: 'a',
  namespace: 'monitoring',
  tenant: 't1',
  provider: 'pagerduty',
  action_type: 'alert',
  payload: { count: 3, list: [1, 'x'], text: 'a;b=c\\d' },
  metadata: { cluster: 'prod', service: 'api' },
  created_at: '2026-01-01T00:00:00Z',
}
const paths = (...texts: string[]): ActionPath[] => texts.map((text) => compilePath(text) as ActionPath)
const sha = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex')

it('hashes name=value; for each field in order, without a leading action.', () => {
  expect(fingerprintOf(action, paths('action.action_type', 'metadata.cluster', 'metadata.service'))).toBe(
    sha('action_type=alert;metadata.cluster=prod;metadata.service=api;'),
  )
})

it('escapes separators in texts, writes other values as compact JSON, and takes missing ones as empty', () => {
  expect(fingerprintOf(action, paths('payload.text', 'payload.count', 'payload.list', 'payload.none'))).toBe(
    sha('payload.text=a\\;b\\=c\\\\d;payload.count=3;payload.list=[1,"x"];payload.none=;'),
  )
})

it("takes the action's own fingerprint first", () => {
  expect(fingerprintOf({ ...action, fingerprint: 'mine' }, paths('action_type'))).toBe('mine')
})
