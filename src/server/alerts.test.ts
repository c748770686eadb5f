import { beforeEach, describe, expect, it } from 'vitest'
import type { GatewayHealth } from '../gateway/gateway.js'
import { virtualClock, type VirtualClock } from '../testing/clock.js'
import { createAlerts, type Alerts } from './alerts.js'
import { createLog } from './log.js'

const SETTINGS = { provider: 'oncall', namespace: 'ops', tenant: 'platform', action_type: 'gateway_alert' }

interface Sent {
  id: string
  provider: string
  payload: { title: string; severity: string; message: string; alerts: { kind: string; count: number }[] }
}

describe('alerts', () => {
  let clock: VirtualClock
  let alerts: Alerts
  let sent: Sent[]
  let away: boolean
  let health: Pick<GatewayHealth, 'status' | 'reasons'>

  beforeEach(() => {
    clock = virtualClock()
    sent = []
    away = false
    health = { status: 'ok', reasons: [] }
    alerts = createAlerts(SETTINGS, { clock, log: createLog({ level: 'silent', format: 'json' }, () => undefined) })
    alerts.start({
      node: 'n1',
      health: () => Promise.resolve(health as GatewayHealth),
      dispatch(action) {
        if (away) return Promise.reject(new Error('the state store is away'))
        sent.push(action as Sent)
        return Promise.resolve({ type: 'Executed', status: 'success', body: null, headers: {} })
      },
    })
  })

  const deadLetter = (action_id: string, provider = 'email'): void =>
    alerts.observer.outcome?.({
      kind: 'dispatch',
      outcome: 'Failed',
      provider,
      rule: null,
      verdict: 'allow',
      action_id,
      action_type: 'order_shipped',
      namespace: 'shop',
      tenant: 'acme',
      dispatchedAt: 0,
      durationMs: 1,
      dead_letter: `letter-${action_id}`,
      message: 'it answered 500.',
    })

  it('what happens together is one action, a second later, that says what and how often', async () => {
    for (let i = 0; i < 8; i++) deadLetter(`a${i}`)
    alerts.observer.circuit?.({ provider: 'email', state: 'open', by: 'n1' })
    alerts.raise('reload_refused', 'acteon.toml:3: there is no provider type "slak".')
    await clock.advance(999)
    expect(sent).toEqual([])
    await clock.advance(1)
    expect(sent).toHaveLength(1)
    const [{ payload, provider }] = sent as [Sent]
    expect(provider).toBe('oncall')
    expect(payload.title).toBe('Acteon: 8 dead letters, 1 circuit opened, a reload was refused')
    expect(payload.severity).toBe('error')
    expect(payload.message).toContain('order_shipped for email (shop / acme, a0): it answered 500.')
    expect(payload.message).toContain('… and 3 dead letters more')
    expect(payload.alerts.map(({ kind, count }) => [kind, count])).toEqual([
      ['dead_letter', 8],
      ['circuit_open', 1],
      ['reload_refused', 1],
    ])
  })

  it('at most one a minute, and what came meanwhile is in the next', async () => {
    deadLetter('first')
    await clock.advance(1_000)
    for (let second = 0; second < 59; second++) {
      deadLetter(`a${second}`)
      await clock.advance(1_000)
    }
    expect(sent).toHaveLength(1)
    await clock.advance(1_000)
    expect(sent).toHaveLength(2)
    expect(sent[1]!.payload.alerts).toMatchObject([{ kind: 'dead_letter', count: 59 }])
    await clock.advance(600_000)
    expect(sent).toHaveLength(2)
  })

  it('never about itself: not its own dead letters, not the circuit of its provider, not what other nodes opened', async () => {
    deadLetter('x')
    await clock.advance(1_000)
    deadLetter(sent[0]!.id, 'oncall')
    alerts.observer.circuit?.({ provider: 'oncall', state: 'open', by: 'n1' })
    alerts.observer.circuit?.({ provider: 'email', state: 'open', by: 'n2' })
    alerts.observer.circuit?.({ provider: 'email', state: 'closed', by: 'n1' })
    await clock.advance(600_000)
    expect(sent).toHaveLength(1)
  })

  it('a node that is no longer well is told once, and again when it fell ill again', async () => {
    await clock.advance(10_000)
    health = { status: 'degraded', reasons: ['the state store cannot be used: it is full'] }
    await clock.advance(120_000)
    expect(sent.map(({ payload }) => payload.message)).toEqual(['n1: the state store cannot be used: it is full.'])
    health = { status: 'ok', reasons: [] }
    await clock.advance(10_000)
    health = { status: 'degraded', reasons: ['again'] }
    await clock.advance(120_000)
    expect(sent).toHaveLength(2)
  })

  it('what cannot be handed in is kept, and goes out when it can', async () => {
    away = true
    deadLetter('one')
    await clock.advance(1_000)
    deadLetter('two')
    await clock.advance(120_000)
    away = false
    await clock.advance(60_000)
    expect(sent).toHaveLength(1)
    expect(sent[0]!.payload.alerts).toMatchObject([{ kind: 'dead_letter', count: 2 }])
  })

  it('what is left when the server stops is sent before it does', async () => {
    deadLetter('last')
    await alerts.stop()
    expect(sent).toHaveLength(1)
    await clock.advance(600_000)
    expect(sent).toHaveLength(1)
  })
})
