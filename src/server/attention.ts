import type { FastifyRequest } from 'fastify'
import type { Static } from 'typebox'
import { differenceText, FACETS, type Facet } from '../gateway/agreement.js'
import { ownedEntry } from '../gateway/seen.js'
import { formatDuration } from '../lib/durations.js'
import type { DeadLetter, EventView } from '../state/store.js'
import { createLastHour, type LastHour } from './attention-traffic.js'
import { iso, isoOrNull } from './lists.js'
import type { Parts } from './parts.js'
import { isUp, type Health } from './provider-health.js'
import { ATTENTION_KINDS, SEVERITIES, type Attention } from './traffic-shapes.js'
import type { Traffic } from './traffic.js'
import { visiblePage } from './visible.js'

export type AttentionItem = Static<typeof Attention>['items'][number]
export interface AskedScope {
  namespace?: string
  tenant?: string
}

const MOST_ITEMS = 20
/** So many dead letters and active events are looked at. */
const LOOKED_AT = 1_000
/** A timeout is late when nobody ran it for so long. */
const LATE_MS = 60_000

const rankOf = ({ severity, kind }: AttentionItem): number =>
  SEVERITIES.indexOf(severity) * ATTENTION_KINDS.length + ATTENTION_KINDS.indexOf(kind)

/** What a person should look at, worst first, each with a sentence and where it is looked at; and how much there is. */
export function createAttention(parts: Parts, traffic: Traffic) {
  const { gateway, clock, providerHealth } = parts
  const lastHour = createLastHour(traffic)

  return async (request: FastifyRequest, asked: AskedScope): Promise<Static<typeof Attention>> => {
    request.scope.refuse(asked)
    const now = clock.now()
    const { everywhere } = request.scope
    const recent = await lastHour(request, asked, now)
    const down = everywhere ? (await providerHealth.all()).filter((health) => !isUp(health)) : null
    const letters = await visiblePage(
      { limit: LOOKED_AT, cursor: undefined },
      (page) => gateway.state.deadLetters({ ...asked, ...page }),
      (letter) => request.scope.covers(ownedEntry(letter)),
    )
    const events = await visiblePage(
      { limit: LOOKED_AT, cursor: undefined },
      (page) => gateway.state.events({ ...asked, ...page, active: true }),
      (event) => request.scope.covers(event),
    )
    // Time alone gives an event no owner.
    const unowned = events.items.filter(
      ({ opened_at, updated_at, changed_by }) => opened_at === updated_at || changed_by === 'timeout',
    )
    const items = [
      ...(down ?? []).map((health) => providerItem(parts, health, recent, now)),
      ...(everywhere ? await ofNode(parts) : []),
      ...deadLetters(letters.items, letters.next_cursor !== undefined, now),
      ...recent.items,
      ...ownerless(unowned, events.next_cursor !== undefined, now),
      ...overdue(events.items, now),
    ].sort((a, b) => rankOf(a) - rankOf(b) || (b.count ?? 0) - (a.count ?? 0))
    return {
      at: iso(now),
      items: items.slice(0, MOST_ITEMS),
      counts: {
        events: { count: unowned.length, more: events.next_cursor !== undefined },
        providers: down === null ? null : { count: down.length, more: false },
        dead_letters: { count: letters.items.length, more: letters.next_cursor !== undefined },
      },
      last_broken: items.length > 0 ? null : isoOrNull(await traffic.lastBroken(request, asked)),
    }
  }
}

function providerItem({ gateway }: Parts, health: Health, recent: LastHour, now: number): AttentionItem {
  const { provider, circuit_breaker_state: state, health_check_error, last_error } = health
  const circuit = gateway.breakers.list().find((view) => view.provider === provider)
  const failed = recent.brokenBy(provider)
  const failures = failed === 0 ? '' : ` ${failed} failed in the last hour.`
  const item = { count: null, link: { page: 'providers' as const, item: provider } }
  if (circuit === undefined || state === 'closed' || state === undefined)
    return {
      ...item,
      kind: 'provider',
      severity: 'broken',
      sentence: `${provider} is failing`,
      detail: `${sentenceOf(health_check_error ?? last_error ?? 'Its last call failed')}${failures}`,
      since: null,
    }
  const { since, fallbacks } = circuit
  const instead =
    fallbacks.length === 0 ? 'Nothing stands in for it.' : `${fallbacks.join(', then ')} stands in for it.`
  return {
    ...item,
    kind: 'circuit',
    severity: state === 'open' ? 'broken' : 'waiting',
    sentence: state === 'open' ? `${provider} is not taking deliveries` : `${provider} is being tried again`,
    detail: `${state === 'open' ? `Its circuit has been open for ${formatDuration(Math.max(0, now - since))}` : 'Its circuit is half open'}. ${instead}${failures}`,
    since: iso(since),
  }
}

const DIFFERING: Readonly<Record<Facet, string>> = {
  rules: 'The nodes do not run the same rules',
  configuration: 'The nodes are not configured alike',
  access: 'The nodes do not know the same users and keys',
}

async function ofNode({ gateway, reload, authProblem }: Parts): Promise<AttentionItem[]> {
  const health = await gateway.health()
  const { errors } = health.rules
  const item = (
    kind: 'health' | 'reload',
    sentence: string,
    detail: string | null,
    page: 'settings' | 'rules' = 'settings',
  ): AttentionItem => ({
    kind,
    severity: kind === 'health' ? 'broken' : 'waiting',
    sentence,
    detail,
    count: null,
    since: null,
    link: { page },
  })
  const refused: [string | null, string][] = [
    [reload?.problem() ?? null, 'The configuration was refused when it was reread; the one that ran goes on running'],
    [authProblem(), 'The file with users and keys was refused; the one before holds'],
  ]
  const differing = FACETS.flatMap((facet) => {
    const nodes = health[facet].differing_nodes
    return nodes.length === 0 ? [] : [{ facet, nodes, reason: differenceText(facet, nodes) }]
  })
  const told = new Set(differing.map(({ reason }) => reason))
  return [
    // Rule files, and nodes that differ, have items of their own, that say more.
    ...health.reasons
      .filter((reason) => !told.has(reason) && (errors.length === 0 || !reason.startsWith('the rule files')))
      .map((reason) => item('health', 'This node is not well', sentenceOf(reason))),
    ...differing.map(({ facet, nodes, reason }) => ({
      ...item('health', DIFFERING[facet], sentenceOf(reason), facet === 'rules' ? 'rules' : 'settings'),
      count: nodes.length,
      since: nodes.map(({ since }) => since).sort()[0]!,
    })),
    ...errors
      .slice(0, 1)
      .map((error) => item('reload', 'The rule files were refused; the rules before go on running', error, 'rules')),
    ...refused.flatMap(([problem, sentence]) => (problem === null ? [] : [item('reload', sentence, problem)])),
  ]
}

const sentenceOf = (reason: string): string =>
  `${reason.charAt(0).toUpperCase()}${reason.slice(1)}${reason.endsWith('.') ? '' : '.'}`

function deadLetters(letters: DeadLetter[], more: boolean, now: number): AttentionItem[] {
  if (letters.length === 0) return []
  const sorts = new Map<string, { provider: string; code: string; count: number }>()
  for (const { plan, code } of letters) {
    const { provider } = plan.action
    const key = JSON.stringify([provider, code])
    const sort = sorts.get(key) ?? { provider, code, count: 0 }
    sorts.set(key, { ...sort, count: sort.count + 1 })
  }
  const [first, ...others] = [...sorts.values()].sort((a, b) => b.count - a.count)
  const oldest = Math.min(...letters.map(({ created_at }) => created_at))
  const all = `${more ? 'At least ' : ''}${letters.length} dead ${letters.length === 1 ? 'letter' : 'letters'}`
  const { provider, code, count } = first!
  return [
    {
      kind: 'dead_letters',
      severity: 'broken',
      sentence: `${all}${others.length === 0 ? ` for ${provider}` : ''}, oldest ${formatDuration(Math.max(0, now - oldest))}`,
      detail:
        others.length === 0
          ? `All with ${code}.`
          : `${count} for ${provider} with ${code}, the others of ${others.length} more ${others.length === 1 ? 'sort' : 'sorts'}.`,
      count: letters.length,
      since: iso(oldest),
      link: { page: 'dead-letters', ...(others.length === 0 && { item: provider, code }) },
    },
  ]
}

function ownerless(events: EventView[], more: boolean, now: number): AttentionItem[] {
  if (events.length === 0) return []
  const oldest = events.reduce((a, b) => (b.opened_at < a.opened_at ? b : a))
  return [
    {
      kind: 'events',
      severity: 'waiting',
      sentence: `${more ? 'At least ' : ''}${events.length} ${events.length === 1 ? 'event needs' : 'events need'} an owner`,
      detail: `The oldest has been ${oldest.state} for ${formatDuration(Math.max(0, now - oldest.opened_at))}.`,
      count: events.length,
      since: iso(oldest.opened_at),
      link: { page: 'events' },
    },
  ]
}

function overdue(events: EventView[], now: number): AttentionItem[] {
  const late = events.filter(({ next_timeout }) => next_timeout !== null && next_timeout.at < now - LATE_MS)
  if (late.length === 0) return []
  const oldest = Math.min(...late.map(({ next_timeout }) => next_timeout!.at))
  return [
    {
      kind: 'timeouts',
      severity: 'waiting',
      sentence: `${late.length} ${late.length === 1 ? 'event is' : 'events are'} past the time to move on, the longest by ${formatDuration(now - oldest)}`,
      detail: 'Timeouts run late when no node runs jobs, or the state store is slow.',
      count: late.length,
      since: iso(oldest),
      link: { page: 'events' },
    },
  ]
}
