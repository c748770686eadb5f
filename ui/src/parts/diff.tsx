import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { yaml } from '@codemirror/lang-yaml'
import { MergeView, unifiedMergeView } from '@codemirror/merge'
import { EditorState, type Extension } from '@codemirror/state'
import { EditorView, keymap, lineNumbers } from '@codemirror/view'
import { useEffect, useRef } from 'react'
import { codeLook } from './code-look.ts'

export interface DiffProps {
  /** What is compared, for those who do not see it. */
  label: string
  before: string
  after: string
  /** Side by side, else one below the other. */
  wide: boolean
  /** Absent: they are only shown. Else the text on the right is edited, and pieces of the left are taken over. */
  onChange?: ((after: string) => void) | undefined
}

const look = EditorView.theme({
  '&': { height: 'auto' },
  '.cm-changedLine, .cm-insertedLine': { backgroundColor: 'var(--delivered-tint)' },
  '.cm-changedText, .cm-insertedLine .cm-changedText': {
    background: 'none',
    textDecoration: 'none',
    fontWeight: '600',
  },
  '.cm-deletedChunk': { backgroundColor: 'var(--broken-tint)', paddingLeft: '6px' },
  '.cm-deletedChunk .cm-deletedText, .cm-deletedLine del': { background: 'none', textDecoration: 'none' },
  '.cm-changeGutter': { width: '3px', paddingLeft: '1px' },
  '.cm-changedLineGutter': { background: 'var(--delivered-fill)' },
  '.cm-deletedLineGutter': { background: 'var(--broken-fill)' },
  '&.cm-merge-b .cm-changedLineGutter': { background: 'var(--delivered-fill)' },
  '.cm-collapsedLines:before, .cm-collapsedLines:after': { content: '""' },
  '.cm-collapsedLines': {
    background: 'var(--sunken)',
    color: 'var(--text-2)',
    fontFamily: 'var(--font)',
    padding: '2px 12px',
  },
})
const lookOfOld = EditorView.theme({
  '&.cm-merge-a .cm-changedLine': { backgroundColor: 'var(--broken-tint)' },
  '&.cm-merge-a .cm-changedLineGutter': { background: 'var(--broken-fill)' },
})
const COLLAPSED = { margin: 3, minSize: 6 }

/** Two texts and what differs, in a shadow root as the editor is. */
export default function Diff({ label, before, after, wide, onChange }: DiffProps) {
  const host = useRef<HTMLDivElement>(null)
  const changed = useRef(onChange)
  changed.current = onChange
  const editable = onChange !== undefined
  useEffect(() => {
    const root = host.current!.shadowRoot ?? host.current!.attachShadow({ mode: 'open' })
    const frame = document.createElement('div')
    root.append(frame)
    const text = (name: string, own: boolean): Extension => [
      lineNumbers(),
      yaml(),
      codeLook,
      look,
      lookOfOld,
      EditorState.phrases.of({ '$ unchanged lines': '$ lines are as they were' }),
      EditorView.lineWrapping,
      EditorView.contentAttributes.of({ 'aria-label': name, tabindex: '0' }),
      own
        ? [
            history(),
            keymap.of([...defaultKeymap.filter(({ key }) => key !== 'Mod-Enter'), ...historyKeymap]),
            EditorView.updateListener.of((update) => {
              if (update.docChanged) changed.current?.(update.state.doc.toString())
            }),
          ]
        : [EditorState.readOnly.of(true)],
    ]
    const view = wide
      ? new MergeView({
          a: { doc: before, extensions: text(`${label}, before`, false) },
          b: { doc: after, extensions: text(`${label}, after`, editable) },
          root,
          parent: frame,
          gutter: true,
          collapseUnchanged: COLLAPSED,
          ...(editable && { revertControls: 'a-to-b' as const }),
        })
      : new EditorView({
          root,
          parent: frame,
          state: EditorState.create({
            doc: after,
            extensions: [
              text(label, editable),
              unifiedMergeView({
                original: before,
                gutter: true,
                mergeControls: editable,
                collapseUnchanged: COLLAPSED,
              }),
            ],
          }),
        })
    return () => {
      view.destroy()
      frame.remove()
    }
    // While it is edited, its own text is the truth.
  }, [label, before, editable ? '' : after, wide, editable])
  return (
    <div
      ref={host}
      className="diff"
      onKeyDown={(event) => {
        if (!event.metaKey && !event.ctrlKey && event.key !== 'Escape') event.nativeEvent.stopImmediatePropagation()
      }}
    />
  )
}
