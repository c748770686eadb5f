import type { ReactNode } from 'react'
import { ApiError } from '../api/client.ts'

/** Nothing here: why, and the next step. */
export const Empty = ({ title, children }: { title: string; children?: ReactNode }) => (
  <div className="state">
    <h2>{title}</h2>
    {children}
  </div>
)

/** A request failed: what, whether anything changed, again. One failed panel leaves the rest of the page standing. */
export function Failed({ what, error, retry }: { what: string; error: unknown; retry?: () => void }) {
  if (error instanceof ApiError && error.status === 403) return <Forbidden error={error} />
  // The sign-in stands over the page; what was asked for comes as soon as it is done.
  if (error instanceof ApiError && error.status === 401) return <Skeleton rows={6} />
  const requestId = error instanceof ApiError ? error.requestId : null
  return (
    <div className="state" role="alert">
      <h2>{what} could not be read</h2>
      <p>{error instanceof Error ? error.message : String(error)} Nothing was changed.</p>
      <p>
        {retry !== undefined && (
          <button type="button" className="btn" onClick={retry}>
            Try again
          </button>
        )}
        {requestId !== null && (
          <span className="hint">
            Request <code>{requestId}</code>
          </span>
        )}
      </p>
    </div>
  )
}

/** The right that is missing, in the server's words. */
export const Forbidden = ({ error }: { error: ApiError }) => (
  <div className="state">
    <h2>You may not see this</h2>
    <p>{error.message}</p>
  </div>
)

/** Rows that are not there yet; only on a first load. */
export const Skeleton = ({ rows = 8 }: { rows?: number }) => (
  <div className="skeleton" role="img" aria-busy="true" aria-label="Loading">
    {Array.from({ length: rows }, (_, index) => (
      <span key={index} />
    ))}
  </div>
)
