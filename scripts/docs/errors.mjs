/** docs/errors.md, from the registry of codes. */
export function errorsDoc(errors) {
  const entries = Object.entries(errors)
  const table = (rows, columns, row) =>
    [`| ${columns.join(' | ')} |`, `| ${columns.map(() => '---').join(' | ')} |`, ...rows.map(row)].join('\n')
  const answers = entries.filter(([, { status }]) => status !== 200)
  const failures = entries.filter(([, { status }]) => status === 200)
  return `# Error codes

Every answer that is not 2xx has a JSON body, on every path:

\`\`\`json
{"error": "a sentence", "code": "INVALID_ACTION", "message": "the same sentence", "retryable": false}
\`\`\`

The code is stable; the sentence may improve. \`retryable\` says whether the same request may succeed later; \`Retry-After\`
says when, where that is known. Details may stand beside these four fields.

## Codes of answers

${table(answers, ['code', 'status', 'retryable', 'means'], ([code, { status, retryable, means }]) => `| \`${code}\` | ${status} | ${retryable ? 'yes' : 'no'} | ${means} |`)}

## Codes of a \`Failed\` outcome

A delivery that failed is an outcome, with status 200: the request was understood.

${table(failures, ['code', 'retryable', 'means'], ([code, { retryable, means }]) => `| \`${code}\` | ${retryable ? 'yes' : 'no'} | ${means} |`)}

This page is made from the registry of codes in \`src/lib/errors.ts\`.
`
}
