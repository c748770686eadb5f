import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { queries } from '../../api/queries.ts'
import { useRefusal } from '../../api/rights.ts'
import { useActs, type Act } from '../../frame/acts.ts'
import { A } from '../../frame/link.tsx'
import { hrefOf, usePlace } from '../../frame/url.ts'
import { term, termText } from '../../lib/filter.ts'
import { count, share } from '../../lib/formats.ts'
import { Glyph } from '../../parts/glyph.tsx'
import { Kbd } from '../../parts/kbd.tsx'
import { Empty, Failed, Skeleton } from '../../parts/states.tsx'
import { Uncovered } from './coverage.tsx'
import { NewFile } from './new-file.tsx'
import { DAY, useActivity, useCoverage, useSwitch, type Activity } from './reading.ts'
import { RuleSwitch } from './switch.tsx'
import { Tabs } from './tabs.tsx'
import { doesWhat, quietFor, rulesSentence, type Rule } from './words.ts'

/** Moves the focus to the next or previous rule. */
function step(by: number): void {
  const links = [...document.querySelectorAll<HTMLElement>('.rule-name')]
  const at = links.indexOf(document.activeElement as HTMLElement)
  links[at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + by))]?.focus()
}

/** The rules in the order in which they are looked at. */
export function RuleList() {
  const { scope, go } = usePlace()
  const rules = useQuery(queries.rules())
  const refused = useRefusal('admin')
  const { mutate } = useSwitch()
  const play = hrefOf({ scope, page: 'rules' }, { tab: 'playground' })
  const past = hrefOf({ scope, page: 'rules' }, { tab: 'history' })
  const acts = useMemo<Act[]>(
    () => [
      { title: 'Next rule', key: 'j', quiet: true, run: () => step(1) },
      { title: 'Previous rule', key: 'k', quiet: true, run: () => step(-1) },
      { title: 'Try an action in the playground', key: 't', run: () => go(play) },
      { title: 'The history of all rules', key: 'h', run: () => go(past) },
      ...(rules.data ?? []).flatMap(({ name, enabled, switched }) => [
        { title: `Rule ${name}`, run: () => go(hrefOf({ scope, page: 'rules', item: name })) },
        {
          title: `Switch ${name} ${enabled ? 'off' : 'on'}`,
          refused,
          run: () => mutate({ name, enabled: !enabled, before: switched }),
        },
      ]),
    ],
    [rules.data, refused, go, play, past, scope, mutate],
  )
  useActs(acts)
  if (rules.data === undefined)
    return (
      <main>
        {rules.error === null ? (
          <Skeleton rows={8} />
        ) : (
          <Failed what="The rules" error={rules.error} retry={() => void rules.refetch()} />
        )}
      </main>
    )
  return (
    <main>
      <Tabs rule={undefined} at="rule" />
      <div className="lead">
        <h2>{rules.data.length === 0 ? 'No rule decides anything.' : rulesSentence(rules.data)}</h2>
        <A href={play} className="btn">
          Try an action <Kbd of="t" />
        </A>
        <NewFile />
      </div>
      <Errors />
      {rules.data.length === 0 ? (
        <Empty title="There are no rules">
          <p>
            Each action goes to the provider it names. Rules are YAML files in the folder that <code>[rules]</code>{' '}
            <code>directory</code> names in acteon.toml; a first one that holds back what is only worth knowing:
          </p>
          <pre tabIndex={0}>
            {`rules:\n  - name: quiet\n    condition:\n      field: action.payload.severity\n      eq: info\n    action:\n      type: suppress`}
          </pre>
        </Empty>
      ) : (
        <Ordered rules={rules.data} />
      )}
      <Uncovered />
    </main>
  )
}

function Ordered({ rules }: { rules: readonly Rule[] }) {
  const { scope } = usePlace()
  const activity = useActivity(scope)
  const coverage = useCoverage(scope)
  return (
    <ol className="panel rule-list" aria-label="Rules, in the order in which they are looked at">
      {rules.map((rule, index) => (
        <li key={rule.name} className={rule.enabled ? '' : 'is-off'}>
          <span className="rule-n">{index + 1}</span>
          <div className="rule-what">
            <A className="rule-name" href={hrefOf({ scope, page: 'rules', item: rule.name })}>
              {rule.name}
            </A>
            {rule.description !== null && <span className="rule-why">{rule.description}</span>}
            <code title={rule.condition}>{rule.condition}</code>
            <Hints rule={rule} quiet={quietFor(rule.name, coverage.data)} />
          </div>
          <span className="rule-does">{doesWhat(rule.verdict)}</span>
          <Decided rule={rule.name} activity={activity} />
          <RuleSwitch rule={rule} />
        </li>
      ))}
    </ol>
  )
}

/** What looks wrong with a rule, and that it matches nothing. */
function Hints({ rule: { finding }, quiet }: { rule: Rule; quiet: string | undefined }) {
  const { scope } = usePlace()
  const by = finding?.shadowed_by ?? null
  if (finding === null && quiet === undefined) return null
  return (
    <span className="rule-hints">
      {by !== null && (
        <span title={finding!.message}>
          <Glyph name="waiting" /> never reached: <A href={hrefOf({ scope, page: 'rules', item: by })}>{by}</A> comes
          first
        </span>
      )}
      {finding !== null && by === null && (
        <span>
          <Glyph name="waiting" /> {finding.message.replace(/^rule "[^"]*" /, '')}
        </span>
      )}
      {quiet !== undefined && by === null && <span>{quiet}</span>}
    </span>
  )
}

/** How many it decided in a day, over time and of all. */
function Decided({ rule, activity }: { rule: string; activity: ReturnType<typeof useActivity> }) {
  const { scope } = usePlace()
  const own = activity?.of(rule)
  return (
    <>
      <span className="rule-strip">{own !== undefined && <Bars of={own} />}</span>
      <span className="rule-count">
        {activity === undefined ? null : own === undefined ? (
          <span>none in 24 h</span>
        ) : (
          <A
            href={hrefOf({ scope, page: 'actions' }, { q: termText(term('rule', rule)), from: DAY })}
            title={`The actions that ${rule} decided in the last 24 hours`}
          >
            {count(own.count)} <small>{share(own.count, activity.total)} of 24 h</small>
          </A>
        )}
      </span>
    </>
  )
}

const HEIGHT = 20

function Bars({ of: { name, count: n, buckets } }: { of: Activity }) {
  const most = Math.max(1, ...buckets)
  return (
    <svg
      viewBox={`0 0 ${buckets.length * 2} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`${name} decided ${count(n)} in the last 24 hours`}
    >
      {/* One path: a long list of rules has thousands of bars. */}
      <path
        d={buckets
          .map((value, i) =>
            value === 0
              ? ''
              : `M${i * 2} ${HEIGHT}v${-Math.max(1.5, (value / most) * HEIGHT).toFixed(1)}h1.5V${HEIGHT}z`,
          )
          .join('')}
      />
    </svg>
  )
}

/** What is wrong with the files; what looks wrong in rules stands beside each. */
function Errors() {
  // A person for whom only some tenants are visible is not told about files; that is no trouble of theirs.
  const { data } = useQuery(queries.rulesStatus())
  if (data === undefined || data.errors.length === 0) return null
  return (
    <ul className="panel rule-warnings" aria-label="What is wrong with the rules">
      {data.errors.map((text) => (
        <li key={text}>
          <Glyph name="broken" />
          <span>
            <b className="f-broken">The files could not be read, the rules that ran go on.</b> {text}
          </span>
        </li>
      ))}
    </ul>
  )
}
