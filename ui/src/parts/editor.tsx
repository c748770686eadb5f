import { lazy, Suspense } from 'react'
import type { CodeProps } from './code.tsx'

const Code = lazy(() => import('./code.tsx'))

/** Text with line numbers, colours and undo; loaded when a page first needs it. */
export const Editor = (props: CodeProps) => (
  <Suspense fallback={<div className="editor" aria-busy="true" aria-label={`${props.label} is loading`} role="img" />}>
    <Code {...props} />
  </Suspense>
)
