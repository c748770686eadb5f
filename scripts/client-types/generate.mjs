import openapiTS, { astToString } from 'openapi-typescript'
import { format, resolveConfig } from 'prettier'

const HEADER = `// Made by scripts/client-types.mjs from the API's own description; do not edit.

`

/** The text of src/client/schema.ts for an OpenAPI document. */
export async function clientTypes(document) {
  const types = astToString(await openapiTS(structuredClone(document), { alphabetize: true }))
  const options = await resolveConfig('src/client/schema.ts')
  return format(HEADER + types, { ...options, parser: 'typescript' })
}
