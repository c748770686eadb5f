import type pg from 'pg'
import { StoreRefused, type Op } from '../store.js'
import { failureOf, isWorthRepeating } from './failure.js'
import { argumentText } from '../../lib/postgres-text.js'

/** How an operation reaches the server: one call of one function, or one statement that only reads. */
export interface Server {
  readonly schema: string
  /** Calls a function of the schema; its answer, in which texts are still escaped. @throws StoreRefused, StoreUnavailable */
  call<Answer>(name: string, request: object): Promise<Answer>
  /** Runs a statement that only reads, or that may be repeated. It names the schema `acteon`. */
  read<Row extends object>(text: string, values?: unknown[]): Promise<Row[]>
  /** The time that a simulation has; absent: the server's clock. */
  now(): number | undefined
}

/** The simulation's time, where there is one, and what names the operation. */
export const opOf = ({ token, deadline, now }: Op, server: Pick<Server, 'now'>): Op => {
  const at = now ?? server.now()
  return { token, deadline, ...(at !== undefined && { now: at }) }
}

const MOST_SENDINGS = 4

export function serverOf(pool: pg.Pool, schema: string, virtualNow: (() => number) | null): Server {
  async function query<Row extends object>(text: string, values: unknown[]): Promise<Row[]> {
    for (let sending = 1; ; sending++) {
      try {
        return (await pool.query<Row>(text, values)).rows
      } catch (error) {
        if (sending < MOST_SENDINGS && isWorthRepeating(error)) continue
        throw failureOf(error)
      }
    }
  }
  return {
    schema,
    now: () => virtualNow?.(),
    async call<Answer>(name: string, request: object) {
      const [row] = await query<{ answer: string }>(`SELECT ${schema}.${name}($1::jsonb) AS answer`, [
        argumentText(request),
      ])
      const answer = JSON.parse(row!.answer) as (Answer & { kind?: string; by?: number }) | null
      if (answer?.kind === 'late') throw new StoreRefused(answer.by ?? 0)
      return answer as Answer
    },
    read: (text, values = []) => query(text.replace(/\bacteon\./g, `${schema}.`), values),
  }
}
