import { cut } from '../../lib/cut.js'

/** Columns of text for people: as wide as their widest cell, the last one cut to the terminal. */
export function table(head: string[], rows: (string | number | null | undefined)[][], width = 100): string {
  const cells = [head, ...rows.map((row) => row.map((cell) => printable(String(cell ?? '-'))))]
  const widths = head.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)))
  const used = widths.slice(0, -1).reduce((sum, w) => sum + w + 2, 0)
  return cells
    .map((row) =>
      row
        .map((cell, column) =>
          column < row.length - 1 ? cell.padEnd(widths[column]!) : cut(cell, Math.max(16, width - used)),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** Without control characters: what others sent must not move the reader's cursor. */
export const printable = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '·')

/** `2026-01-31 09:30:00` in UTC, from RFC 3339 or milliseconds. */
export function timeText(at: string | number | null | undefined): string {
  if (at == null) return '-'
  const date = new Date(at)
  return Number.isNaN(date.getTime()) ? printable(String(at)) : date.toISOString().replace('T', ' ').slice(0, 19)
}

/** JSON for programs: indented, one document, a newline at its end. */
export const jsonText = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`
