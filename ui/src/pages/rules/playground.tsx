import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { queries } from '../../api/queries.ts'
import { useRefusal } from '../../api/rights.ts'
import { useActs, type Act } from '../../frame/acts.ts'
import { A } from '../../frame/link.tsx'
import { hrefOf, usePlace } from '../../frame/url.ts'
import { Failed, Skeleton } from '../../parts/states.tsx'
import { useMedia } from '../../parts/width.ts'
import { ActionInput, ActionResult, useAction } from './one-action.tsx'
import { isHidden, useCheck, useRuleFile } from './asking.ts'
import { DeleteFile } from './delete-file.tsx'
import { isChanged, useDraft, type Draft, type File } from './drafts.ts'
import { Checked, TakeBack, Yaml } from './file.tsx'
import { FormatButton } from './format.tsx'
import { CountedOver, useNotes, type Notes } from './notes.tsx'
import { PublishButton } from './publish-button.tsx'
import { useActivity } from './reading.ts'
import { ReplayResult } from './replay-result.tsx'
import { ReplayInput, useReplay } from './replay.tsx'
import { Tabs } from './tabs.tsx'

interface PlaygroundProps {
  /** The rule that it was opened from. */
  rule: string | undefined
  /** The id of a past action to begin with. */
  action: string | undefined
}

/** What would become of an action, or of past traffic, under rules as they are or as they are being written. Nothing is sent. */
export default function Playground({ rule, action }: PlaygroundProps) {
  const { scope, go, search } = usePlace()
  const me = useQuery(queries.me())
  const { paths, file, error, retry } = useRuleFile(rule, search['file'])
  const hidden = isHidden(error)
  const back = hrefOf({ scope, page: 'rules', item: rule })
  const acts = useMemo<Act[]>(
    () => [{ title: rule === undefined ? 'All rules' : `The rule ${rule}`, key: 'Escape', run: () => go(back) }],
    [rule, back, go],
  )
  useActs(acts)
  // What to begin with depends on what the person may see.
  if (me.isPending || (file === undefined && error === null))
    return (
      <main className="play">
        <Tabs rule={rule} at="playground" />
        <Skeleton rows={6} />
      </main>
    )
  if (file === undefined && !hidden)
    return (
      <main className="play">
        <Tabs rule={rule} at="playground" />
        <Failed what="The rule files" error={error} retry={retry} />
      </main>
    )
  const props = { rule, action, grant: me.data?.grants[0] }
  return file == null ? <WithoutFiles {...props} /> : <WithFile key={file.path} {...props} file={file} paths={paths} />
}

type Props = PlaygroundProps & { grant: Parameters<typeof useAction>[1] }

/** For whoever may not see files, which concern all tenants: one action, under the rules that run. */
function WithoutFiles({ rule, action, grant }: Props) {
  const one = useAction(action, grant)
  return (
    <main className="play">
      <Tabs rule={rule} at="playground">
        <NothingSent />
      </Tabs>
      <div className="play-panes two">
        <section className="panel play-input" aria-labelledby="play-input">
          <ActionInput one={one} />
        </section>
        <section className="panel play-result" aria-labelledby="play-result">
          <ActionResult one={one} />
        </section>
      </div>
    </main>
  )
}

const NothingSent = () => <span className="tag nothing-sent">Nothing is sent</span>

function WithFile({ rule, action, grant, file, paths }: Props & { file: File; paths: string[] }) {
  const { scope, search, here } = usePlace()
  const [draft, set] = useDraft(file)
  const checked = useCheck(draft)
  const one = useAction(action, grant)
  const replay = useReplay(draft, set)
  const traffic = search['input'] === 'traffic'
  const activity = useActivity(scope)
  const fits = traffic && replay.job?.status === 'done' && replay.ofThisText ? replay.job : undefined
  const notes = useNotes(rule, activity, fits, file.path)
  const phone = useMedia('(max-width: 700px)')
  return (
    <main className="play">
      <Tabs rule={rule} at="playground">
        <NothingSent />
        {!phone && <PublishButton draft={draft} set={set} {...checked} />}
      </Tabs>
      <div className="play-panes">
        <section className="panel play-yaml" aria-labelledby="play-yaml">
          <Yamls
            {...{ file, paths, draft, set, checked, notes, phone }}
            replayed={fits !== undefined}
            line={lineOf(file, rule)}
          />
        </section>
        <section className="panel play-input" aria-labelledby="play-input">
          <div className="seg play-switch" role="group" aria-label="Input">
            <A
              href={here({ input: undefined })}
              className={traffic ? '' : 'on'}
              aria-current={traffic ? undefined : 'true'}
            >
              One action
            </A>
            <A
              href={here({ input: 'traffic' })}
              className={traffic ? 'on' : ''}
              aria-current={traffic ? 'true' : undefined}
            >
              Traffic
            </A>
          </div>
          {traffic ? <ReplayInput replay={replay} /> : <ActionInput one={one} />}
        </section>
        <section className="panel play-result" aria-labelledby="play-result">
          {traffic ? (
            <ReplayResult replay={replay} />
          ) : (
            <ActionResult one={one} draft={isChanged(draft) ? draft : undefined} />
          )}
        </section>
      </div>
    </main>
  )
}

const lineOf = ({ text }: File, rule: string | undefined): number | undefined =>
  rule === undefined ? undefined : text.slice(0, Math.max(0, text.indexOf(`name: ${rule}`))).split('\n').length

function Yamls({
  file,
  paths,
  draft,
  set,
  checked,
  notes,
  replayed,
  phone,
  line,
}: {
  file: File
  paths: string[]
  draft: Draft
  set: (change: Partial<Draft>) => void
  checked: ReturnType<typeof useCheck>
  notes: Notes
  replayed: boolean
  phone: boolean
  line: number | undefined
}) {
  const { change } = usePlace()
  const [first] = useState(line)
  const refused = useRefusal('admin')
  return (
    <>
      <div className="hd">
        <h2 id="play-yaml">Rules</h2>
        {paths.length > 1 ? (
          <select
            className="input"
            aria-label="Rule file"
            value={file.path}
            onChange={({ target }) => change({ file: target.value }, true)}
          >
            {paths.map((path) => (
              <option key={path}>{path}</option>
            ))}
          </select>
        ) : (
          <code>{file.path}</code>
        )}
      </div>
      <Yaml {...{ file, draft, set }} notes={notes.notes} line={first} check={checked.check} readOnly={phone} />
      <CountedOver counts={notes.counts} replayed={replayed} />
      {phone && <p className="hint">Rules are changed on a larger screen.</p>}
      <Checked {...checked} />
      <div className="play-below">
        {!phone && <FormatButton draft={draft} set={set} />}
        <TakeBack draft={draft} />
        {!phone && <DeleteFile draft={draft} />}
        {file.revision === null && !phone && (
          <span className="hint">
            It is new: {file.editable ? 'nothing is written until it is published.' : 'take it along by Download.'}
          </span>
        )}
        {file.revision !== null && !isChanged(draft) && !phone && (
          <span className="hint">
            As it runs. Change it here, and see what would differ.
            {file.editable && refused !== undefined && ` Publishing: ${refused}`}
          </span>
        )}
      </div>
    </>
  )
}
