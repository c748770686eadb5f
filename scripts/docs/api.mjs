/** docs/api.md, from the OpenAPI document that the server answers at /openapi.json. */
export function apiDoc(document) {
  const operations = Object.entries(document.paths)
    .filter(([path]) => !path.startsWith('/docs') && path !== '/')
    .flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })))
  const schemas = document.components?.schemas ?? {}
  const byTag = new Map()
  for (const operation of operations) {
    const tag = operation.tags?.[0] ?? 'other'
    byTag.set(tag, [...(byTag.get(tag) ?? []), operation])
  }
  return `# HTTP API

Every request and answer, made from the schemas that check them. A running server has the same as OpenAPI at
\`/openapi.json\` and to try out at \`/docs\`. Errors have one shape on every path: [error codes](errors.md). A \`null\` in a
request is the same as an absent field; unknown fields of a request are ignored.

${[...byTag].map(([tag, list]) => `## ${title(tag)}\n\n${list.map((operation) => operationDoc(operation)).join('\n\n')}`).join('\n\n')}

## Shapes

${Object.entries(schemas)
  .map(([name, schema]) => shapeDoc(name, schema))
  .join('\n\n')}
`
}

const title = (tag) => tag.charAt(0).toUpperCase() + tag.slice(1)
const cell = (text) => String(text ?? '').replaceAll('|', '\\|').replaceAll('\n', ' ')
const rows = (head, lines) =>
  [`| ${head.join(' | ')} |`, `| ${head.map(() => '---').join(' | ')} |`, ...lines.map((line) => `| ${line.map(cell).join(' | ')} |`)].join('\n')

function operationDoc({ path, method, summary, description, parameters = [], requestBody, responses = {} }) {
  const parts = [`### \`${method.toUpperCase()} ${path}\``, [summary, description].filter(Boolean).join(' ')]
  if (parameters.length > 0)
    parts.push(
      rows(
        ['parameter', 'in', 'type', 'what it does'],
        parameters.map((one) => [
          `\`${one.name}\`${one.required ? '' : ' (optional)'}`,
          one.in,
          typeOf(one.schema),
          one.description ?? one.schema?.description,
        ]),
      ),
    )
  const body = requestBody?.content && Object.values(requestBody.content)[0]?.schema
  if (body) parts.push(`Body: ${typeOf(body)}`, fieldsOf(body))
  const answers = Object.entries(responses).map(([status, response]) => {
    const schema = response.content && Object.values(response.content)[0]?.schema
    return [status, schema === undefined ? '' : typeOf(schema), response.description === 'Default Response' ? '' : response.description]
  })
  if (answers.length > 0) parts.push(rows(['status', 'answer', ''], answers))
  return parts.filter(Boolean).join('\n\n')
}

/** A table of an inline object's fields; a named shape has its own section. */
function fieldsOf(schema) {
  if (schema.$ref !== undefined || schema.properties === undefined) return ''
  const required = new Set(schema.required ?? [])
  return rows(
    ['field', 'type', 'what it is'],
    Object.entries(schema.properties).map(([name, field]) => [
      `\`${name}\`${required.has(name) ? '' : ' (optional)'}`,
      typeOf(field),
      field.description,
    ]),
  )
}

function shapeDoc(name, schema) {
  const variants = schema.anyOf ?? schema.oneOf
  const content =
    schema.properties !== undefined
      ? fieldsOf(schema)
      : variants !== undefined
        ? variants.map((variant) => `- ${inline(variant)}`).join('\n')
        : typeOf(schema)
  return [`### ${name}`, schema.description, content].filter(Boolean).join('\n\n')
}

/** A variant of a union: an object with its fields named. */
function inline(schema) {
  if (schema.properties === undefined) return typeOf(schema)
  const required = new Set(schema.required ?? [])
  const fields = Object.entries(schema.properties).map(
    ([name, field]) => `\`${name}\`${required.has(name) ? '' : '?'}: ${field.properties === undefined ? typeOf(field) : inline(field)}`,
  )
  return `{ ${fields.join(', ')} }`
}

function typeOf(schema = {}) {
  if (schema.$ref !== undefined) {
    const name = decodeURIComponent(schema.$ref.split('/').at(-1))
    return `[${name}](#${name.toLowerCase()})`
  }
  const variants = schema.anyOf ?? schema.oneOf
  if (variants !== undefined) return [...new Set(variants.map(typeOf))].join(' or ')
  if (schema.enum !== undefined) return schema.enum.map((word) => `\`${JSON.stringify(word)}\``).join(', ')
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``
  if (schema.type === 'array') return `list of ${typeOf(schema.items)}`
  if (schema.type === 'object' && schema.properties === undefined && typeof schema.additionalProperties === 'object')
    return `object of ${typeOf(schema.additionalProperties)}`
  if (Array.isArray(schema.type)) return schema.type.join(' or ')
  return schema.format === 'date-time' ? 'RFC 3339 time' : (schema.type ?? 'any JSON')
}
