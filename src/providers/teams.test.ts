import { describe, expect, it } from 'vitest'
import { alert, answering, context, machine, thrown } from './services.fixture.js'
import { teams } from './teams.js'

const make = (webhook_url: string) => teams.create('office', { webhook_url }, machine)
const signal = AbortSignal.timeout(60_000)
const failed = (code: number): string =>
  `Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error ${code} with ContextId tcid=1.`

describe('what Teams is sent', () => {
  it('is the message as an Adaptive Card in the envelope that workflows take', async () => {
    const peer = await answering(202)
    const response = await make(`${peer.origin}/workflows/1/run?sig=s`).deliver(alert(), context())
    expect(response).toMatchObject({ status: 'success', body: null })
    expect(peer.received[0]).toMatchObject({ method: 'POST', url: '/workflows/1/run?sig=s' })
    const sent = JSON.parse(peer.received[0]!.body) as { attachments: [{ content: { type: string } }] }
    expect(sent).toMatchObject({
      type: 'message',
      attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive' }],
    })
    expect(sent.attachments[0].content.type).toBe('AdaptiveCard')
    expect(JSON.stringify(sent.attachments[0].content)).toContain('Disk full')
  })

  it("is the payload's own card", async () => {
    const peer = await answering(200, '1')
    const card = { type: 'AdaptiveCard', version: '1.4', body: [{ type: 'TextBlock', text: 'mine' }] }
    await make(peer.origin).deliver(alert({ payload: { card } }), context())
    expect(JSON.parse(peer.received[0]!.body)).toMatchObject({ attachments: [{ content: card }] })
  })

  it('is nothing when Teams would refuse it for its size', async () => {
    const peer = await answering(202)
    const card = { type: 'AdaptiveCard', version: '1.4', body: [{ type: 'TextBlock', text: 'ü'.repeat(20_000) }] }
    const error = await thrown(make(peer.origin).deliver(alert({ payload: { card } }), context()))
    expect(error).toMatchObject({
      failure: 'final',
      message: expect.stringContaining('make the card smaller') as string,
    })
    expect(peer.received).toEqual([])
  })
})

describe('what Teams answers', () => {
  it.each([
    [400, { error: { code: 'TriggerInputSchemaMismatch', message: 'not as declared' } }, 'final'],
    [400, { error: { code: 'WorkflowTriggerIsNotEnabled', message: 'not enabled' } }, 'configuration'],
    [401, { error: { code: 'DirectApiAuthorizationRequired', message: 'sig' } }, 'configuration'],
    [404, { error: { code: 'WorkflowNotFound', message: 'gone' } }, 'configuration'],
    [413, '', 'final'],
    [429, '', 'retryable'],
    [503, '', 'retryable'],
    [200, failed(429), 'retryable'],
    [200, failed(400), 'final'],
    [200, failed(404), 'configuration'],
    [200, failed(500), 'retryable'],
  ])('%i %j is %s', async (status, body, failure) => {
    const peer = await answering(status, body)
    const error = await thrown(make(`${peer.origin}/?sig=hush`).deliver(alert(), context()))
    expect(error).toMatchObject({ failure, status })
    expect((error as Error).message).not.toContain('hush')
  })

  it.each([
    [429, ''],
    [200, failed(429)],
  ])('says when to come again (%i)', async (status, body) => {
    const peer = await answering(status, body, { 'retry-after': '9' })
    expect(await thrown(make(peer.origin).deliver(alert(), context()))).toMatchObject({
      code: 'RATE_LIMITED',
      retryAfterMs: 9_000,
    })
  })

  it('tells the check that someone is there, without a post', async () => {
    const peer = await answering(405)
    await make(peer.origin).check!({ signal })
    expect(peer.received).toMatchObject([{ method: 'HEAD' }])
    const down = await answering(502)
    expect(await thrown(make(down.origin).check!({ signal }))).toMatchObject({ failure: 'retryable' })
  })
})
