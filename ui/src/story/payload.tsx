import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { queries } from '../api/queries.ts'
import { size } from '../lib/formats.ts'
import { Failed } from '../parts/states.tsx'
import { blocksOf } from './json-text.ts'
import type { Told } from './shapes.ts'
import { tell } from './story.ts'

/** JSON with the members that rules read marked; what is out of view is not laid out. */
export function JsonText({
  value,
  read,
  className = 'json',
  label,
}: {
  value: unknown
  read?: readonly string[]
  className?: string
  label: string
}) {
  const blocks = useMemo(() => blocksOf(value, read), [value, read])
  return (
    <pre className={className} tabIndex={0} aria-label={label}>
      {blocks.map((runs, index) => (
        <span key={index} className="block">
          {runs.map(({ text, marked }, i) => (marked ? <mark key={i}>{text}</mark> : text))}
        </span>
      ))}
    </pre>
  )
}

/** The payload of a story; a long one when it is asked for, and until then what the rules read of it. */
export function Payload({ told }: { told: Told }) {
  const [asked, setAsked] = useState(false)
  const whole = useQuery({ ...queries.wholeStory(told.id, told.scope), enabled: asked })
  const payload = useMemo(() => (whole.data === undefined ? undefined : tell(whole.data).payload), [whole.data])
  const marked = told.read.length > 0 && ', what the rules read is marked'
  if (told.leftOut === null || payload !== undefined)
    return (
      <>
        <h3>Payload{marked}</h3>
        <JsonText value={payload ?? told.payload} read={told.read} label="Payload" />
      </>
    )
  return (
    <>
      <h3>Payload</h3>
      <p className="left-out">
        Payload of {size(told.leftOut)}.{' '}
        <button type="button" className="btn small" aria-disabled={whole.isFetching} onClick={() => setAsked(true)}>
          {whole.isFetching ? 'Loading' : 'Load it'}
        </button>
      </p>
      {whole.error !== null && <Failed what="The payload" error={whole.error} retry={() => void whole.refetch()} />}
      {told.found.length > 0 && (
        <>
          <h3>What the rules read of it</h3>
          <dl>
            {told.found.map(({ path, found }) => (
              <div key={path}>
                <dt>{path}</dt>
                <dd className="mono">{found === undefined ? 'nothing' : JSON.stringify(found)}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
    </>
  )
}

/** A story as the server answers it, with what is left out of it when that is asked for. */
export function WholeStory({ told, raw }: { told: Told; raw: unknown }) {
  const [asked, setAsked] = useState(false)
  const whole = useQuery({ ...queries.wholeStory(told.id, told.scope), enabled: asked })
  const short = told.shortened && whole.data === undefined
  return (
    <>
      {short && (
        <p className="left-out">
          What is longer than 64 KB is left out.{' '}
          <button type="button" className="btn small" aria-disabled={whole.isFetching} onClick={() => setAsked(true)}>
            {whole.isFetching ? 'Loading' : 'Load it'}
          </button>
        </p>
      )}
      {whole.error !== null && <Failed what="The story" error={whole.error} retry={() => void whole.refetch()} />}
      <JsonText value={whole.data ?? raw} className="code whole" label="Story as JSON" />
    </>
  )
}
