import type { Frame } from '../state/store.js'

/** One thing that happened. */
export interface Moment {
  /** Since the beginning, milliseconds. */
  at: number
  /** Who did it, or to whom it happened: `node-1`, `sms`, `store`, `client`, `fault`. */
  who: string
  text: string
}

/** What happened in a simulation, in order. */
export interface Timeline {
  note(who: string, text: string): void
  /** Tells of what the store says in its event log, beyond the outcomes that nodes tell of themselves. */
  noteFrame(frame: Frame): void
  text(): string
  html(): string
}

/** @param elapsed how much time has passed since the beginning, milliseconds */
export function createTimeline(elapsed: () => number): Timeline {
  const moments: Moment[] = []
  const note = (who: string, text: string): void => void moments.push({ at: elapsed(), who, text })
  return {
    note,
    noteFrame(frame) {
      const said = sayFrame(frame)
      if (said !== null) note('store', said)
    },
    text: () => moments.map(({ at, who, text }) => `${clockFace(at)}  ${who.padEnd(8)}  ${text}`).join('\n'),
    html: () => page(moments),
  }
}

function sayFrame({ type, data }: Frame): string | null {
  const said = (name: string): string => String(data[name])
  switch (type) {
    case 'timeout':
      return `event ${short(said('fingerprint'))}: ${said('previous_state')} → ${said('new_state')} by timeout`
    case 'action_status_changed':
      return `event ${short(said('fingerprint'))}: ${data['previous_status'] == null ? 'opened as' : `${said('previous_status')} →`} ${said('new_status')}`
    case 'group_event_added':
      return `group ${short(said('group_key'))} has ${said('event_count')} waiting`
    case 'group_flushed':
      return `group ${short(said('group_id'))} sealed with ${said('event_count')}`
    case 'group_resolved':
      return `group ${short(said('group_key'))} closed`
    case 'scheduled_action_due':
      return `${said('action_id')} is due`
    default:
      return null
  }
}

const short = (name: string): string => (/^[0-9a-f]{64}$/.test(name) ? `${name.slice(0, 8)}…` : name)

/** `+01:02:03.004`, which sorts and lines up. */
function clockFace(ms: number): string {
  const digits = (n: number, width = 2): string => String(Math.floor(n)).padStart(width, '0')
  return `+${digits(ms / 3_600_000)}:${digits((ms / 60_000) % 60)}:${digits((ms / 1_000) % 60)}.${digits(ms % 1_000, 3)}`
}

/** Above this, a pause between two moments is shown as such. */
const PAUSE_MS = 10_000

function page(moments: Moment[]): string {
  const actors = [...new Set(moments.map(({ who }) => who))].sort(byRole)
  const rows = moments.map(({ at, who, text }, i) => {
    const before = moments[i - 1]?.at ?? 0
    const pause = at - before >= PAUSE_MS ? ` class="later"` : ''
    const cells = actors.map((actor) =>
      actor === who ? `<td class="${roleOf(who)}">${escaped(text)}</td>` : '<td></td>',
    )
    return `<tr${pause}><th scope="row">${clockFace(at)}</th>${cells.join('')}</tr>`
  })
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>What happened</title>
<style>
  :root { color-scheme: light dark; font: 14px/1.45 system-ui, sans-serif; --line: light-dark(#ddd, #444); }
  body { margin: 1.5rem; }
  .scroll { overflow-x: auto; }
  table { border-collapse: collapse; }
  th, td { text-align: left; vertical-align: top; padding: .25rem .6rem; font-weight: normal; }
  td { min-width: 9rem; max-width: 22rem; overflow-wrap: anywhere; border-left: 1px solid var(--line); }
  thead th { position: sticky; top: 0; background: Canvas; font-weight: 600; border-bottom: 2px solid var(--line); }
  tbody th { font: 12px/1.6 ui-monospace, monospace; white-space: nowrap; color: GrayText; }
  tr.later > * { border-top: 1.2rem solid transparent; }
  tbody tr:hover { background: light-dark(#f4f4f4, #2a2a2a); }
  td.fault { color: light-dark(#b00020, #ff8a80); }
  td.provider { color: light-dark(#0b5394, #8ab4f8); }
</style>
<h1>What happened</h1>
<div class="scroll" tabindex="0" role="region" aria-label="What happened, by time and by who did it">
<table>
<thead><tr><th scope="col">time</th>${actors.map((actor) => `<th scope="col">${escaped(actor)}</th>`).join('')}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>
</div>
</html>
`
}

const ROLES = ['client', 'fault', 'node', 'store', 'provider'] as const

const roleOf = (who: string): (typeof ROLES)[number] =>
  who === 'client' || who === 'fault' || who === 'store' ? who : /^node-\d+$/.test(who) ? 'node' : 'provider'

const byRole = (a: string, b: string): number =>
  ROLES.indexOf(roleOf(a)) - ROLES.indexOf(roleOf(b)) || (a < b ? -1 : a > b ? 1 : 0)

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
