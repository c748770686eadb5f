import { Type, type Static } from 'typebox'
import type { Clock } from '../lib/clock.js'
import { ActeonError } from '../lib/errors.js'
import { sha256 } from '../lib/ids.js'
import { canonical, depthOf, isObject, type Json } from '../lib/json.js'
import { compile, pathText } from '../lib/validate.js'

/** Text that names something: 1–256 characters, none of them a control character. */
export const Name = (description: string) =>
  Type.String({
    minLength: 1,
    maxLength: 256,
    pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]*$',
    errorMessage: 'expected 1 to 256 characters without control characters',
    description,
  })

const Instant = (description: string) => Type.String({ format: 'date-time', description })
const optionalOrNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Optional(Type.Union([schema, Type.Null()]))

/** A file that goes with an action. */
export const Attachment = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    filename: Type.String(),
    content_type: Type.String(),
    data_base64: Type.String(),
  },
  { title: 'Attachment' },
)

const LabelValue = Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()])

/** An action as callers send it (spec section 1). A `null` is the same as an absent field; unknown fields are ignored. */
export const ActionInput = Type.Object(
  {
    namespace: Name('What the action belongs to, within the tenant.'),
    tenant: Name('Whose action it is. Tenants nest with dots: `acme.us-east` is a child of `acme`.'),
    provider: Name('The provider that shall carry it out, by its configured name.'),
    action_type: Name('What kind of action it is, such as `send_email`.'),
    payload: Type.Optional(Type.Unknown({ description: 'Any JSON; `{}` when absent.' })),
    metadata: optionalOrNull(
      Type.Record(Type.String(), Type.Union([LabelValue, Type.Record(Type.String(), LabelValue)]), {
        description:
          'Labels: `{"labels": {"cluster": "prod"}}` or flat `{"cluster": "prod"}`. Numbers and booleans are turned into strings.',
      }),
    ),
    id: optionalOrNull(
      Name('Names the request within namespace and tenant: the same id and body again answers the recorded outcome.'),
    ),
    dedup_key: optionalOrNull(Type.String({ minLength: 1, maxLength: 1024 })),
    status: optionalOrNull(Name('The state that the sender reports, for a state machine.')),
    fingerprint: optionalOrNull(Name('Names the tracked event, instead of one made from fingerprint_fields.')),
    starts_at: optionalOrNull(Instant('When what it tells of began.')),
    ends_at: optionalOrNull(Instant('When its usefulness ends: no attempt begins after it.')),
    created_at: optionalOrNull(Instant('When the sender made it; now when absent.')),
    template: optionalOrNull(Type.String({ description: 'The template that makes its message.' })),
    attachments: optionalOrNull(Type.Array(Attachment)),
    trace_context: optionalOrNull(Type.Record(Type.String(), Type.String())),
  },
  { title: 'Action', description: 'A request: send this email, raise this alert.' },
)
export type ActionInput = Static<typeof ActionInput>

/** Labels of an action: string → string. */
export type Labels = Record<string, string>

/** A parsed action: nulls gone, labels flat, id and created_at present. Made once, and not changed but by copying. */
export interface Action {
  id: string
  namespace: string
  tenant: string
  provider: string
  action_type: string
  payload: Json
  metadata: Labels
  created_at: string
  dedup_key?: string
  status?: string
  fingerprint?: string
  starts_at?: string
  ends_at?: string
  template?: string
  attachments?: Static<typeof Attachment>[]
  trace_context?: Labels
}

/** What the gateway knows of a dispatch besides the action. */
export interface ParsedAction {
  action: Action
  /** Whether the caller named the request, so that P2 (one answer per id) holds. */
  id_source: 'caller' | 'server'
  /**
   * SHA-256 (hex) of the RFC 8785 form of the action without null fields, `trace_context`, the id, and a `created_at`
   * that the server set: equal for the same body sent again.
   */
  body_hash: string
}

export const MAX_DEPTH = 64

const checkAction = compile(ActionInput)

/**
 * Parses what a caller sent.
 * @param idHeader the `Idempotency-Key` header; it is the id when the body has none
 * @throws ActeonError INVALID_ACTION or TOO_DEEP, with `issues: [{path, message}]`
 */
export function parseAction(
  input: unknown,
  { clock, newId, idHeader }: { clock: Clock; newId: () => string; idHeader?: string | undefined },
): ParsedAction {
  if (depthOf(input, MAX_DEPTH) > MAX_DEPTH)
    throw new ActeonError('TOO_DEEP', `The action is nested deeper than ${MAX_DEPTH} levels; send a flatter payload.`)
  const checked = checkAction(input)
  if (!checked.ok) {
    const issues = checked.issues.map(({ path, message }) => ({ path: pathText(path), message }))
    const first = issues[0]!
    throw new ActeonError(
      'INVALID_ACTION',
      `The action is not valid: ${first.path === '' ? '' : `${first.path}: `}${first.message}${issues.length > 1 ? ` (and ${issues.length - 1} more)` : ''}.`,
      { issues },
    )
  }
  const sent = checked.value
  const given = sent.id ?? (idHeader === '' ? undefined : idHeader)
  const created = sent.created_at ?? undefined
  const action: Action = {
    id: given ?? newId(),
    namespace: sent.namespace,
    tenant: sent.tenant,
    provider: sent.provider,
    action_type: sent.action_type,
    payload: (sent.payload ?? {}) as Json,
    metadata: labelsOf(sent.metadata ?? {}),
    created_at: created ?? new Date(clock.now()).toISOString(),
  }
  for (const name of ['dedup_key', 'status', 'fingerprint', 'starts_at', 'ends_at', 'template'] as const)
    if (sent[name] != null) action[name] = sent[name]
  if (sent.attachments != null) action.attachments = sent.attachments
  const { id: _id, created_at: _at, ...rest } = action
  const body_hash = sha256(canonical({ ...rest, created_at: created }))
  if (sent.trace_context != null) action.trace_context = sent.trace_context
  return { action, id_source: given === undefined ? 'server' : 'caller', body_hash }
}

/** Labels from either spelling: under `labels`, or flat. */
function labelsOf(metadata: Record<string, unknown>): Labels {
  const labels = new Map<string, string>()
  const take = (from: Record<string, unknown>): void => {
    for (const [name, value] of Object.entries(from)) {
      if (isObject(value)) {
        if (name === 'labels') take(value)
      } else if (value != null) labels.set(name, String(value))
    }
  }
  take(metadata)
  return Object.fromEntries(labels)
}

/** The action as existing clients and webhook receivers read it: `metadata: {labels}`. */
export function actionToWire(action: Action): Record<string, unknown> {
  const { metadata, ...rest } = action
  return { ...rest, metadata: { labels: metadata } }
}
