import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { answer, api, ApiError } from '../api/client.ts'
import { queries } from '../api/queries.ts'
import { useRefusal } from '../api/rights.ts'
import { useActs, type Act } from '../frame/acts.ts'
import { A } from '../frame/link.tsx'
import { toast, toastError } from '../frame/toasts.tsx'
import { hrefOf, usePlace } from '../frame/url.ts'
import { parseFilter, withTerm } from '../lib/filter.ts'
import { shortId } from '../lib/formats.ts'
import { copyText } from '../frame/copy.ts'
import { PAGES } from '../pages.tsx'
import { ActButton } from '../parts/acts.tsx'
import { Glyph } from '../parts/glyph.tsx'
import { Icon } from '../parts/icon.tsx'
import { Kbd } from '../parts/kbd.tsx'
import { Empty, Failed, Skeleton } from '../parts/states.tsx'
import { storyMarkdown } from './markdown.ts'
import { Payload, WholeStory } from './payload.tsx'
import type { Told } from './shapes.ts'
import { tell } from './story.ts'
import { Timeline } from './timeline.tsx'

/** The story of one action, with what can be done about it. */
export function StoryView({
  id,
  close,
  previous,
  next,
  place: position,
}: {
  id: string
  close: () => void
  previous?: (() => void) | undefined
  next?: (() => void) | undefined
  place?: string | undefined
}) {
  const { scope } = usePlace()
  const story = useQuery(queries.story(id, scope))
  const told = useMemo(() => (story.data === undefined ? undefined : tell(story.data)), [story.data])
  const bar = (
    <div className="story-bar">
      <button type="button" className="btn icon" aria-label="Back to the list" onClick={close}>
        <Icon name="back" size={18} />
      </button>
      <b>Actions</b>
      <span className="hint">{position}</span>
      <button
        type="button"
        className="btn icon"
        aria-label="Previous"
        disabled={previous === undefined}
        onClick={previous}
      >
        <Icon name="up" size={18} />
      </button>
      <button type="button" className="btn icon" aria-label="Next" disabled={next === undefined} onClick={next}>
        <Icon name="down" size={18} />
      </button>
    </div>
  )
  return (
    <article className="story" aria-label="Story">
      {bar}
      {told !== undefined ? (
        <Shown told={told} raw={story.data} close={close} />
      ) : story.error instanceof ApiError && story.error.status === 404 ? (
        <Empty title="There is no such action">
          <p>
            Nothing with the id <code>{id}</code> is kept here in this scope. Records are kept for a limited time.
          </p>
          <button type="button" className="btn" onClick={close}>
            Close
          </button>
        </Empty>
      ) : story.error !== null ? (
        <Failed what="The story" error={story.error} retry={() => void story.refetch()} />
      ) : (
        <Skeleton rows={7} />
      )}
    </article>
  )
}

function Shown({ told, raw, close }: { told: Told; raw: unknown; close: () => void }) {
  const place = usePlace()
  const [json, setJson] = useState(false)
  const acts = useStoryActs(told, close, () => setJson((shown) => !shown))
  useActs(acts.all)
  return (
    <>
      <div className="crumb">
        <span>
          {told.scope.tenant} / {told.scope.namespace}
        </span>
        <span aria-hidden="true">·</span>
        <button
          type="button"
          className="id mono"
          title={`Copy ${told.id}`}
          onClick={() => void copyText(told.id, 'The id')}
        >
          {shortId(told.id)}
        </button>
        <span className="sp">
          {acts.frame.map(({ title, key, run }) => (
            <button key={title} type="button" className="btn ghost small" onClick={run}>
              {title}
              {key !== undefined && <Kbd of={key} />}
            </button>
          ))}
        </span>
      </div>
      <h2>{told.title}</h2>
      <div className="ans">
        {told.answers.map(({ glyph, strong, text }) => (
          <div key={strong} className="ans-line">
            <Glyph name={glyph} />
            <span>
              <b>{strong}</b> {text}
            </span>
          </div>
        ))}
      </div>
      {acts.helpful.length > 0 && (
        <div className="acts">
          {acts.helpful.map((act, index) => (
            <ActButton key={act.title} act={act} className={index === 0 && acts.first ? 'pri' : ''} />
          ))}
        </div>
      )}
      {acts.mayNot !== undefined && acts.helpful.some(({ refused }) => refused === acts.mayNot) && (
        <p className="hint reasons">{acts.mayNot}</p>
      )}
      {json ? (
        <WholeStory key={told.id} told={told} raw={raw} />
      ) : (
        <div className="story-body">
          <Timeline told={told} />
          <aside className="side" aria-label="Facts">
            <dl>
              {told.facts.map(({ label, value, term, mono }) => (
                <div key={label}>
                  <dt>{label}</dt>
                  <dd className={mono === true ? 'mono' : ''} title={value}>
                    {term === undefined ? (
                      value
                    ) : (
                      <A
                        href={place.here({ q: withTerm(place.search['q'] ?? '', parseFilter(term)[0]!) })}
                        title={`Filter by ${term}`}
                      >
                        {value}
                      </A>
                    )}
                  </dd>
                </div>
              ))}
            </dl>
            <Payload key={told.id} told={told} />
          </aside>
        </div>
      )}
    </>
  )
}

/** What helps, chosen by the outcome; and what every story offers. */
function useStoryActs(told: Told, close: () => void, toggleJson: () => void) {
  const { go, to } = usePlace()
  const client = useQueryClient()
  const { scope } = told
  const mayNot = useRefusal('operate')
  const renew = (): void => {
    for (const key of ['story', 'traffic', 'dead-letters']) void client.invalidateQueries({ queryKey: [key] })
  }
  const replay = useMutation({
    mutationFn: () =>
      answer(api.POST('/v1/audit/{action_id}/replay', { params: { path: { action_id: told.id }, query: scope } })),
    onSuccess: (done) => {
      renew()
      if (done.success) go(to('actions', { open: done.new_action_id }))
      else toastError('It could not be sent again', done.error)
    },
    onError: (error) => toastError('It could not be sent again', error),
  })
  const redeliver = useMutation({
    mutationFn: (id: string) =>
      answer(api.POST('/v1/dead-letters/{id}/redeliver', { params: { path: { id } }, body: {} })),
    onSuccess: () => {
      renew()
      toast(`Sent to ${told.provider} again`, { description: 'The story shows what became of it.' })
    },
    onError: (error) => toastError(`${told.provider} could not be asked again`, error),
  })
  const cancel = useMutation({
    mutationFn: () => answer(api.DELETE('/v1/actions/{id}', { params: { path: { id: told.id }, query: scope } })),
    onSuccess: renew,
    onError: (error) => toastError('It could not be called off', error),
  })
  return useMemo(() => {
    const pages = (name: string): boolean => PAGES.some(({ path }) => path === name)
    const helpful: Act[] = []
    const letter = told.deadLetter
    const stopped = [
      'suppressed',
      'deduplicated',
      'throttled',
      'silenced',
      'muted',
      'quota_exceeded',
      'failed',
      'circuit_open',
    ].includes(told.outcome ?? '')
    if (letter !== null)
      helpful.push({
        title: `Send to ${told.provider} again`,
        key: 'p',
        run: () => redeliver.mutate(letter),
        refused: mayNot ?? (redeliver.isPending ? 'It is being sent.' : undefined),
      })
    else if (stopped && !told.open)
      helpful.push({
        title: 'Hand it in again',
        key: 'p',
        run: () => replay.mutate(),
        refused: mayNot ?? (replay.isPending ? 'It is being handed in.' : undefined),
      })
    if (told.open) helpful.push({ title: 'Call it off', key: 'p', refused: mayNot, run: () => cancel.mutate() })
    if (pages('rules')) {
      helpful.push({
        title: 'Replay in playground',
        key: 'r',
        run: () =>
          go(hrefOf({ scope, page: 'rules', item: told.rule ?? undefined }, { tab: 'playground', action: told.id })),
      })
      if (told.rule !== null)
        helpful.push({
          title: `Edit ${told.rule}`,
          key: 'e',
          run: () => go(hrefOf({ scope, page: 'rules', item: told.rule! }, { tab: 'playground' })),
        })
    }
    if (told.fingerprint !== null && pages('events'))
      helpful.push({
        title: 'Open its event',
        key: 'v',
        run: () => go(hrefOf({ scope, page: 'events' }, { open: told.fingerprint! })),
      })
    const link = `${location.origin}${hrefOf({ scope, page: 'actions' }, { open: told.id })}`
    const frame: Act[] = [
      { title: 'Copy link', key: 'c', run: () => void copyText(link, 'The link') },
      { title: 'Markdown', run: () => void copyText(storyMarkdown(told, link), 'The story') },
      { title: 'JSON', run: toggleJson },
      { title: 'Close', key: 'Escape', run: close },
    ]
    return { helpful, mayNot, first: letter !== null || stopped || told.open, frame, all: [...helpful, ...frame] }
    // The mutations are stable but for their state.
  }, [told, mayNot, redeliver.isPending, replay.isPending])
}
