import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { answer, api, type Shape } from '../../api/client.ts'
import { queries, queryClient } from '../../api/queries.ts'
import { useRefusal } from '../../api/rights.ts'
import { useActs, type Act } from '../../frame/acts.ts'
import { confirm } from '../../frame/ask.ts'
import { A } from '../../frame/link.tsx'
import { toast, toastError } from '../../frame/toasts.tsx'
import { hrefOf, usePlace } from '../../frame/url.ts'
import { filterText, term } from '../../lib/filter.ts'
import { count, duration, share, time } from '../../lib/formats.ts'
import { Acts } from '../../parts/acts.tsx'
import { Detail, Facts } from '../../parts/detail.tsx'
import { Failed, Skeleton } from '../../parts/states.tsx'
import { Strip } from '../../parts/strip.tsx'
import { Around } from './around.tsx'
import { DELIVERIES, rateOf, sentTo, type Hour } from './hour.ts'
import { circuitSentence, titleOf, type Circuit, type Health } from './providers.ts'
import { Sent } from './sent.tsx'
import { TestSend } from './test-send.tsx'

const FAILURES = 10

export interface ProviderDetailProps {
  health: Health
  hour: Hour | undefined
  circuit: Circuit | undefined
  kind: Shape['Provider'] | undefined
  close: () => void
}

/** One provider: whether it can deliver, what failed last, and its circuit. */
export function ProviderDetail({ health, hour, circuit, kind, close }: ProviderDetailProps) {
  const { scope } = usePlace()
  const [testing, setTesting] = useState(false)
  const { provider, calls_kept: kept, waiting, running, max_concurrent, max_queue } = health
  const { data: figures } = useQuery(queries.figures(scope, sentTo(provider), '-1h'))
  const acts = useProviderActs(health, circuit, kind, () => setTesting(true))
  useActs(acts)
  const q = filterText([term('provider', provider)])
  const elsewhere = filterText([
    term('wanted', provider),
    term('provider', provider, true),
    term('result', 'delivered'),
  ])
  const said = circuit === undefined ? undefined : circuitSentence(circuit, Date.now())
  return (
    <Detail
      label="Provider"
      crumb={kind?.type ?? 'Provider'}
      title={titleOf(health, hour === undefined ? 0 : hour.delivered + hour.broken)}
      close={close}
    >
      {said !== undefined && <p className={circuit?.state === 'open' ? 'f-broken' : 'f-waiting'}>{said}</p>}
      {health.health_check_error !== undefined && health.health_check_error !== health.last_error && (
        <p className="f-broken">{health.health_check_error}</p>
      )}
      <Acts acts={acts} />
      <Facts
        facts={[
          ['Delivered', hour === undefined ? undefined : <Sent provider={provider} hour={hour} />],
          [
            'Usual',
            hour?.usually === undefined ? undefined : `${hour.usually.replace('usually ', '')} at this time of day`,
          ],
          ['Broken', hour === undefined ? undefined : <Broken provider={provider} hour={hour} />],
          ['From arrival to outcome', hour?.took],
          ['Rate', rateOf(health, figures)],
          ['Circuit', circuitFacts(circuit, health)],
          ['Fallback', circuit === undefined ? undefined : circuit.fallback_chain.join(', then ') || 'None'],
        ]}
      />
      <h3>What it took and failed in the last hour</h3>
      <Strip q={sentTo(provider)} of={DELIVERIES} />
      <p className="elsewhere">
        <A href={hrefOf({ scope, page: 'actions' }, { q: elsewhere })}>What others took in its place</A>
      </p>
      <h3>On this node</h3>
      <Facts
        facts={[
          ['In a call', running === 0 ? undefined : `${count(running)} of at most ${count(max_concurrent)}`],
          ['Waiting', waiting === 0 ? undefined : `${count(waiting)} of at most ${count(max_queue)}`],
          [
            kept === 1 ? 'Its last call took' : `Its last ${count(kept)} calls took`,
            kept === 0
              ? undefined
              : `p50 ${duration(health.p50_latency_ms)}, p95 ${duration(health.p95_latency_ms)}, p99 ${duration(health.p99_latency_ms)}`,
          ],
          [
            'Last call',
            health.last_request_at === undefined
              ? 'None since it started'
              : time(health.last_request_at, { now: Date.now() }),
          ],
          ['Last error', health.last_error],
        ]}
      />
      <h3>Last failures</h3>
      <Failures q={`${q} result:broken`} />
      <Around provider={provider} />
      {testing && <TestSend provider={provider} close={() => setTesting(false)} />}
    </Detail>
  )
}

/** What it failed in the last hour, as a number that leads to it. */
function Broken({ provider, hour: { broken, from, to } }: { provider: string; hour: Hour }) {
  const { scope } = usePlace()
  const q = sentTo(provider, ['broken'])
  return broken === 0 ? 'None' : <A href={hrefOf({ scope, page: 'actions' }, { q, from, to })}>{count(broken)}</A>
}

function circuitFacts(circuit: Circuit | undefined, { circuit_breaker_state: state }: Health): string | undefined {
  if (circuit === undefined) return state?.replace('_', ' ')
  const { failure_share, minimum_calls, window_seconds, calls, failures } = circuit
  const now = calls === 0 ? '' : ` (now ${failures} of ${calls} on this node)`
  return `${circuit.state.replace('_', ' ')}; opens when ${share(failure_share, 1)} of at least ${minimum_calls} calls in ${duration(window_seconds * 1_000)} fail${now}`
}

function useProviderActs(
  health: Health,
  circuit: Circuit | undefined,
  kind: Shape['Provider'] | undefined,
  test: () => void,
): Act[] {
  const refused = useRefusal('admin')
  const { provider, circuit_breaker_state: state } = health
  const fallback = circuit?.fallback_chain[0]
  return useMemo<Act[]>(() => {
    const without =
      state === undefined ? `${provider} has no circuit breaker: the configuration does not enable it.` : undefined
    const change = async (what: 'trip' | 'reset'): Promise<void> => {
      const agreed = await confirm(
        what === 'trip'
          ? {
              title: `Open the circuit of ${provider}?`,
              text: `Nothing is sent to it on any node until the circuit is closed by hand. ${fallback === undefined ? 'It has no fallback: what is meant for it fails.' : `${fallback} gets what is meant for it.`}`,
              yes: `Open circuit of ${provider}`,
            }
          : {
              title: `Close the circuit of ${provider}?`,
              text: 'All nodes send to it again at once, and earlier failures no longer count.',
              yes: `Close circuit of ${provider}`,
            },
      )
      if (!agreed) return
      const params = { path: { provider } }
      try {
        await answer(
          what === 'trip'
            ? api.POST('/admin/circuit-breakers/{provider}/trip', { params })
            : api.POST('/admin/circuit-breakers/{provider}/reset', { params }),
        )
      } catch (error) {
        toastError(`The circuit of ${provider} was not changed`, error)
      }
      await queryClient.invalidateQueries({ queryKey: ['providers'] })
    }
    const check = async (): Promise<void> => {
      try {
        const { healthy, duration_ms, error } = await answer(
          api.POST('/v1/providers/{name}/check', { params: { path: { name: provider } } }),
        )
        toast(
          healthy ? `${provider} answered in ${duration(duration_ms)}` : `${provider} did not answer as it should`,
          {
            ...(error !== undefined && { description: error }),
            error: !healthy,
          },
        )
      } catch (error) {
        toastError(`${provider} could not be checked`, error)
      }
      await queryClient.invalidateQueries({ queryKey: ['providers'] })
    }
    const nothing = kind?.can_check === false ? `Type "${kind.type}" has nothing to check.` : undefined
    const rest = [
      { title: 'Check', key: 'c', refused: refused ?? nothing, run: () => void check() },
      { title: `Test send to ${provider}`, key: 't', refused, run: test },
    ]
    return state === 'closed' || state === undefined
      ? [...rest, { title: 'Open circuit', key: 'o', refused: refused ?? without, run: () => void change('trip') }]
      : [{ title: 'Close circuit', key: 'o', refused, run: () => void change('reset') }, ...rest]
    // `test` is a new function each time, and always does the same.
  }, [provider, state, fallback, kind, refused])
}

/** The actions that it failed, with what it said. */
function Failures({ q }: { q: string }) {
  const { scope } = usePlace()
  const failures = useQuery(queries.latest(scope, q, '-7d', FAILURES))
  if (failures.isPending) return <Skeleton rows={3} />
  if (failures.data === undefined)
    return <Failed what="The last failures" error={failures.error} retry={() => void failures.refetch()} />
  const rows = failures.data.rows ?? []
  if (rows.length === 0) return <p className="hint">None in the last 7 days.</p>
  return (
    <ol className="steps">
      {rows.map(({ id, type, subject, at, reason, tenant, ns }) => (
        <li key={`${tenant} ${ns} ${id}`}>
          <time dateTime={new Date(at).toISOString()}>{time(at, { now: Date.now() })}</time>
          <span>
            <A href={hrefOf({ scope, page: 'actions' }, { q, from: '-7d', open: id })}>
              {type} {subject}
            </A>
            <p>{reason}</p>
          </span>
        </li>
      ))}
    </ol>
  )
}
