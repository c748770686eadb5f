import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { usePlace, hrefOf } from '../../frame/url.ts'
import { time } from '../../lib/formats.ts'
import { Differing } from '../../parts/differing.tsx'
import { Empty, Failed, Skeleton } from '../../parts/states.tsx'
import { useMedia } from '../../parts/width.ts'
import { asked, useRuleFile, type Change } from './asking.ts'
import { beginFile, changeDraft } from './drafts.ts'
import { Tabs } from './tabs.tsx'
import { changeSentence, concerned } from './words.ts'

const FIRST = 20
const MOST = 100

/** Who changed a rule, or any of them, when and why. */
export function History({ rule }: { rule: string | undefined }) {
  const [limit, setLimit] = useState(FIRST)
  const list = useQuery(asked.changes({ rule }, limit))
  return (
    <main className="rule-history">
      <Tabs rule={rule} at="history" />
      {list.data === undefined ? (
        list.error === null ? (
          <Skeleton rows={4} />
        ) : (
          <Failed what="The history" error={list.error} retry={() => void list.refetch()} />
        )
      ) : list.data.changes.length === 0 ? (
        <Empty title={rule === undefined ? 'Nobody changed a rule here' : `Nobody changed ${rule} here`}>
          <p>
            What is published or switched through this server stands here for as long as records are kept. Files that
            are changed where they come from leave their history there.
          </p>
        </Empty>
      ) : (
        <>
          <div className="lead">
            <h2>
              {list.data.changes[0]!.by} changed {rule ?? 'rules'} last,{' '}
              {time(Date.parse(list.data.changes[0]!.at), { now: Date.now() })}.
            </h2>
          </div>
          <ol className="panel changes">
            {list.data.changes.map((change) => (
              <li key={change.id}>
                <OneChange change={change} />
              </li>
            ))}
          </ol>
          {list.data.next_cursor !== undefined && limit < MOST && (
            <button type="button" className="btn" onClick={() => setLimit(MOST)}>
              Earlier ones
            </button>
          )}
        </>
      )}
    </main>
  )
}

function OneChange({ change }: { change: Change }) {
  const [open, setOpen] = useState(false)
  const at = Date.parse(change.at)
  return (
    <>
      <div className="change">
        <time dateTime={change.at} title={change.at}>
          {time(at, { now: Date.now() })}
        </time>
        <div>
          <b>{changeSentence(change)}</b>
          {change.message !== null && <p>{change.message}</p>}
          {change.kind === 'published' && <small>{concerned(change.rules)}</small>}
        </div>
        {change.kind === 'published' && (
          <button type="button" className="btn small" aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? 'Close' : 'What changed'}
          </button>
        )}
      </div>
      {open && <Texts change={change} />}
    </>
  )
}

function Texts({ change }: { change: Change }) {
  const detail = useQuery(asked.change(change.id))
  const wide = useMedia('(min-width: 1100px)')
  if (detail.data === undefined)
    return detail.error === null ? (
      <Skeleton rows={2} />
    ) : (
      <Failed what="The texts" error={detail.error} retry={() => void detail.refetch()} />
    )
  const { text_before, text_after, before, after, exact, path } = detail.data
  const last = after === null ? text_before : text_after
  if (last === null || (before !== null && text_before === null))
    return <p className="hint">The texts were too long to be put on record.</p>
  return (
    <>
      <Differing label={path ?? ''} before={text_before ?? ''} after={text_after ?? ''} wide={wide} />
      {exact && path !== null && <BeginFrom path={path} text={last} />}
    </>
  )
}

/** Takes a text of the past as the draft of its file, or of a new one where it was deleted. */
function BeginFrom({ path, text }: { path: string; text: string }) {
  const { scope, go } = usePlace()
  const list = useQuery(asked.files())
  const { file, paths } = useRuleFile(undefined, path)
  const gone = list.data !== undefined && !paths.includes(path)
  if (!gone && (file == null || file.path !== path || file.text === text)) return null
  return (
    <button
      type="button"
      className="btn small"
      onClick={() => {
        if (gone) beginFile({ path, text, editable: list.data.editable })
        else changeDraft(file!, { text, beside: false, replay: null })
        go(hrefOf({ scope, page: 'rules' }, { tab: 'playground', file: path }))
      }}
    >
      Begin from this text
    </button>
  )
}
