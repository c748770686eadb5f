import { readFileSync } from 'node:fs'
import { systemClock, type Clock } from '../lib/clock.js'

/** What a command touches of the world; tests pass their own. */
export interface Io {
  /** To standard output, as it is: lines end with `\n`. */
  out(text: string): void
  err(text: string): void
  env: Readonly<Record<string, string | undefined>>
  cwd: string
  /** Columns of the terminal; `Infinity` when nobody looks, so that nothing is cut. */
  width: number
  stdin(): string
  clock: Clock
  /** Aborts when the command shall end: Ctrl-C, or SIGTERM. */
  stop: AbortSignal
}

/** The process's own. */
export function processIo(): Io {
  const stop = new AbortController()
  const onSignal = (signal: NodeJS.Signals): void => {
    // A second Ctrl-C ends at once what the first asked to end in peace.
    if (stop.signal.aborted) process.exit(signal === 'SIGINT' ? 130 : 143)
    stop.abort(signal)
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  process.stdout.on('error', ignoreClosedPipe)
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    env: process.env,
    cwd: process.cwd(),
    width: process.stdout.columns ?? Infinity,
    stdin: () => readFileSync(0, 'utf8'),
    clock: systemClock,
    stop: stop.signal,
  }
}

// `acteon audit list | head -1` closes our output early; that is no fault.
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
}
