import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { answer, api, ApiError, type Shape } from '../../api/client.ts'
import { useRefusal } from '../../api/rights.ts'
import { useActs, type Act } from '../../frame/acts.ts'
import { usePlace } from '../../frame/url.ts'
import { count, plural } from '../../lib/formats.ts'
import { REPLAY_PRESETS } from '../../lib/range.ts'
import { useSettled } from '../../parts/settled.ts'
import { asked, isRunning } from './asking.ts'
import { isChanged, type Draft } from './drafts.ts'

const LIMITS = [1_000, 10_000, 50_000]

/** A replay of past traffic through a draft: what is asked, how far it is, and what it found. Its id is in the address. */
export function useReplay(draft: Draft, set: (change: Partial<Draft>) => void) {
  const { scope, search, change } = usePlace()
  const client = useQueryClient()
  const id = search['replay']
  const [q, setQ] = useState(search['rq'] ?? '')
  const from = REPLAY_PRESETS.find((preset) => preset.from === search['rfrom'])?.from ?? '-24h'
  const [limit, setLimit] = useState(50_000)
  const refusal = useRefusal('operate')
  const { path } = draft.base
  const found = useQuery({ ...asked.replay(id ?? ''), enabled: id !== undefined })
  const job = id === undefined ? undefined : found.data
  /** The text that each replay of this page went through. */
  const texts = useRef(new Map<string, string>())
  const start = useMutation({
    mutationFn: async () => {
      const { text } = draft
      const files: Shape['RuleFileChange'][] = isChanged(draft) ? [{ path, text }] : []
      const body = { files, from, limit, ...(q.trim() !== '' && { q: q.trim() }), ...scope }
      try {
        const started = await answer(api.POST('/v1/rules/replay', { body }))
        texts.current.set(started.id, text)
        return started
      } catch (error) {
        // One that was left running, as by a reload: it is shown, and can be cancelled.
        const running = error instanceof ApiError && error.status === 409 ? error.details['id'] : undefined
        if (typeof running === 'string') change({ replay: running }, true)
        throw error
      }
    },
    onSuccess: (started) => {
      client.setQueryData(asked.replay(started.id).queryKey, started)
      change({ replay: started.id, rq: q.trim() === '' ? undefined : q.trim() }, true)
    },
  })
  const cancel = useMutation({
    mutationFn: (job: string) => answer(api.DELETE('/v1/rules/replay/{id}', { params: { path: { id: job } } })),
    onSuccess: (ended) => client.setQueryData(asked.replay(ended.id).queryKey, ended),
  })
  const { mutate: cancelled } = cancel
  const cancelThis = useCallback(() => {
    if (id !== undefined) cancelled(id)
  }, [id, cancelled])
  const text = id === undefined ? undefined : texts.current.get(id)
  const done = job?.status === 'done' ? job : undefined
  useEffect(() => {
    if (done !== undefined && text !== undefined) set({ replay: { text, sentence: sentenceOf(done) } })
    // Once per replay: the draft may have gone on since.
  }, [done?.id])
  const running = start.isPending || (job !== undefined && isRunning(job))
  return {
    job,
    /** Whether it went through the text as it is now. */
    ofThisText: text === draft.text,
    known: text !== undefined,
    lost: found.error,
    q,
    setQ,
    from,
    setFrom: (value: string) => change({ rfrom: value === '-24h' ? undefined : value }, true),
    limit,
    setLimit,
    running,
    refused: refusal ?? (running ? 'A replay is running.' : undefined),
    problem: start.error,
    start: start.mutate,
    cancel: cancelThis,
  }
}
export type Replay = ReturnType<typeof useReplay>

const sentenceOf = ({ sentence, tenants }: Shape['ReplayJob']): string =>
  tenants > 1 ? `${sentence} They are of ${tenants} tenants.` : sentence

/** Which traffic, how much of it, and the act. */
export function ReplayInput({ replay }: { replay: Replay }) {
  const { q, setQ, from, setFrom, limit, setLimit, refused, running, start, cancel, problem } = replay
  const acts = useMemo<Act[]>(
    () => [
      { title: 'Replay past traffic', key: 'r', refused, run: () => start() },
      ...(running ? [{ title: 'Cancel the replay', run: cancel }] : []),
    ],
    [refused, running, start, cancel],
  )
  useActs(acts)
  return (
    <form
      className="replay-input"
      onSubmit={(event) => {
        event.preventDefault()
        if (refused === undefined) start()
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && (event.metaKey || event.ctrlKey) && refused === undefined) start()
      }}
    >
      <div className="hd">
        <h2 id="play-input">Past traffic</h2>
      </div>
      <label className="field">
        Filter
        <input
          className="input mono"
          value={q}
          placeholder="type:latency_slo tenant:acme"
          spellCheck={false}
          onChange={({ target }) => setQ(target.value)}
        />
      </label>
      <div className="fields">
        <label className="field">
          Time
          <select className="input" value={from} onChange={({ target }) => setFrom(target.value)}>
            {REPLAY_PRESETS.map((preset) => (
              <option key={preset.from} value={preset.from}>
                {preset.title.toLowerCase()}
              </option>
            ))}
          </select>
        </label>
        <label className="field">
          At most, the newest
          <select className="input" value={limit} onChange={({ target }) => setLimit(Number(target.value))}>
            {LIMITS.map((value) => (
              <option key={value} value={value}>
                {count(value)}
              </option>
            ))}
          </select>
        </label>
      </div>
      <HowMany q={q} from={from} limit={limit} />
      <div className="send">
        <button type="submit" className="btn pri" aria-disabled={refused !== undefined} title={refused}>
          Replay <kbd>R</kbd>
        </button>
        {running && (
          <button type="button" className="btn" onClick={cancel}>
            Cancel
          </button>
        )}
        {refused !== undefined && !running && <span className="hint">{refused}</span>}
      </div>
      {problem !== null && !running && (
        <p className="problem" role="alert">
          {problem.message}
        </p>
      )}
      <p className="hint">
        Actions are relived in order, on their own times. What passed in the time before that rules remember, and what
        the filter leaves out, is relived with them, so that counters, keys, groups and events are as they were. Nothing
        is sent, nothing is recorded.
      </p>
    </form>
  )
}

/** How many the filter finds, before it is run. */
function HowMany({ q, from, limit }: { q: string; from: string; limit: number }) {
  const { scope } = usePlace()
  const settled = useSettled(q.trim())
  const { data, error } = useQuery({
    queryKey: ['counts', scope, settled, from],
    queryFn: () => answer(api.GET('/v1/counts', { params: { query: { ...scope, q: settled, from } } })),
    retry: false,
  })
  if (error !== null)
    return (
      <p className="problem" role="alert">
        {error.message}
      </p>
    )
  if (data === undefined) return <p className="hint">Counting…</p>
  const { total } = data
  return (
    <p className="how-many">
      {total === null
        ? 'More than 10,000 actions'
        : total > limit
          ? `${plural(total, 'action')}, of which the newest ${count(limit)}`
          : plural(total, 'action')}
    </p>
  )
}
