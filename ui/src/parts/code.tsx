import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { json } from '@codemirror/lang-json'
import { yaml } from '@codemirror/lang-yaml'
import { bracketMatching, indentOnInput } from '@codemirror/language'
import { EditorState } from '@codemirror/state'
import { EditorView, keymap, lineNumbers } from '@codemirror/view'
import { useEffect, useRef } from 'react'
import { codeLook } from './code-look.ts'
import { ruleEditing, showHelp, type RuleHelp } from './rule-editing.ts'

export interface CodeProps {
  /** What the text is, for those who do not see it. */
  label: string
  value: string
  language: 'json' | 'yaml'
  /** Absent: the text is only shown. */
  onChange?: ((value: string) => void) | undefined
  /** The line to begin at, from 1. */
  line?: number | undefined
  /** For rule files: what can be written, and what is wrong. Memoised. */
  help?: RuleHelp | undefined
}

const NO_HELP: RuleHelp = { schema: undefined, names: {}, problems: [], notes: [] }

/**
 * The editor stands in a shadow root: there its styles are adopted as objects, which the page's policy allows, while
 * style elements are not.
 */
export default function Code({ label, value, language, onChange, line, help }: CodeProps) {
  const host = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(undefined)
  const changed = useRef(onChange)
  changed.current = onChange
  const known = useRef(help ?? NO_HELP)
  known.current = help ?? NO_HELP
  const editable = onChange !== undefined
  const helped = help !== undefined
  useEffect(() => {
    const root = host.current!.shadowRoot ?? host.current!.attachShadow({ mode: 'open' })
    const editor = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: value,
        extensions: [
          lineNumbers(),
          history(),
          indentOnInput(),
          bracketMatching(),
          ...(helped ? [ruleEditing(() => known.current)] : []),
          // Tab stays the way to the next control.
          keymap.of([...defaultKeymap.filter(({ key }) => key !== 'Mod-Enter'), ...historyKeymap]),
          language === 'json' ? json() : yaml(),
          codeLook,
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
          ...(editable ? [] : [EditorState.readOnly.of(true)]),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) changed.current?.(update.state.doc.toString())
          }),
        ],
      }),
    })
    view.current = editor
    if (line !== undefined && line > 1 && line <= editor.state.doc.lines)
      editor.dispatch({ effects: EditorView.scrollIntoView(editor.state.doc.line(line).from, { y: 'start' }) })
    return () => editor.destroy()
    // The text itself is followed below.
  }, [label, language, editable, line, helped])
  useEffect(() => {
    const editor = view.current
    if (editor === undefined || editor.state.doc.toString() === value) return
    // The cursor stays in its line, also when all of them are laid out anew.
    const { doc, selection } = editor.state
    const at = doc.lineAt(selection.main.head)
    const column = selection.main.head - at.from
    editor.dispatch({ changes: { from: 0, to: doc.length, insert: value } })
    const line = editor.state.doc.line(Math.min(at.number, editor.state.doc.lines))
    editor.dispatch({ selection: { anchor: Math.min(line.from + column, line.to) }, scrollIntoView: editor.hasFocus })
    // What stood at lines of the old text went with it.
    if (helped) showHelp(editor, known.current)
  }, [value, helped])
  useEffect(() => {
    if (view.current !== undefined && help !== undefined) showHelp(view.current, help)
  }, [help, label, language, editable, line, helped])
  return (
    <div
      ref={host}
      className="editor"
      onKeyDown={(event) => {
        // From outside, the shadow root looks like no text field: letters typed here must not press the page's keys.
        if (!event.metaKey && !event.ctrlKey && !event.altKey) event.nativeEvent.stopImmediatePropagation()
      }}
    />
  )
}
