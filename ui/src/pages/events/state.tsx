const SHAPES: Readonly<Record<string, 'full' | 'half' | 'empty'>> = {
  firing: 'full',
  acknowledged: 'half',
  investigating: 'half',
  resolved: 'empty',
  closed: 'empty',
}

/** A state by its shape, in the colour of the text: full, half, empty, and a square for what only this machine knows. */
export const StateMark = ({ of }: { of: string }) => {
  const shape = SHAPES[of]
  return (
    <svg className="state-mark" width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
      {shape === undefined ? (
        <rect x="2" y="2" width="8" height="8" rx="1.5" fill="none" stroke="currentColor" strokeWidth="1.5" />
      ) : (
        <circle
          cx="6"
          cy="6"
          r="4.2"
          fill={shape === 'full' ? 'currentColor' : 'none'}
          stroke="currentColor"
          strokeWidth="1.5"
        />
      )}
      {shape === 'half' && <path d="M6 1.8a4.2 4.2 0 0 1 0 8.4z" fill="currentColor" />}
    </svg>
  )
}
