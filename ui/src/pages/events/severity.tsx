import { barsOf } from './events.ts'

/** Three bars in the colour of the text, and the word; only what is critical takes the colour of what is broken. */
export const Severity = ({ of }: { of: string | null }) =>
  of === null ? null : (
    <span className={`sev ${of === 'critical' ? 'f-broken' : ''}`}>
      <svg width="14" height="12" viewBox="0 0 14 12" aria-hidden="true">
        {[0, 1, 2].map((bar) => (
          <rect
            key={bar}
            x={bar * 5}
            y={8 - bar * 4}
            width="3"
            height={4 + bar * 4}
            fill="currentColor"
            opacity={bar < barsOf(of) ? 1 : 0.25}
          />
        ))}
      </svg>
      {of}
    </span>
  )
