// A child process of run.mjs: loads one address with autocannon and prints what came of it as JSON.
//   node bench/load.mjs URL KIND SECONDS CONNECTIONS FIRST
import autocannon from 'autocannon'
import { actionOf, KINDS } from './workloads.mjs'

const [url, kind, seconds, connections, first] = process.argv.slice(2)
let n = Number(first)
let unexpected = 0
let example
const allowed = KINDS[kind]

const result = await autocannon({
  url,
  connections: Number(connections),
  duration: Number(seconds),
  requests: [
    {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      setupRequest: (request) => ({ ...request, body: JSON.stringify(actionOf(kind, n++)) }),
      onResponse: (status, body) => {
        if (
          status === 200 &&
          (url.endsWith('/echo') || allowed.some((tag) => body.startsWith(`{"${tag}"`) || body === `"${tag}"`))
        )
          return
        unexpected++
        example ??= `${status} ${body}`.slice(0, 300)
      },
    },
  ],
})
console.log(
  JSON.stringify({
    per_second: result.requests.total / result.duration,
    p50_ms: result.latency.p50,
    p99_ms: result.latency.p99,
    errors: result.errors + unexpected,
    next: n,
    example,
  }),
)
