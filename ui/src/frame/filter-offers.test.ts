import { expect, it } from 'vitest'
import { typedTerm } from './filter-offers.js'

it.each([
  ['', { before: '', minus: '', key: '', values: undefined }],
  ['ru', { before: '', minus: '', key: 'ru', values: undefined }],
  ['-rule:pa', { before: '', minus: '-', key: 'rule', values: { done: '', letters: 'pa' } }],
  ['type:a,"b c",d', { before: '', minus: '', key: 'type', values: { done: 'a,"b c",', letters: 'd' } }],
  ['type:"b c', { before: '', minus: '', key: 'type', values: { done: '', letters: 'b c' } }],
  ['rule:"x y" pro', { before: 'rule:"x y" ', minus: '', key: 'pro', values: undefined }],
  ['payload.to:', { before: '', minus: '', key: 'payload.to', values: { done: '', letters: '' } }],
])('takes %j apart while it is typed', (draft, parts) => {
  expect(typedTerm(draft)).toEqual(parts)
})
