/** A function of objects that never change, which makes its answer once for each. */
export function remembering<Of extends object, Answer>(make: (of: Of) => Answer): (of: Of) => Answer {
  const known = new WeakMap<Of, { answer: Answer }>()
  return (of) => {
    const kept = known.get(of) ?? { answer: make(of) }
    known.set(of, kept)
    return kept.answer
  }
}
