// What the gateway in the pictures delivers to: each provider with a pace of its own, and one that breaks down.
import dns from 'node:dns'
import { createServer as httpServer } from 'node:http'
import { syncBuiltinESMExports } from 'node:module'
import { createServer } from 'node:net'
import { clock, random, takes } from './clock.mjs'

// Errors name where they came from, and are in the pictures: the same names and ports each time.
const HTTP_PORT = 8093
const MAIL_PORT = 8025
const lookup = dns.lookup
dns.lookup = (name, options, done) => lookup(name.endsWith('.acme.example') ? '127.0.0.1' : name, options, done)
syncBuiltinESMExports()

/** Milliseconds at least, and what chance adds. */
const PACE = {
  'slack-ops': [120, 90],
  'slack-oncall': [150, 110],
  pagerduty: [230, 140],
  'agent-runtime': [18, 40],
  'webhook-crm': [240, 130],
  opsgenie: [360, 80],
  mail: [700, 600],
}
const paceOf = (name) => Math.round(PACE[name][0] + random() * PACE[name][1])

/** Starts both. `brokenFrom`: since when opsgenie takes nothing. @returns how to end them */
export async function receivers({ brokenFrom }) {
  let asked = 0
  const http = httpServer(async (request, response) => {
    const name = request.headers.host.split('.')[0]
    const broken = name === 'opsgenie' && clock.now() >= brokenFrom
    request.resume()
    if (broken && ++asked % 7 === 2) {
      // No answer: the attempt's time runs out.
      await takes(5_000)
      response.destroy()
      return
    }
    await takes(paceOf(name))
    const json = { 'content-type': 'application/json' }
    if (broken) response.writeHead(503, { 'content-type': 'text/plain' }).end('upstream capacity exceeded')
    else if (name === 'pagerduty') response.writeHead(202, json).end('{"status":"success","dedup_key":"acme"}')
    else response.end('ok')
  })
  const mail = createServer(takeMail)
  const listens = (server, port) =>
    new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  await Promise.all([listens(http, HTTP_PORT), listens(mail, MAIL_PORT)])
  return async () => {
    http.closeAllConnections()
    await Promise.all([http, mail].map((server) => new Promise((resolve) => server.close(resolve))))
  }
}

/** As much of SMTP as taking a mail needs; who is at closed.example has no mailbox. */
function takeMail(socket) {
  let text = ''
  let inData = false
  const say = (line) => socket.write(`${line}\r\n`)
  say('220 mail.acme.example')
  socket.on('error', () => {})
  socket.on('data', async (chunk) => {
    text += chunk
    if (inData) {
      if (!text.endsWith('\r\n.\r\n')) return
      inData = false
      text = ''
      await takes(paceOf('mail'))
      say('250 queued')
      return
    }
    const lines = text.split('\r\n')
    text = lines.pop()
    for (const line of lines) {
      const word = line.slice(0, 4).toUpperCase()
      inData = word === 'DATA'
      if (inData) say('354 go on')
      else if (word === 'QUIT') socket.end('221 bye\r\n')
      else say(/^RCPT.*@closed\.example/i.test(line) ? '550 mailbox unavailable' : '250 ok')
    }
  })
}
