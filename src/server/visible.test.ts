import { expect, it } from 'vitest'
import { BLANK } from './matching.js'
import { shownRecord } from './visible.js'

it('texts of rule files on record are shown only to whoever may see all tenants', () => {
  const details = { path: 'a.yaml', texts: { before: null, after: 'rules: []' } }
  const record = { ...BLANK, kind: 'system' as const, verdict_details: details }
  expect(shownRecord(record, () => true, true).verdict_details).toEqual(details)
  expect(shownRecord(record, () => true, false).verdict_details).toEqual({ path: 'a.yaml' })
})
