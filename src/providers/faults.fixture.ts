import type { Socket } from 'node:net'
import { DeliveryError } from './provider.js'

/** How a delivery ended: `success`, or the kind of its failure and its code. */
export type End = string

/** Runs one delivery against a deadline, and says how it ended; `late` when it took much longer than it was given. */
export async function endOf(deliver: (signal: AbortSignal) => Promise<unknown>, withinMs: number): Promise<End> {
  const began = performance.now()
  const end = await deliver(AbortSignal.timeout(withinMs)).then(
    (response) => (response as { status: string }).status,
    (error: unknown) =>
      error instanceof DeliveryError
        ? [error.failure, error.code, ...(error.retryAfterMs === undefined ? [] : [error.retryAfterMs])].join(' ')
        : `threw ${String(error)}`,
  )
  return performance.now() - began > withinMs + 5_000 ? `late: ${end}` : end
}

/** All at once; each case's end by its name. */
export async function endsOf(cases: Record<string, () => Promise<End>>): Promise<Record<string, End>> {
  return Object.fromEntries(
    await Promise.all(Object.entries(cases).map(async ([name, run]) => [name, await run()] as const)),
  )
}

/** A byte at a time, until the other side has had enough. */
export function drip(socket: Socket, byte = 'x', everyMs = 10): void {
  const timer = setInterval(() => socket.write(byte), everyMs)
  socket.on('close', () => clearInterval(timer))
}

/** As much as the other side reads, without end. */
export function pour(socket: Socket, text: string): void {
  const more = (): void => {
    while (!socket.destroyed) if (!socket.write(text)) return void socket.once('drain', more)
  }
  more()
}
