import { isObject } from '../lib/json.js'
import { VERSION } from '../lib/version.js'
import { ErrorShape } from './shapes.js'
import { LiveCounts, LiveGap } from './live.js'
import { LivePatch } from './patches.js'

/** Keywords of ours that mean nothing to readers of OpenAPI. */
const OWN_KEYWORDS = new Set(['errorMessage', 'secret', 'path'])

/** What `@fastify/swagger` is told besides the routes. */
export const OPENAPI = {
  openapi: '3.1.0',
  info: {
    title: 'Acteon',
    version: VERSION,
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    description:
      'An action gateway: programs hand it actions, rules decide what becomes of each, providers carry it out, and every decision is on record.',
  },
  tags: [
    { name: 'dispatch', description: 'Handing actions in.' },
    { name: 'actions', description: 'What became of them.' },
    { name: 'rules', description: 'What decides.' },
    { name: 'events', description: 'What is tracked through a state machine.' },
    { name: 'groups', description: 'What is collected and sent together.' },
    { name: 'audit', description: 'What is on record.' },
    { name: 'dead letters', description: 'What failed for good.' },
    { name: 'providers', description: 'Who carries actions out.' },
    { name: 'stream', description: 'What happens, as it happens.' },
    { name: 'access', description: 'Who one is, and what one may do.' },
    { name: 'operations', description: 'How the node does.' },
  ],
}

type Document = Record<string, unknown> & {
  paths?: Record<string, Record<string, Operation>>
  components?: Record<string, unknown>
}
interface Operation {
  responses?: Record<string, unknown>
  operationId?: string
  requestBody?: { required?: boolean }
  [name: string]: unknown
}

/**
 * The document as it is served: each schema with a title is a component that the others refer to, every operation has
 * an id and says what its errors look like.
 */
export function finishDocument(raw: Record<string, unknown>): Record<string, unknown> {
  const schemas = new Map<string, unknown>()
  const hoist = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(hoist)
    if (!isObject(value)) return value
    const { title } = value
    const hoisted = Object.fromEntries(
      Object.entries(value)
        .filter(([name, member]) => !OWN_KEYWORDS.has(name) || isObject(member))
        .map(([name, member]) => [name, hoist(member)]),
    )
    if (typeof title !== 'string' || !isSchema(value)) return hoisted
    const known = schemas.get(title)
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(hoisted))
      throw new Error(`Two different schemas are called "${title}"; give one of them another title.`)
    schemas.set(title, hoisted)
    return { $ref: `#/components/schemas/${title}` }
  }
  const document = hoist({ ...raw, info: undefined }) as Document
  for (const shape of [ErrorShape, LiveCounts, LiveGap, LivePatch]) hoist(shape)
  for (const [path, operations] of Object.entries(document.paths ?? {}))
    for (const [method, operation] of Object.entries(operations)) finishOperation(operation, method, path)
  return {
    ...document,
    info: raw['info'],
    components: { schemas: Object.fromEntries([...schemas].sort(([a], [b]) => (a < b ? -1 : 1))) },
  }
}

const isSchema = (value: Record<string, unknown>): boolean =>
  ['type', 'anyOf', 'oneOf', 'allOf', 'enum', 'const', 'properties'].some((name) => Object.hasOwn(value, name))

function finishOperation(operation: Operation, method: string, path: string): void {
  const words = path.split('/').filter((step) => step !== '' && step !== 'v1')
  operation.operationId = [
    method,
    ...words.map((word) => word.replace(/[{}]/g, '').replace(/[^A-Za-z0-9]+/g, '_')),
  ].join('_')
  // A body that may be null may be absent.
  const { requestBody } = operation
  if (
    requestBody !== undefined &&
    JSON.stringify(requestBody).includes('"anyOf":[{"$ref"') &&
    JSON.stringify(requestBody).includes('{"type":"null"}')
  )
    requestBody.required = false
  operation.responses = {
    ...operation.responses,
    default: {
      description: 'Anything else: what is wrong and what to do.',
      content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
    },
  }
}
