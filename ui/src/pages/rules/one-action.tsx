import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import { ApiError, type Shape } from '../../api/client.ts'
import { queries } from '../../api/queries.ts'
import { useActs, type Act } from '../../frame/acts.ts'
import { A } from '../../frame/link.tsx'
import { hrefOf, usePlace } from '../../frame/url.ts'
import { duration, plural, shortId } from '../../lib/formats.ts'
import { outcomeWords } from '../../lib/results.ts'
import { ActionForm, FormSwitch } from '../../parts/action-form.tsx'
import { Editor } from '../../parts/editor.tsx'
import { Glyph } from '../../parts/glyph.tsx'
import { PastAction } from '../../parts/past-action.tsx'
import { useSettled } from '../../parts/settled.ts'
import { Failed, Skeleton } from '../../parts/states.tsx'
import { RulesLookedAt } from '../../story/timeline.tsx'
import type { Draft } from './drafts.ts'
import { evaluation } from './reading.ts'
import { exampleOf, foresee, inputOf, otherwise, readObject, tried, type Evaluation, type Tried } from './words.ts'

const pretty = (value: unknown): string => JSON.stringify(value, null, 2)

/** The action that is tried: written by hand, or taken from one that was handed in before. */
export function useAction(id: string | undefined, grant: Shape['Me']['grants'][number] | undefined) {
  const { scope } = usePlace()
  const [text, setText] = useState(() => (id === undefined ? pretty(exampleOf(scope, grant)) : ''))
  const [all, setAll] = useState(false)
  const [disabled, setDisabled] = useState(false)
  const [form, setForm] = useState(false)
  const [broken, setBroken] = useState<string>()
  const past = useQuery({ ...queries.wholeStory(id ?? '', scope), enabled: id !== undefined })
  const from = past.data?.entry?.action ?? past.data?.records[0]
  useEffect(() => {
    if (past.data === undefined) return
    const [record] = past.data.records
    const sent = (past.data.entry?.action ?? {
      ...record,
      provider: wantedOf(record),
      payload: record?.action_payload,
    }) as Record<string, unknown>
    setText(pretty(inputOf(sent)))
    // Once per action: what was typed since stays.
  }, [from === undefined])
  return { id, text, setText, all, setAll, disabled, setDisabled, form, setForm, broken, setBroken, past }
}
type One = ReturnType<typeof useAction>

/** The provider that was asked for: a rule may have taken another. */
function wantedOf(record: Shape['AuditRecord'] | undefined): string | undefined {
  const details = record?.verdict_details as { original_provider?: unknown } | null | undefined
  return typeof details?.original_provider === 'string' ? details.original_provider : record?.provider
}

export function ActionInput({ one }: { one: One }) {
  const { id, text, setText, all, setAll, disabled, setDisabled, form, setForm, broken, setBroken, past } = one
  const read = useMemo(() => readObject(text), [text])
  const acts = useMemo<Act[]>(
    () => [
      { title: 'Try rules after the one that decides, too', key: 'a', run: () => setAll((now) => !now) },
      { title: 'Try rules that are off, too', key: 'o', run: () => setDisabled((now) => !now) },
    ],
    [setAll, setDisabled],
  )
  useActs(acts)
  return (
    <>
      <div className="hd">
        <h2 id="play-input">Action</h2>
        <PastAction key={id} id={id} />
      </div>
      <div className="as-form">
        <FormSwitch form={form} setForm={setForm} readable={'value' in read} />
      </div>
      {past.error !== null && id !== undefined && (
        <p className="problem" role="alert">
          {past.error instanceof ApiError && past.error.status === 404
            ? `Nothing with the id ${shortId(id)} is kept in this scope.`
            : past.error.message}
        </p>
      )}
      {id !== undefined && past.isPending ? (
        <Skeleton rows={5} />
      ) : form && 'value' in read ? (
        <ActionForm key={id} action={read.value} onText={setText} onBroken={setBroken} />
      ) : (
        <Editor label="Action as JSON" language="json" value={text} onChange={setText} />
      )}
      {form && broken !== undefined && (
        <p className="problem" role="alert">
          {broken}
        </p>
      )}
      <div className="play-choices">
        <label>
          <input type="checkbox" checked={all} onChange={() => setAll(!all)} /> Try the rules after the one that
          decides, too
        </label>
        <label>
          <input type="checkbox" checked={disabled} onChange={() => setDisabled(!disabled)} /> Try rules that are off
        </label>
      </div>
    </>
  )
}

/** @param draft rules as they are being written; absent: those that run */
export function ActionResult({ one, draft }: { one: One; draft?: Draft | undefined }) {
  const { text, all, disabled } = one
  const settled = useSettled(text)
  const rules = useSettled(draft?.text)
  const read = useMemo(() => readObject(settled), [settled])
  const input = 'value' in read ? read.value : undefined
  const asked = { ...input, evaluate_all: all, include_disabled: disabled }
  const running = useQuery({ ...evaluation(asked), enabled: input !== undefined })
  const changes = draft !== undefined && rules !== undefined
  const written = useQuery({
    ...evaluation({ ...asked, files: [{ path: draft?.base.path ?? '', text: rules ?? '' }] }),
    enabled: input !== undefined && changes,
  })
  const shown = changes ? written : running
  const stale = shown.isPlaceholderData || settled !== text || rules !== draft?.text
  return (
    <>
      <div className="hd">
        <h2 id="play-result">Result</h2>
        {changes && <p>under the rules as they are written here</p>}
      </div>
      <WhatHappened one={one} />
      {'problem' in read ? (
        settled === '' ? (
          <Skeleton rows={4} />
        ) : (
          <p className="problem">{read.problem}</p>
        )
      ) : shown.error !== null ? (
        shown.error instanceof ApiError && shown.error.code === 'RULES_INVALID' ? (
          <p className="hint">It is tried once nothing is wrong with the rules.</p>
        ) : shown.error instanceof ApiError && shown.error.status === 400 ? (
          <p className="problem" role="alert">
            {shown.error.message}
          </p>
        ) : (
          <Failed what="The rules" error={shown.error} retry={() => void shown.refetch()} />
        )
      ) : shown.data === undefined ? (
        <Skeleton rows={6} />
      ) : (
        <Evaluated answer={shown.data} before={changes ? running.data : undefined} input={input!} stale={stale} />
      )}
    </>
  )
}

/** What became of the past action that was loaded, for comparison. */
function WhatHappened({ one: { id, past } }: { one: One }) {
  const { scope } = usePlace()
  const record = past.data?.records.findLast(({ kind }) => kind === 'dispatch')
  if (id === undefined || record === undefined) return null
  return (
    <p className="really">
      Really it was <b>{outcomeWords(record.outcome)}</b>
      {record.matched_rule === null ? ', decided by no rule' : `, decided by ${record.matched_rule}`}, for{' '}
      {record.provider}.{' '}
      <A className="linked" href={hrefOf({ scope, page: 'actions' }, { q: `id:${id}`, open: id, from: '-7d' })}>
        Its story
      </A>
    </p>
  )
}

const foreseenOf = ({ verdict, matched_rule, plan }: Evaluation, input: Record<string, unknown>) =>
  foresee(
    verdict,
    matched_rule ?? null,
    plan.provider,
    String(input['provider']),
    null,
    plan.gates.map(({ rule }) => rule),
  )

function Evaluated({
  answer,
  before,
  input,
  stale,
}: {
  answer: Evaluation
  before: Evaluation | undefined
  input: Record<string, unknown>
  stale: boolean
}) {
  const { plan } = answer
  const foreseen = foreseenOf(answer, input)
  const now = before === undefined ? undefined : foreseenOf(before, input)
  return (
    <div className={stale ? 'stale' : ''} aria-busy={stale}>
      <div className="ans" role="status">
        <div className="ans-line">
          <Glyph name={foreseen.tone === 'neutral' ? 'step' : foreseen.tone} />
          <b>{foreseen.sentence}</b>
        </div>
        {now !== undefined && (
          <p className="as-now">
            {now.sentence === foreseen.sentence
              ? 'So it is under the rules that run, too.'
              : `As the rules run now: ${now.sentence}`}
          </p>
        )}
      </div>
      {before !== undefined && <Otherwise now={tried(before)} then={tried(answer)} />}
      {plan.gates.length > 0 && (
        <>
          <h3>It would have to pass</h3>
          <ul className="gates">
            {plan.gates.map(({ rule, describes }) => (
              <li key={rule}>
                <b>{rule}</b> {describes}
              </li>
            ))}
          </ul>
        </>
      )}
      <h3>
        {plural(answer.total_rules_evaluated, 'rule')} looked at, in order
        {answer.total_rules_skipped > 0 && `, ${answer.total_rules_skipped} not`}
      </h3>
      <RulesLookedAt rules={tried(answer)} />
      {answer.modified_payload !== undefined && (
        <>
          <h3>The payload after it</h3>
          <pre className="code" tabIndex={0} aria-label="Payload after the rules">
            {pretty(answer.modified_payload)}
          </pre>
        </>
      )}
      <p className="hint">
        Decided in {duration(Math.max(1, answer.evaluation_duration_us) / 1_000)}, rules{' '}
        {answer.rules_version.slice(0, 8)}. State was read, and not changed.
      </p>
    </div>
  )
}

/** The rules that look at it otherwise than those that run. */
function Otherwise({ now, then }: { now: Tried[]; then: Tried[] }) {
  const differing = otherwise(now, then)
  if (differing.length === 0) return null
  return (
    <>
      <h3>{plural(differing.length, 'rule')} that would look at it otherwise</h3>
      <ul className="otherwise">
        {differing.map(({ rule, was, is }) => (
          <li key={rule}>
            <b>{rule}</b> {was} → {is}
          </li>
        ))}
      </ul>
    </>
  )
}
