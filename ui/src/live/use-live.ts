import { useSyncExternalStore } from 'react'
import { liveState, subscribeLive, type LiveState } from './stream.ts'

/**
 * Part of what the tab's stream knows now; painted at most four times a second, and only where that part changed.
 * @param select gives the same value for the same state: a member, or something computed of members
 */
export const useLive = <T>(select: (state: LiveState) => T): T =>
  useSyncExternalStore(subscribeLive, () => select(liveState()))
