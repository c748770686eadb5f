import type { Act } from '../frame/acts.ts'
import { Kbd } from './kbd.tsx'

/** An act as a button; one that is refused stays where it is and says why. */
export const ActButton = ({ act, className = '' }: { act: Act; className?: string }) => (
  <button
    type="button"
    className={`btn ${className}`}
    aria-disabled={act.refused !== undefined}
    aria-description={act.refused}
    title={act.refused}
    onClick={() => {
      if (act.refused === undefined) act.run()
    }}
  >
    {act.title}
    {act.key !== undefined && <Kbd of={act.key} />}
  </button>
)

/** The acts of what is open, the helpful one first, and below them why some are refused. */
export function Acts({ acts }: { acts: Act[] }) {
  const reasons = [...new Set(acts.flatMap(({ refused }) => refused ?? []))]
  return (
    <>
      <div className="acts">
        {acts.map((act, index) => (
          <ActButton key={act.title} act={act} className={index === 0 ? 'pri' : ''} />
        ))}
      </div>
      {reasons.map((reason) => (
        <p key={reason} className="hint reasons">
          {reason}
        </p>
      ))}
    </>
  )
}
