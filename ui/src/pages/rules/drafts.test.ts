import { expect, it } from 'vitest'
import { beginAnew, changeDraft, draftOf, dropDraft, isChanged } from './drafts.ts'

const file = (text: string) => ({ path: 'a.yaml', text, revision: text, editable: true })

it('a draft keeps what was written, also when the file is read again, until it is dropped', () => {
  const old = file('old')
  const other = file('old')
  const found = draftOf(old)
  expect([draftOf(other) === draftOf(other), draftOf(old)]).toEqual([true, found])
  expect(draftOf(old)).toBe(found)
  changeDraft(old, { text: 'mine' })
  const theirs = file('theirs')
  expect(draftOf(theirs)).toMatchObject({ text: 'mine', base: old })
  changeDraft(theirs, { base: theirs, beside: true })
  expect([draftOf(theirs).text, isChanged(draftOf(theirs))]).toEqual(['mine', true])
  dropDraft('a.yaml')
  expect(draftOf(theirs)).toMatchObject({ text: 'theirs', beside: false })
})

it('a draft that says what the file says follows the file', () => {
  const old = file('old')
  changeDraft(old, { text: 'mine' })
  changeDraft(old, { text: 'old' })
  expect(draftOf(file('new')).text).toBe('new')
})

it('a draft of a file that was deleted becomes one of a new file', () => {
  changeDraft(file('old'), { text: 'mine' })
  beginAnew({ path: 'a.yaml', text: 'mine', editable: true })
  const draft = draftOf(file('old'))
  expect(draft).toMatchObject({ text: 'mine', base: { revision: null, text: '' } })
  dropDraft('a.yaml')
})
