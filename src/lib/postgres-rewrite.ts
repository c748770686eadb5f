/** Where texts lie that may be rewritten. Names are the code's own. */
export interface TextPlace {
  table: string
  /** What names a row, in the order of an index: columns, and their types. */
  key: Readonly<Record<string, string>>
  columns: readonly string[]
}

type Run = <Row extends object>(text: string, values: unknown[]) => Promise<Row[]>
type Row = { key: string[] } & Record<string, string | null | string[]>

/**
 * Rewrites one piece of what lies in places, one after the other, each in the order of its keys. What somebody else changed
 * meanwhile stays, and counts as changed, so that whoever goes on until nothing changes meets it again. Texts are as they
 * are stored: a change must leave alone what it does not know.
 * @param run runs a statement, which may be repeated; tables are named in the schema `acteon`
 * @param after where the piece before ended; null: from the beginning
 */
export async function rewriteTexts(
  run: Run,
  places: readonly TextPlace[],
  { after, limit, change }: { after: string | null; limit: number; change: (text: string) => string | null },
): Promise<{ next: string | null; changed: number }> {
  const [at, last] = after === null ? [0, null] : (JSON.parse(after) as [number, string[] | null])
  const place = places[at]
  if (place === undefined) return { next: null, changed: 0 }
  const rows = await piece(run, place, last, limit)
  const changes = rows.flatMap((row) => {
    const before: Record<string, string> = {}
    const instead: Record<string, string> = {}
    for (const column of place.columns) {
      const text = row[column]
      const other = typeof text === 'string' ? change(text) : null
      if (other === null) continue
      before[column] = text as string
      instead[column] = other
    }
    return Object.keys(instead).length === 0 ? [] : [{ key: row.key, before, instead }]
  })
  if (changes.length > 0) await write(run, place, changes)
  const next = rows.length === limit ? [at, rows.at(-1)!.key] : at + 1 < places.length ? [at + 1, null] : null
  return { next: next === null ? null : JSON.stringify(next), changed: changes.length }
}

function piece(run: Run, { table, key, columns }: TextPlace, last: string[] | null, limit: number): Promise<Row[]> {
  const names = Object.keys(key).join(', ')
  const places = Object.values(key).map((type, i) => `$${i + 2}::text::${type}`)
  return run<Row>(
    `SELECT ARRAY[${Object.keys(key)
      .map((name) => `${name}::text`)
      .join(', ')}] AS key, ${columns.join(', ')}
    FROM acteon.${table} ${last === null ? '' : `WHERE (${names}) > (${places.join(', ')})`} ORDER BY ${names} LIMIT $1`,
    [limit, ...(last ?? [])],
  )
}

async function write(run: Run, { table, key, columns }: TextPlace, changes: object[]): Promise<void> {
  const sets = columns.map((column) => `${column} = coalesce(c.value #>> '{instead,${column}}', t.${column})`)
  const same = columns.map(
    (column) => `(c.value #>> '{before,${column}}' IS NULL OR t.${column} = c.value #>> '{before,${column}}')`,
  )
  const named = Object.entries(key).map(([name, type], i) => `t.${name} = (c.value #>> '{key,${i}}')::${type}`)
  await run(
    `UPDATE acteon.${table} t SET ${sets.join(', ')} FROM jsonb_array_elements($1::jsonb) AS c
    WHERE ${[...named, ...same].join(' AND ')}`,
    [JSON.stringify(changes)],
  )
}
