import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import { answer, api, ApiError, type Shape } from '../../api/client.ts'
import { queries } from '../../api/queries.ts'
import { refusalOf } from '../../api/rights.ts'
import { useActs, type Act } from '../../frame/acts.ts'
import { toastError } from '../../frame/toasts.tsx'
import { hrefOf, usePlace } from '../../frame/url.ts'
import { shortId } from '../../lib/formats.ts'
import { ActionForm, FormSwitch } from '../../parts/action-form.tsx'
import { Editor } from '../../parts/editor.tsx'
import { Glyph } from '../../parts/glyph.tsx'
import { PastAction } from '../../parts/past-action.tsx'
import { useSettled } from '../../parts/settled.ts'
import { Failed, Skeleton } from '../../parts/states.tsx'
import { RulesLookedAt } from '../../story/timeline.tsx'
import '../../styles/rules.css'
import { exampleOf, readObject } from '../rules/words.ts'
import { copyOf, idIn, previewOf, sendTitle, type Preview } from './draft.ts'

// Kept while the tab lives: looking at a story and coming back loses no work.
let kept: string | undefined

/** Sends one action by hand; what would become of it is shown beside it while it is written. */
export default function Dispatch() {
  const me = useQuery(queries.me())
  // What to begin with depends on what the person may do.
  return me.isPending ? (
    <main>
      <Skeleton rows={6} />
    </main>
  ) : (
    <Panes me={me.data} />
  )
}

function Panes({ me }: { me: Shape['Me'] | undefined }) {
  const { scope, search, go } = usePlace()
  const [text, setText] = useState(() => kept ?? JSON.stringify(exampleOf(scope, me?.grants[0]), null, 2))
  const [form, setForm] = useState(true)
  const [broken, setBroken] = useState<string>()
  kept = text
  const begunWith = search['action']
  const past = useQuery({ ...queries.wholeStory(begunWith ?? '', scope), enabled: begunWith !== undefined })
  useEffect(() => {
    if (past.data !== undefined) setText(JSON.stringify(copyOf(past.data), null, 2))
    // Once for each: what was typed since stays.
  }, [begunWith, past.data === undefined])
  const settled = useSettled(text)
  const read = useMemo(() => readObject(text), [text])
  const dry = useDryRun(settled)
  const mayNot = refusalOf(me, 'operate')
  const client = useQueryClient()
  const action = 'value' in read ? read.value : {}
  const provider = typeof action['provider'] === 'string' ? action['provider'] : ''
  // A new text is a new request; the same one sent twice by a double click is one.
  const key = useMemo(() => crypto.randomUUID(), [text])
  const send = useMutation({
    mutationFn: async () => {
      const body = action as Shape['Action']
      const { data, response } = await api.POST('/v1/dispatch', { body, headers: { 'idempotency-key': key } })
      return response.headers.get('acteon-action-id') ?? idIn(data as Shape['Outcome'])
    },
    onSuccess: (id) => {
      for (const name of ['traffic', 'story', 'events', 'groups', 'dead-letters', 'evaluation'])
        void client.invalidateQueries({ queryKey: [name] })
      const { tenant, namespace } = action as { tenant: string; namespace: string }
      go(hrefOf({ scope: scope.tenant === undefined ? {} : { tenant, namespace }, page: 'actions' }, { open: id }))
    },
    onError: (error) => toastError('It was not handed in', error),
  })
  const unreadable = 'problem' in read ? read.problem : form ? broken : undefined
  const refused =
    unreadable !== undefined
      ? unreadable
      : mayNot !== undefined
        ? mayNot
        : dry.error instanceof ApiError && dry.error.status < 500
          ? dry.error.message
          : send.isPending
            ? 'It is being sent.'
            : undefined
  const title = sendTitle(settled === text ? (dry.preview ?? null) : null, provider)
  const { mutate } = send
  const acts = useMemo<Act[]>(
    () => [
      { title, refused, run: () => mutate() },
      { title: form ? 'Write it as JSON' : 'Write it as a form', run: () => setForm(!form) },
    ],
    [title, refused, mutate, form],
  )
  useActs(acts)
  return (
    <main
      className="play"
      onKeyDown={(event) => {
        if (event.key === 'Enter' && (event.metaKey || event.ctrlKey) && refused === undefined) mutate()
      }}
    >
      <div className="lead">
        <h2>Send one action by hand</h2>
        <span className="tag nothing-sent">Nothing is sent yet</span>
      </div>
      <div className="play-panes halves">
        <section className="panel" aria-labelledby="dispatch-action">
          <div className="hd">
            <h2 id="dispatch-action">Action</h2>
            <PastAction key={begunWith} id={begunWith} />
            <FormSwitch form={form} setForm={setForm} readable={!('problem' in read)} />
          </div>
          {past.error !== null && begunWith !== undefined && (
            <p className="problem" role="alert">
              {past.error instanceof ApiError && past.error.status === 404
                ? `Nothing with the id ${shortId(begunWith)} is kept in this scope.`
                : past.error.message}
            </p>
          )}
          {past.data !== undefined && (
            <p className="hint from-past">A copy of {shortId(begunWith!)}. What is masked in its record came masked.</p>
          )}
          {form ? (
            <ActionForm key={past.data?.action_id} action={action} onText={setText} onBroken={setBroken} />
          ) : (
            <Editor label="Action as JSON" language="json" value={text} onChange={setText} />
          )}
          {unreadable !== undefined && (
            <p className="problem" role="alert">
              {unreadable}
            </p>
          )}
          <div className="send">
            <button
              type="button"
              className="btn pri"
              aria-disabled={refused !== undefined}
              title={refused}
              onClick={() => {
                if (refused === undefined) mutate()
              }}
            >
              {title} <kbd>⌘↵</kbd>
            </button>
            <span className="hint">
              {unreadable !== undefined ? '' : (refused ?? 'It opens the story of what became of it.')}
            </span>
          </div>
        </section>
        <section className="panel" aria-labelledby="dispatch-preview">
          <div className="hd">
            <h2 id="dispatch-preview">What would become of it</h2>
          </div>
          <DryRun dry={dry} stale={settled !== text} />
        </section>
      </div>
    </main>
  )
}

interface Dry {
  preview: Preview | null | undefined
  /** Whether it belongs to a text before. */
  old: boolean
  error: Error | null
  again: () => void
}
function useDryRun(text: string): Dry {
  const read = useMemo(() => readObject(text), [text])
  const query = useQuery({
    queryKey: ['evaluation', 'dry-run', text],
    queryFn: () =>
      answer(
        api.POST('/v1/dispatch', {
          // The server says what is wrong with it.
          body: ('value' in read ? read.value : {}) as Shape['Action'],
          params: { query: { dry_run: true } },
        }),
      ),
    enabled: 'value' in read,
    retry: false,
  })
  const provider = 'value' in read ? String(read.value['provider']) : ''
  const preview = useMemo(
    () => (query.data === undefined ? undefined : previewOf(query.data as Shape['Outcome'], provider)),
    [query.data, provider],
  )
  return { preview, old: query.isPlaceholderData, error: query.error, again: () => void query.refetch() }
}

function DryRun({ dry: { preview, old, error, again }, stale }: { dry: Dry; stale: boolean }) {
  if (error !== null)
    return error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 403 ? (
      <p className="problem" role="alert">
        {error.message}
      </p>
    ) : (
      <Failed what="What would become of it" error={error} retry={again} />
    )
  if (preview === undefined) return <Skeleton rows={5} />
  if (preview === null) return <p className="problem">The server gave no preview of it.</p>
  const { foreseen, rules, payload } = preview
  return (
    <div className={old || stale ? 'stale' : ''} aria-busy={old || stale}>
      <div className="ans" role="status">
        <div className="ans-line">
          <Glyph name={foreseen.tone === 'neutral' ? 'step' : foreseen.tone} />
          <b>{foreseen.sentence}</b>
        </div>
      </div>
      {rules.length > 0 && (
        <>
          <h3>The rules, in the order in which they are looked at</h3>
          <RulesLookedAt rules={rules} />
        </>
      )}
      <h3>The payload that would be sent</h3>
      <pre className="code" tabIndex={0} aria-label="Payload that would be sent">
        {JSON.stringify(payload, null, 2)}
      </pre>
    </div>
  )
}
