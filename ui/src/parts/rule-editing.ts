import {
  autocompletion,
  completionKeymap,
  type CompletionContext,
  type CompletionResult,
} from '@codemirror/autocomplete'
import { lintGutter, linter, setDiagnostics, type Diagnostic } from '@codemirror/lint'
import { StateEffect, StateField, type EditorState, type Extension } from '@codemirror/state'
import { Decoration, EditorView, hoverTooltip, keymap, WidgetType, type DecorationSet } from '@codemirror/view'
import { aboutName, namesAt, valuesAt, type Schema } from './rule-schema.ts'
import { yamlPlace, type YamlPlace } from './yaml-place.ts'

/** What the editor knows of rule files, besides their text. */
export interface RuleHelp {
  schema: Schema | undefined
  /** What exists, by the name it is asked for: providers for `target_provider`. */
  names: Readonly<Record<string, readonly string[]>>
  problems: readonly { line: number; column: number; message: string; warning: boolean }[]
  /** Said at the end of a line. */
  notes: readonly { line: number; text: string; changes: boolean }[]
}

const placeAt = (state: EditorState, at: number): YamlPlace =>
  yamlPlace(state.sliceDoc(0, at), state.sliceDoc(state.doc.lineAt(at).to))

const TYPED = /[\w.-]*$/
const IN_VALUE = /^ *(?:- +)*[\w.-]+ *: +(["']?)([\w.-]*)$/

function offers({ schema, names }: RuleHelp, context: CompletionContext): CompletionResult | null {
  if (schema === undefined) return null
  const line = context.state.doc.lineAt(context.pos)
  const before = line.text.slice(0, context.pos - line.from)
  const place = placeAt(context.state, context.pos)
  if (place.key !== undefined) {
    const value = IN_VALUE.exec(before)
    if (value === null) return null
    const options = valuesAt(place, schema, names).map(({ label, about }) => ({
      label,
      type: 'constant',
      ...(about !== undefined && { info: about }),
    }))
    return options.length === 0 ? null : { from: context.pos - value[2]!.length, options, validFor: /^[\w.-]*$/ }
  }
  if (!/^ *(?:- +)*[\w.-]*$/.test(before)) return null
  const typed = TYPED.exec(before)![0]
  if (typed === '' && !context.explicit) return null
  const options = namesAt(place, schema).map(({ label, required, about }) => ({
    label,
    apply: `${label}: `,
    type: 'property',
    boost: required ? 1 : 0,
    ...(required && { detail: 'needed' }),
    ...(about !== undefined && { info: about }),
  }))
  return options.length === 0 ? null : { from: context.pos - typed.length, options, validFor: /^[\w.-]*$/ }
}

const hover = (help: () => RuleHelp): Extension =>
  hoverTooltip((view, at) => {
    const { schema } = help()
    const line = view.state.doc.lineAt(at)
    const name = /^ *(?:- +)*([\w.-]+) *:/.exec(line.text)
    if (schema === undefined || name === null) return null
    const start = line.from + name[0].indexOf(name[1]!)
    const end = start + name[1]!.length
    if (at < start || at > end) return null
    const about = aboutName(name[1]!, placeAt(view.state, end), schema)
    if (about === undefined) return null
    return {
      pos: start,
      end,
      create: () => {
        const dom = document.createElement('div')
        dom.className = 'cm-hover'
        dom.textContent = about
        return { dom }
      },
    }
  })

class Note extends WidgetType {
  constructor(
    readonly text: string,
    readonly changes: boolean,
  ) {
    super()
  }
  override eq(other: Note): boolean {
    return other.text === this.text && other.changes === this.changes
  }
  override toDOM(): HTMLElement {
    const dom = document.createElement('span')
    dom.className = this.changes ? 'cm-note cm-changes' : 'cm-note'
    dom.textContent = this.text
    return dom
  }
}

const setNotes = StateEffect.define<RuleHelp['notes']>()
const notesField = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(notes, transaction) {
    let next = notes.map(transaction.changes)
    for (const effect of transaction.effects)
      if (effect.is(setNotes))
        next = Decoration.set(
          effect.value
            .filter(({ line }) => line >= 1 && line <= transaction.state.doc.lines)
            .map(({ line, text, changes }) =>
              Decoration.widget({ widget: new Note(text, changes), side: 1 }).range(
                transaction.state.doc.line(line).to,
              ),
            ),
          true,
        )
    return next
  },
  provide: (field) => EditorView.decorations.from(field),
})

function diagnosticsOf(state: EditorState, problems: RuleHelp['problems']): Diagnostic[] {
  return problems.map(({ line, column, message, warning }) => {
    const at = state.doc.line(Math.min(Math.max(1, line), state.doc.lines))
    const from = Math.min(at.from + Math.max(0, column - 1), at.to)
    const word = /^[^\s:,\]}]+/.exec(state.sliceDoc(from, at.to))?.[0].length ?? 0
    const text = at.text.length - at.text.trimStart().length
    return {
      from: word === 0 ? at.from + text : from,
      to: word === 0 ? at.to : from + word,
      severity: warning ? ('warning' as const) : ('error' as const),
      message,
    }
  })
}

/** Offers names and values, says what they mean, and marks what the server found wrong. */
export const ruleEditing = (help: () => RuleHelp): Extension => [
  autocompletion({ override: [(context) => offers(help(), context)], icons: false }),
  keymap.of(completionKeymap),
  hover(help),
  // What is wrong comes from the server alone.
  linter(null),
  lintGutter(),
  notesField,
]

/** Shows what the server says of the text as it is. */
export function showHelp(view: EditorView, { problems, notes }: RuleHelp): void {
  view.dispatch(setDiagnostics(view.state, diagnosticsOf(view.state, problems)))
  view.dispatch({ effects: setNotes.of(notes) })
}
