import { useCallback, useSyncExternalStore } from 'react'
import type { Shape } from '../../api/client.ts'

/** A rule file as it was read; `revision: null`: it is new, and nothing of it is written. */
export type File = Omit<Shape['RuleFile'], 'revision'> & { revision: string | null }

/** A rule file as somebody is changing it. It is kept while the page is open, whatever else is looked at meanwhile. */
export interface Draft {
  /** What was read, and is replaced. */
  base: File
  text: string
  /** Somebody published meanwhile: their text is the base, and is shown beside the own one. */
  beside: boolean
  message: string
  /** What a replay of past traffic said, and of which text. */
  replay: { text: string; sentence: string } | null
}

const drafts = new Map<string, Draft>()
const listeners = new Set<() => void>()
const listen = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export const isChanged = ({ base, text }: Draft): boolean => text !== base.text

/** Whether something would be lost with the page. */
const isAnyChanged = (): boolean => [...drafts.values()].some(isChanged)
if (typeof addEventListener === 'function')
  addEventListener('beforeunload', (event) => {
    if (isAnyChanged()) event.preventDefault()
  })

/** By what was read: parts of a page may have read at different moments, and each must find its own again. */
const untouched = new WeakMap<File, Draft>()
/** The draft of a file: begun anew from the file as it is while nothing was changed. */
export function draftOf(file: File): Draft {
  const draft = drafts.get(file.path)
  if (draft !== undefined && (isChanged(draft) || draft.beside)) return draft
  const known = untouched.get(file)
  if (known !== undefined) return known
  const fresh: Draft = { base: file, text: file.text, beside: false, message: '', replay: null }
  untouched.set(file, fresh)
  return fresh
}

export function changeDraft(file: File, change: Partial<Draft>): void {
  drafts.set(file.path, { ...draftOf(file), ...change })
  told()
}

/** Files that are new, and not published yet. */
const begun = new Map<string, File>()
let written: readonly File[] = []
const writtenFiles = (): readonly File[] => written
function told(): void {
  const changed = [...drafts.values()].filter(isChanged).map(({ base }) => base)
  const now = [...begun.values(), ...changed.filter(({ path }) => !begun.has(path))]
  // The same list while it is about the same files, so that a letter that is typed draws no more than its editor.
  if (now.length !== written.length || now.some((file, i) => file !== written[i])) written = now
  for (const listener of listeners) listener()
}

/** Begins a new file; one that was begun before stays as it is being written. */
export function beginFile({ path, text, editable }: Shape['NewRuleFile']): void {
  if (begun.has(path)) return
  const file: File = { path, text: '', revision: null, editable }
  begun.set(path, file)
  changeDraft(file, { text })
}

/** A text as a new file, for one that was deleted: what was written of it takes its place. */
export function beginAnew(file: Shape['NewRuleFile']): void {
  dropDraft(file.path)
  beginFile(file)
}

/** What is being written: new files, and those that were changed, which may have been deleted meanwhile. */
export const useWritten = (): readonly File[] => useSyncExternalStore(listen, writtenFiles)

/** Nothing is changed any more; a new file is published, or given up. */
export function dropDraft(path: string): void {
  drafts.delete(path)
  begun.delete(path)
  told()
}

/** The draft of a file, and how to change it. */
export function useDraft(file: File): [Draft, (change: Partial<Draft>) => void] {
  const draft = useSyncExternalStore(listen, () => draftOf(file))
  return [draft, useCallback((change) => changeDraft(file, change), [file])]
}
