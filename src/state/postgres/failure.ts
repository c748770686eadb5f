import { StoreUnavailable } from '../store.js'

/** Classes of SQLSTATE after which a server certainly changed nothing: the statement was rolled back. */
const codeOf = (error: unknown): string | undefined => {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' ? code : undefined
}

/** Deadlock, serialization, and a lock that was not given: nothing was done, and asking again at once may do. */
export const isWorthRepeating = (error: unknown): boolean => ['40001', '40P01', '55P03'].includes(codeOf(error) ?? '')

/** No connection was made, so nothing was sent. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', '57P03', '53300'])

/**
 * What an error of PostgreSQL or of its connection means for the operation that met it. An answer with an SQLSTATE says
 * that the transaction was rolled back, but for a server that ended in the middle of it (class 57P, 08).
 */
export function failureOf(error: unknown): StoreUnavailable {
  if (error instanceof StoreUnavailable) return error
  const code = codeOf(error)
  const message = error instanceof Error && error.message !== '' ? error.message : String(code ?? error)
  const isAnswer = code !== undefined && /^[0-9A-Z]{5}$/.test(code) && !/^E[A-Z]{4}$/.test(code)
  const isOver = isAnswer && (/^(57P0[12]|08|XX)/.test(code) ? false : true)
  const applied =
    isOver || NEVER_SENT.has(code ?? '') || /timeout exceeded when trying to connect/.test(message) ? 'no' : 'unknown'
  const reason = code === undefined || message.includes(code) ? message : `${message}, ${code}`
  return new StoreUnavailable(`PostgreSQL did not do it (${reason}).`, applied, { cause: error })
}
