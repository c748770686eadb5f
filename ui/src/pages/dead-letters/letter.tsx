import { useMemo, useState } from 'react'
import { api } from '../../api/client.ts'
import { useActs, type Act } from '../../frame/acts.ts'
import { A } from '../../frame/link.tsx'
import { toast } from '../../frame/toasts.tsx'
import { usePlace } from '../../frame/url.ts'
import { duration, plural, time, times } from '../../lib/formats.ts'
import { Acts } from '../../parts/acts.tsx'
import { AskForm } from '../../parts/ask-form.tsx'
import { Detail, Facts } from '../../parts/detail.tsx'
import { mergePatch, type Letter } from './letters.ts'
import { Marks, storyOf } from './marks.tsx'
import { renew, replayLetter } from './replay.ts'

export interface LetterDetailProps {
  letter: Letter
  standing: { good: boolean; text: string } | undefined
  refused: string | undefined
  close: () => void
  discard: () => void
}

/** One dead letter: its tries, what it carries, and what can be done about it. */
export function LetterDetail({ letter, standing, refused, close, discard }: LetterDetailProps) {
  const { scope } = usePlace()
  const [editing, setEditing] = useState(false)
  const { provider, action_type, action_id, attempts, duplicates } = letter
  const acts = useMemo<Act[]>(
    () => [
      { title: `Replay to ${provider}`, key: 'r', refused, run: () => void replayLetter(letter) },
      { title: 'Edit payload', key: 'e', refused, run: () => setEditing(true) },
      { title: 'Discard', key: 'd', refused, run: discard },
      {
        title: 'Replay although its dedup key is taken',
        refused,
        run: () => void replayLetter(letter, true),
      },
    ],
    [letter, provider, refused, discard],
  )
  useActs(acts)
  return (
    <Detail
      label="Dead letter"
      crumb={`${letter.tenant} / ${letter.namespace}`}
      title={`${provider} did not take ${action_type} in ${plural(attempts, 'try', 'tries')}`}
      close={close}
    >
      {standing !== undefined && <p className={standing.good ? 'hint' : 'f-broken'}>{standing.text}</p>}
      <Marks letter={letter} />
      <Acts acts={acts.slice(0, 3)} />
      <Facts
        facts={[
          ['Error', letter.error],
          ['Code', <code key="code">{letter.code}</code>],
          [
            'Failed',
            <time key="at" dateTime={letter.created_at}>
              {time(Date.parse(letter.created_at), { now: Date.now() })}
            </time>,
          ],
          [
            'Action',
            <A key="id" href={storyOf(scope, action_id)}>
              {action_id}
            </A>,
          ],
          ['Repeats', duplicates.count > 0 ? `Held back ${times(duplicates.count)} because of it` : undefined],
          ['Edited', letter.version > 1 ? times(letter.version - 1) : undefined],
        ]}
      />
      <h3>Tries</h3>
      <ol className="steps">
        {letter.attempt_list.map(({ attempt, at, duration_ms, code, error }) => (
          <li key={`${attempt} ${at}`}>
            <time dateTime={at}>{time(Date.parse(at), { ms: true })}</time>
            <span>
              {code ?? 'Delivered'} after {duration(duration_ms)}
              <p>{error}</p>
            </span>
          </li>
        ))}
      </ol>
      <h3>Payload</h3>
      <pre className="code" tabIndex={0} aria-label="Payload">
        {JSON.stringify(letter.payload, null, 2)}
      </pre>
      {editing && <EditPayload letter={letter} close={() => setEditing(false)} />}
    </Detail>
  )
}

/** Mends what a replay will send; only what was changed is sent to the server. */
function EditPayload({ letter, close }: { letter: Letter; close: () => void }) {
  const [text, setText] = useState(() => JSON.stringify(letter.payload, null, 2))
  return (
    <AskForm
      title={`Mend the payload of ${letter.action_type}`}
      text="The next replay sends what stands here. Masked values that are left alone stay what they are."
      yes="Save payload"
      close={close}
      run={async () => {
        const payload = mergePatch(letter.payload, JSON.parse(text) as unknown)
        await api.PATCH('/v1/dead-letters/{id}', { params: { path: { id: letter.id } }, body: { payload } })
        await renew()
        toast('Payload saved; nothing was sent')
      }}
    >
      <label className="field">
        Payload, JSON
        <textarea
          className="input edit"
          spellCheck={false}
          value={text}
          onChange={({ currentTarget }) => setText(currentTarget.value)}
        />
      </label>
    </AskForm>
  )
}
