import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { RuleView } from '../../gateway/gateway.js'
import type { RuleFileChange } from '../../gateway/rule-files.js'
import { rulesInvalid } from '../../rules/compile.js'
import { ruleFileSchema } from '../../rules/file-schema.js'
import { EvaluateAnswer, EvaluateRequest } from '../../rules/evaluate.js'
import { ActeonError } from '../../lib/errors.js'
import type { Finding } from '../../rules/lint.js'
import type { RuleSet } from '../../rules/ruleset.js'
import { callerOf } from '../access.js'
import { bySpelling, sendJson } from '../answers.js'
import type { Parts } from '../parts.js'
import { pageQuery, Reloaded, RulesShape, RuleShape, SwitchAnswer, SwitchBody } from '../shapes.js'
import { isObject } from '../../lib/json.js'
import type { App } from '../typed.js'
import { seesRule } from '../visible.js'
import { VERDICTS } from '../../verdicts/registry.js'
import { checkAllButBody } from '../validator.js'

/** The rules that hold (wire section 5). They are read from the configured directory; nothing here takes a path. */
export function ruleRoutes(app: App, { gateway }: Parts): void {
  const { rules } = gateway

  /** The rules with the files that a request changes; undefined: those that run. */
  async function rulesOf({ body, scope, identity }: FastifyRequest): Promise<RuleSet | undefined> {
    const files = isObject(body) ? body['files'] : undefined
    // What is no list of files is told of by the playground.
    if (!Array.isArray(files) || files.length === 0 || !files.every(isFileChange)) return undefined
    if (!scope.everywhere)
      throw new ActeonError(
        'FORBIDDEN',
        `Changed files concern all tenants, so they need a grant of tenants ["*"] and namespaces ["*"], which "${identity.caller_id}" has not.`,
      )
    const made = await rules.files.compiled(files)
    if (made.ok) return made.rules
    throw rulesInvalid(made.problems)
  }

  app.get(
    '/v1/rules',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Rules in the order in which they are looked at',
        description: 'A list, whole unless a limit is asked for; then the header `Acteon-Next-Cursor` leads on.',
        tags: ['rules'],
        querystring: Type.Object(pageQuery(1_000)),
        response: { 200: Type.Array(RuleShape) },
      },
    },
    async (request, reply) => {
      const { limit, cursor } = request.query
      const sees = seesRule(request, gateway)
      const all = rules.list().filter(({ name }) => sees(name))
      const from = cursor === undefined ? 0 : placeOf(cursor)
      const page = limit === undefined ? all.slice(from) : all.slice(from, from + limit)
      if (from + page.length < all.length) void reply.header('acteon-next-cursor', String(from + page.length))
      const findings = new Map(request.scope.everywhere ? rules.findings().map((one) => [one.rule, one]) : [])
      return page.map((rule) => ruleView(rule, findings.get(rule.name)))
    },
  )

  app.get(
    '/v1/rules/status',
    {
      config: { access: 'read', everywhere: true },
      schema: {
        summary: 'Which rules run, what is wrong with the files, and what the lint found',
        tags: ['rules'],
        response: { 200: RulesShape },
      },
    },
    async () => rules.status(),
  )

  app.get(
    '/v1/rules/schema',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Rule files as JSON Schema, for editors',
        description: 'Names, values and what they mean. More is checked when files are loaded.',
        tags: ['rules'],
        response: { 200: Type.Unknown() },
      },
    },
    async (_, reply) => sendJson(reply, 200, ruleFileSchema(VERDICTS)),
  )

  app.post(
    '/v1/rules/reload',
    {
      config: { access: 'admin', everywhere: true },
      schema: {
        summary: 'Read the rule files again',
        description: 'All files together, or none: a failed reload is 400, and what ran goes on.',
        tags: ['rules'],
        response: { 200: Reloaded },
      },
    },
    async (_, reply) => {
      const { loaded, reloaded, errors, directory } = await rules.reload()
      const answer = { loaded, reloaded, errors, directory }
      if (errors.length === 0) return answer
      const error = new ActeonError(
        'RULES_INVALID',
        `The rules were not reloaded, those that ran go on: ${errors[0]}${errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''}`,
        answer,
      )
      return sendJson(reply, error.status, error.body())
    },
  )

  app.put(
    '/v1/rules/:name/enabled',
    {
      config: { access: 'admin', everywhere: true },
      schema: {
        summary: 'Switch a rule on or off, on all nodes and for good',
        tags: ['rules'],
        params: Type.Object({ name: Type.String() }),
        body: SwitchBody,
        response: { 200: SwitchAnswer },
      },
    },
    async (request) => {
      const { enabled } = request.body
      const { name, ...rule } = await bySpelling(request.params.name, (name) =>
        rules.setEnabled(name, enabled, callerOf(request)),
      )
      return {
        name,
        enabled: rule.enabled,
        status: rule.enabled ? ('enabled' as const) : ('disabled' as const),
        switched: rule.switched,
      }
    },
  )

  app.post(
    '/v1/rules/evaluate',
    {
      // The playground checks what it is asked, as a dispatch does.
      validatorCompiler: checkAllButBody,
      config: { access: 'read', reads: true },
      schema: {
        summary: 'The playground: every rule, why it matched or not, and the plan; nothing is changed',
        tags: ['rules'],
        body: EvaluateRequest,
        response: { 200: EvaluateAnswer },
      },
    },
    async (request, reply) => {
      if (isObject(request.body)) request.scope.refuse(placeIn(request.body))
      const answer = await gateway.evaluate(request.body, callerOf(request), await rulesOf(request))
      return sendJson(reply, 200, shownEvaluation(answer, seesRule(request, gateway)))
    },
  )
}

const ruleView = (
  { name, priority, enabled, description, switched, condition, verdict, file, line }: RuleView,
  finding: Finding | undefined,
) => ({
  name,
  priority,
  enabled,
  description,
  switched,
  condition,
  verdict,
  file,
  line,
  finding: finding === undefined ? null : { message: finding.message, shadowed_by: finding.shadowed_by ?? null },
})

/** The four names that grants look at, as far as a body has them; what is wrong with them is told by who reads it. */
function placeIn(body: Record<string, unknown>): Record<string, string | undefined> {
  const names = ['namespace', 'tenant', 'provider', 'action_type'] as const
  return Object.fromEntries(names.map((name) => [name, typeof body[name] === 'string' ? body[name] : undefined]))
}

/** The playground's answer without the rules that do not concern its reader. */
function shownEvaluation(answer: Record<string, unknown>, sees: (rule: string) => boolean): Record<string, unknown> {
  const trace = (answer as unknown as EvaluateAnswer).trace.filter(
    ({ result, rule_name }) => result === 'matched' || sees(rule_name),
  )
  return { ...answer, trace }
}

const isFileChange = (file: unknown): file is RuleFileChange =>
  isObject(file) && typeof file['path'] === 'string' && (file['text'] === null || typeof file['text'] === 'string')

function placeOf(cursor: string): number {
  if (/^\d{1,9}$/.test(cursor)) return Number(cursor)
  throw new ActeonError('INVALID_REQUEST', 'The cursor is none that this list gave; begin again without one.')
}
