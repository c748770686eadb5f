import type { Static, TObject } from 'typebox'
import type { RecordDraft } from '../audit/record.js'
import type { Action } from '../action/action.js'
import type { ActionPath } from '../action/paths.js'
import type { Ending, Gate, MachineTable, Plan, VerdictWord } from '../state/plan.js'

/**
 * What one matching rule asks for: one file each in `verdicts/`. A transform changes the working copy, a gate must admit
 * the action, an ending closes the plan. Rules know verdicts only through this contract.
 */
export type Verdict<S extends TObject = TObject> = {
  /** The word in a rule file's `action.type`. */
  type: string
  /** Other words for the same. */
  aliases?: string[]
  /** The word on the wire and in audit records. */
  word: VerdictWord
  /** The fields of `action` besides `type`; unknown ones are refused. */
  schema: S
  /** One sentence for the docs. */
  describes: string
  /**
   * What is wrong with a rule that the schema cannot say (a path that is none, a provider or machine that is unknown):
   * sentences with the field they belong to, and in a list the item. Run at load.
   */
  check?(
    config: Static<S>,
    names: KnownNames,
  ): { field: keyof Static<S> & string; at?: number; message: string; suggestion?: string }[]
  /** How long what one action took or began bears on later ones, milliseconds; absent: not at all. */
  remembersMs?(config: Static<S>): number
} & (
  | {
      kind: 'transform'
      /** A changed copy of the action. */
      transform(config: Static<S>, action: Action): Action
      /** The paths that it may change, for the lint; any, when this is absent. */
      changes?(config: Static<S>): string[]
    }
  | { kind: 'gate'; gate(config: Static<S>, given: Given): Gate }
  | { kind: 'ending'; /** null: deliver. */ ending(config: Static<S>, given: Given): Ending | null }
)

/** What a verdict may look at when it adds to a plan. All of it is data: planning is pure. */
export interface Given {
  rule: string
  /** The working copy at this rule. */
  action: Action
  /** The plan so far, to make what will deliver a batch or a notification: gates and ending left out. */
  planned: () => Plan
  machines: ReadonlyMap<string, MachineTable>
  /** A new id, for a group that this action may open. */
  newId: () => string
  /** The redacted record of what happens later, without payload. */
  draft: (plan: Plan) => RecordDraft
  /** Milliseconds. */
  now: number
  /** Compiles once per text and remembers. */
  path: (text: string) => ActionPath
}

/** Names that exist, for checks at load; undefined: not known here, so not checked. */
export interface KnownNames {
  providers: ReadonlySet<string> | undefined
  machines: ReadonlyMap<string, MachineTable> | undefined
  path: (text: string) => ActionPath | { problem: string }
}

/** Lets a verdict's file infer its own configuration type. */
export const defineVerdict = <S extends TObject>(verdict: Verdict<S>): Verdict<S> => verdict
