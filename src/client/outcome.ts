import type { components } from './schema.js'

/** What became of an action, as the server writes it: one key, or the bare word for a duplicate. */
export type WireOutcome = components['schemas']['Outcome']

type Tagged<Wire> = Wire extends string
  ? { type: Wire; action_id?: string }
  : {
      [Tag in keyof Wire]: { type: Tag; action_id?: string } & (Wire[Tag] extends null ? unknown : Wire[Tag])
    }[keyof Wire]

/** What became of an action: a union discriminated by `type`. */
export type Outcome = Tagged<WireOutcome>
export type OutcomeOf<Type extends Outcome['type']> = Extract<Outcome, { type: Type }>

/** Puts the tag inside, so that `switch (outcome.type)` works. A tag that this client does not know is kept as it is. */
export function decodeOutcome(wire: WireOutcome, action_id?: string): Outcome {
  const id = action_id === undefined ? {} : { action_id }
  if (typeof wire === 'string') return { type: wire, ...id }
  const [type, fields] = Object.entries(wire)[0] as [string, object | null]
  return { type, ...id, ...fields } as Outcome
}
