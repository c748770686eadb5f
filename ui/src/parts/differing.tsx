import { lazy, Suspense } from 'react'
import type { DiffProps } from './diff.tsx'

const Diff = lazy(() => import('./diff.tsx'))

/** Two texts and what differs; loaded when a page first needs it. */
export const Differing = (props: DiffProps) => (
  <Suspense fallback={<div className="diff" aria-busy="true" aria-label={`${props.label} is loading`} role="img" />}>
    <Diff {...props} />
  </Suspense>
)
