import { useMemo } from 'react'
import { useRefusal } from '../../api/rights.ts'
import { useActs, type Act } from '../../frame/acts.ts'
import { A } from '../../frame/link.tsx'
import { hrefOf, usePlace } from '../../frame/url.ts'
import { Differing } from '../../parts/differing.tsx'
import { Editor } from '../../parts/editor.tsx'
import { Glyph } from '../../parts/glyph.tsx'
import type { RuleHelp } from '../../parts/rule-editing.ts'
import { Failed, Skeleton } from '../../parts/states.tsx'
import { useMedia } from '../../parts/width.ts'
import { isHidden, useCheck, useHelp, useRuleFile, type Check } from './asking.ts'
import { DeleteFile } from './delete-file.tsx'
import { dropDraft, isChanged, useDraft, type Draft, type File } from './drafts.ts'
import { FormatButton } from './format.tsx'
import { CountedOver, type Notes } from './notes.tsx'
import { PublishButton } from './publish-button.tsx'
import { changesSentence, type Rule } from './words.ts'

/** The file that a rule is written in; to be changed, tried and published. */
export function RuleFile({ rule, notes }: { rule: Rule; notes: Notes }) {
  const { file, error, retry } = useRuleFile(rule.name)
  // What concerns all tenants is not shown to those who see some; the rule's facts above stay.
  if (isHidden(error)) return null
  return (
    <section className="panel rule-file" aria-labelledby="rule-file">
      <div className="hd">
        <h2 id="rule-file">{file?.path ?? 'The file'}</h2>
      </div>
      {file === null ? (
        <p className="hint">It is in none of the files that are there now.</p>
      ) : file !== undefined ? (
        <Editing file={file} line={rule.line} rule={rule.name} notes={notes} />
      ) : error === null ? (
        <Skeleton rows={4} />
      ) : (
        <Failed what="The file" error={error} retry={retry} />
      )}
    </section>
  )
}

function Editing({ file, line, rule, notes }: { file: File; line: number; rule: string; notes: Notes }) {
  const { scope, go } = usePlace()
  const [draft, set] = useDraft(file)
  const checked = useCheck(draft)
  const refused = useRefusal('admin')
  const replay = hrefOf({ scope, page: 'rules', item: rule }, { tab: 'playground', input: 'traffic' })
  const acts = useMemo<Act[]>(
    () => [{ title: 'Replay past traffic through these rules', key: 'r', run: () => go(replay) }],
    [go, replay],
  )
  useActs(acts)
  return (
    <>
      <Yaml file={file} draft={draft} set={set} line={line} check={checked.check} notes={notes.notes} />
      <CountedOver counts={notes.counts} replayed={false} />
      <Checked {...checked} />
      <div className="send">
        <PublishButton draft={draft} set={set} {...checked} />
        <A className="btn" href={replay}>
          Replay traffic <kbd>R</kbd>
        </A>
        <FormatButton draft={draft} set={set} />
        <TakeBack draft={draft} />
        <DeleteFile draft={draft} />
        <span className="hint">
          {file.editable && refused !== undefined
            ? refused
            : isChanged(draft)
              ? 'Nothing runs differently until it is published.'
              : 'It is shown as it runs. Change it here, and try it before it is published.'}
        </span>
      </div>
    </>
  )
}

/** Drops what was changed. */
export function TakeBack({ draft }: { draft: Draft }) {
  const { change } = usePlace()
  const { path, revision } = draft.base
  if (revision === null)
    return (
      <button
        type="button"
        className="btn"
        onClick={() => {
          dropDraft(path)
          change({ file: undefined }, true)
        }}
      >
        Give it up
      </button>
    )
  return isChanged(draft) || draft.beside ? (
    <button type="button" className="btn" onClick={() => dropDraft(path)}>
      Take it back
    </button>
  ) : null
}

/** The text of a rule file, to be changed; beside what somebody else published meanwhile, if that is so. */
export function Yaml({
  file,
  draft,
  set,
  line,
  check,
  notes,
  readOnly = false,
}: {
  file: File
  draft: Draft
  set: (change: Partial<Draft>) => void
  line?: number | undefined
  check: Check | undefined
  notes: RuleHelp['notes']
  readOnly?: boolean
}) {
  const help = useHelp(file.path, check, notes)
  const wide = useMedia('(min-width: 1100px)')
  if (draft.beside)
    return (
      <>
        <div className="beside" role="status">
          <span>
            {wide
              ? 'On the left is what was published meanwhile, on the right is yours.'
              : 'Yours, with what was published meanwhile marked as taken out.'}{' '}
            Take over what should stay, then publish.
          </span>
          <button type="button" className="btn small" onClick={() => set({ beside: false })}>
            Mine is complete
          </button>
        </div>
        <Differing
          label={`${file.path}, its text`}
          before={draft.base.text}
          after={draft.text}
          wide={wide}
          onChange={(text) => set({ text })}
        />
      </>
    )
  return (
    <Editor
      label={readOnly ? `${file.path} as it is` : `${file.path}, its text`}
      language="yaml"
      value={draft.text}
      onChange={readOnly ? undefined : (text) => set({ text })}
      line={line}
      help={help}
    />
  )
}

/** What the server says of a changed text. */
export function Checked({ check, error, stale }: ReturnType<typeof useCheck>) {
  if (error !== null)
    return (
      <p className="problem" role="alert">
        {error.message}
      </p>
    )
  if (check === undefined) return null
  return (
    <div className={`ans ${stale ? 'stale' : ''}`} role="status">
      <div className="ans-line">
        <Glyph name={check.valid ? 'delivered' : 'broken'} />
        <b>{check.valid ? changesSentence(check.changes) : 'It cannot be published as it is.'}</b>
      </div>
      {check.problems.map(({ file, line, column, message }) => (
        <div key={`${file}:${line}:${column}:${message}`} className="ans-line">
          <Glyph name="broken" />
          <span>
            {line === 0 ? file : `Line ${line}`}: {message}
          </span>
        </div>
      ))}
      {check.findings.map(({ rule, message }) => (
        <div key={`${rule} ${message}`} className="ans-line">
          <Glyph name="waiting" />
          <span>{message.slice(0, 1).toUpperCase() + message.slice(1)}</span>
        </div>
      ))}
    </div>
  )
}
