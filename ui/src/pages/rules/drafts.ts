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
  for (const listener of listeners) listener()
}

/** Files that are new, and not published yet. */
const begun = new Map<string, File>()
let begunNow: readonly File[] = []
const setBegun = (change: (files: Map<string, File>) => void): void => {
  change(begun)
  begunNow = [...begun.values()]
}

/** Begins a new file; one that was begun before stays as it is being written. */
export function beginFile({ path, text, editable }: Shape['NewRuleFile']): void {
  if (begun.has(path)) return
  const file: File = { path, text: '', revision: null, editable }
  setBegun((files) => files.set(path, file))
  changeDraft(file, { text })
}

/** The new files that are being written. */
export const useBegun = (): readonly File[] => useSyncExternalStore(listen, () => begunNow)

/** Nothing is changed any more; a new file is published, or given up. */
export function dropDraft(path: string): void {
  drafts.delete(path)
  setBegun((files) => files.delete(path))
  for (const listener of listeners) listener()
}

/** The draft of a file, and how to change it. */
export function useDraft(file: File): [Draft, (change: Partial<Draft>) => void] {
  const draft = useSyncExternalStore(listen, () => draftOf(file))
  return [draft, useCallback((change) => changeDraft(file, change), [file])]
}
