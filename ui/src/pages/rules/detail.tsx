import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { queries } from '../../api/queries.ts'
import { useRefusal } from '../../api/rights.ts'
import { useActs, type Act } from '../../frame/acts.ts'
import { A } from '../../frame/link.tsx'
import { hrefOf, usePlace } from '../../frame/url.ts'
import { term, termText } from '../../lib/filter.ts'
import { count, plural, share } from '../../lib/formats.ts'
import { Kbd } from '../../parts/kbd.tsx'
import { Empty, Failed, Skeleton } from '../../parts/states.tsx'
import { RuleFile } from './file.tsx'
import { useNotes } from './notes.tsx'
import { DAY, useActivity, useSwitch } from './reading.ts'
import { RuleSwitch } from './switch.tsx'
import { Tabs } from './tabs.tsx'
import { doesWhat, ordinal, type Rule } from './words.ts'

/** One rule: when it is looked at, what it wants, what it did. */
export function RuleDetail({ name }: { name: string }) {
  const { scope } = usePlace()
  const rules = useQuery(queries.rules())
  const at = rules.data?.findIndex((rule) => rule.name === name) ?? -1
  const rule = rules.data?.[at]
  if (rules.data === undefined)
    return (
      <main>
        {rules.error === null ? (
          <Skeleton rows={5} />
        ) : (
          <Failed what="The rule" error={rules.error} retry={() => void rules.refetch()} />
        )}
      </main>
    )
  if (rule === undefined)
    return (
      <main>
        <Empty title={`There is no rule ${name}`}>
          <p>It was renamed or taken out since, or it concerns none of your tenants.</p>
          <A className="btn" href={hrefOf({ scope, page: 'rules' })}>
            All rules
          </A>
        </Empty>
      </main>
    )
  return <Shown rule={rule} at={at} of={rules.data.length} />
}

function Shown({ rule, at, of }: { rule: Rule; at: number; of: number }) {
  const { scope, go } = usePlace()
  const activity = useActivity(scope)
  const notes = useNotes(rule.name, activity)
  const refused = useRefusal('admin')
  const { mutate } = useSwitch()
  const all = hrefOf({ scope, page: 'rules' })
  const play = hrefOf({ scope, page: 'rules', item: rule.name }, { tab: 'playground' })
  const past = hrefOf({ scope, page: 'rules', item: rule.name }, { tab: 'history' })
  const actions = hrefOf({ scope, page: 'actions' }, { q: termText(term('rule', rule.name)), from: DAY })
  const acts = useMemo<Act[]>(
    () => [
      { title: 'Try an action in the playground', key: 't', run: () => go(play) },
      { title: `The history of ${rule.name}`, key: 'h', run: () => go(past) },
      { title: `The actions that ${rule.name} decided`, key: 'f', run: () => go(actions) },
      {
        title: `Switch ${rule.name} ${rule.enabled ? 'off' : 'on'}`,
        refused,
        run: () => mutate({ name: rule.name, enabled: !rule.enabled, before: rule.switched }),
      },
      { title: 'All rules', key: 'Escape', run: () => go(all) },
    ],
    [rule, refused, go, play, past, actions, all, mutate],
  )
  useActs(acts)
  const n = activity === undefined ? undefined : (activity.of(rule.name)?.count ?? 0)
  return (
    <main className="rule-page">
      <Tabs rule={rule.name} at="rule" />
      <h2>
        {rule.name} {doesWhat(rule.verdict)}
      </h2>
      <p className="rule-says">
        {rule.enabled
          ? `It is looked at ${ordinal(at + 1)} of ${of}.`
          : `It is off: nothing is looked at by it. Its place is the ${ordinal(at + 1)} of ${of}.`}{' '}
        {n !== undefined && activity !== undefined && (
          <>
            {n === 0 ? (
              'It decided nothing in the last 24 hours.'
            ) : (
              <>
                In the last 24 hours it decided{' '}
                <A className="linked" href={actions}>
                  {plural(n, 'action')}
                </A>
                , {share(n, activity.total)} of {count(activity.total)}.
              </>
            )}
          </>
        )}
      </p>
      <div className="acts">
        <A className="btn pri" href={play}>
          Try an action <Kbd of="t" />
        </A>
        <A className="btn" href={actions}>
          Its actions <Kbd of="f" />
        </A>
        <RuleSwitch rule={rule} />
      </div>
      <section className="panel rule-facts" aria-label="Facts">
        <dl>
          {rule.description !== null && <Fact label="Why">{rule.description}</Fact>}
          <Fact label="Matches when">
            <code className="whole-condition">{rule.condition}</code>
          </Fact>
          <Fact label="Does">
            <code>{rule.verdict}</code>, it {doesWhat(rule.verdict)}
          </Fact>
          {rule.finding !== null && <Fact label="Looks wrong">{rule.finding.message}</Fact>}
          <Fact label="Priority">{rule.priority}, lower ones are looked at before</Fact>
          <Fact label="Switch">
            {rule.switched === null
              ? 'as the file says'
              : rule.switched
                ? 'switched on by hand'
                : 'switched off by hand'}
          </Fact>
          <Fact label="Written in">
            <code>
              {rule.file.split(/[\\/]/).at(-1)}, line {rule.line}
            </code>
          </Fact>
        </dl>
      </section>
      <RuleFile rule={rule} notes={notes} />
    </main>
  )
}

const Fact = ({ label, children }: { label: string; children: React.ReactNode }) => (
  <div>
    <dt>{label}</dt>
    <dd>{children}</dd>
  </div>
)
