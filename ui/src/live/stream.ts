import type { Shape } from '../api/client.ts'

export type LiveRow = Shape['ActionRow']

/** What the tab's one stream knows. Sums go on growing while it is listened to. */
export interface LiveState {
  /** `off`: the person turned it off; `lost`: it is trying again. */
  state: 'off' | 'connecting' | 'open' | 'lost'
  /** Milliseconds: when something was last heard. */
  heardMs: number
  lostSinceMs: number | null
  /** Actions a second, over the last five. */
  rate: number
  /** The most that passed the filter within one of them; null: not all could be looked at. */
  matchPeak: number | null
  /** All that happened, whatever the filter. */
  arrived: number
  broken: number
  /** What passed the filter and was told of, newest first, at most RING; `told` counts all of them. */
  ring: readonly LiveRow[]
  told: number
  /** How many passed the filter and were left out. */
  skipped: number
  /** How often it was not known how many were left out, such as while the stream was lost. */
  unsure: number
  /** How often it was lost and found again. */
  losses: number
  /** Grows with whatever may make an answer of the lists another one. */
  news: number
}

export interface LiveAsked {
  tenant?: string | undefined
  namespace?: string | undefined
  q?: string | undefined
}

const RING = 2_000
const PAINT_MS = 250
const RATE_SECONDS = 5
const empty: LiveState = {
  state: 'off',
  heardMs: 0,
  lostSinceMs: null,
  rate: 0,
  matchPeak: 0,
  arrived: 0,
  broken: 0,
  ring: [],
  told: 0,
  skipped: 0,
  unsure: 0,
  losses: 0,
  news: 0,
}

let state = empty
let source: EventSource | null = null
let address = ''
let buffer: LiveRow[] = []
let seconds: { all: number; matched: number | null }[] = []
let timer: ReturnType<typeof setTimeout> | undefined
let retry: ReturnType<typeof setTimeout> | undefined
let pending: Partial<LiveState> = {}
const listeners = new Set<() => void>()

/** Painted at most four times a second, and never in a tab that nobody sees. */
function paint(): void {
  timer = undefined
  if (document.hidden) return
  const ring = buffer.length === 0 ? state.ring : [...buffer.reverse(), ...state.ring].slice(0, RING)
  state = { ...state, ...pending, ring }
  pending = {}
  buffer = []
  for (const listener of listeners) listener()
}
function soon(): void {
  if (buffer.length > RING) buffer = buffer.slice(-RING)
  timer ??= setTimeout(paint, PAINT_MS)
}
const set = (change: Partial<LiveState>): void => {
  pending = { ...pending, ...change }
  soon()
}
const now = <K extends keyof LiveState>(key: K): LiveState[K] =>
  key in pending ? (pending[key] as LiveState[K]) : state[key]

function connect(): void {
  source?.close()
  clearTimeout(retry)
  const stream = new EventSource(address)
  source = stream
  const again = now('lostSinceMs') !== null
  const heard = (change: Partial<LiveState> = {}): void => set({ heardMs: Date.now(), ...change })
  const on = <T>(name: string, hear: (data: T) => void): void =>
    stream.addEventListener(name, (event) => hear(JSON.parse((event as MessageEvent<string>).data) as T))
  stream.onopen = () =>
    // What happened between the lists' answers and now was told to nobody.
    heard({
      ...{ state: 'open', lostSinceMs: null, news: now('news') + 1 },
      ...{ unsure: now('unsure') + Number(again), losses: now('losses') + Number(again) },
    })
  stream.onerror = () => {
    if (source !== stream) return
    stream.close()
    set({ state: 'lost', lostSinceMs: now('lostSinceMs') ?? Date.now() })
    retry = setTimeout(connect, 1_000)
  }
  on<LiveRow>('action', (row) => {
    buffer.push(row)
    set({ told: now('told') + 1, news: now('news') + 1 })
  })
  on('patch', () => set({ news: now('news') + 1 }))
  on<Shape['LiveGap']>('gap', ({ skipped }) =>
    set(skipped === null ? { unsure: now('unsure') + 1 } : { skipped: now('skipped') + skipped }),
  )
  on<Shape['LiveCounts']>('counts', ({ outcomes, seconds: length, matched }) => {
    const arrived = Object.values(outcomes).reduce((sum, n) => sum + n, 0)
    const broken = (outcomes['failed'] ?? 0) + (outcomes['circuit_open'] ?? 0)
    seconds = [...seconds, { all: arrived / length, matched: matched === null ? null : matched / length }].slice(
      -RATE_SECONDS,
    )
    heard({
      rate: seconds.reduce((sum, { all }) => sum + all, 0) / seconds.length,
      matchPeak: seconds.some((second) => second.matched === null)
        ? null
        : Math.max(...seconds.map((second) => second.matched ?? 0)),
      arrived: now('arrived') + arrived,
      broken: now('broken') + broken,
      news: now('news') + Math.min(1, arrived),
    })
  })
}
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) paint()
})

/** Begins, changes what is asked for, or ends (null): one connection per tab. */
export function listenTo(asked: LiveAsked | null): void {
  if (asked === null) {
    clearTimeout(retry)
    source?.close()
    source = null
    address = ''
    set({ state: 'off', lostSinceMs: null, rate: 0, matchPeak: 0 })
    return
  }
  const query = new URLSearchParams(
    Object.entries(asked).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''),
  )
  const next = `/v1/stream/live${query.size > 0 ? `?${query}` : ''}`
  if (next === address) return
  address = next
  seconds = []
  buffer = []
  // Sums go on, so that whoever remembers one can tell what came since; what was told of is of the filter before.
  set({ state: 'connecting', lostSinceMs: null, rate: 0, matchPeak: 0 })
  state = { ...state, ring: [] }
  connect()
}

export const liveState = (): LiveState => state
export function subscribeLive(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
