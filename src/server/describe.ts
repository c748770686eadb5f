import type { Gateway } from '../gateway/gateway.js'
import { createApp } from './app.js'
import { finishDocument } from './openapi.js'

/** The API's OpenAPI document, without a gateway behind it: for the client's types and the reference. */
export async function describeApi(): Promise<Record<string, unknown>> {
  const nothing = {
    state: { onFrames: () => () => undefined },
    rules: {},
    shown: {},
    providers: new Map(),
    audit: null,
  }
  const { app } = await createApp({ gateway: nothing as unknown as Gateway })
  const document = finishDocument((app as unknown as { swagger(): Record<string, unknown> }).swagger())
  await app.close()
  return document
}
