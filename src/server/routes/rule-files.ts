import { Type } from 'typebox'
import { ActeonError } from '../../lib/errors.js'
import { callerOf } from '../access.js'
import { revisionOf, rulesInvalid } from '../../rules/compile.js'
import { formatYaml } from '../../rules/format.js'
import { notFound, sendJson } from '../answers.js'
import { chipsOf } from '../matching.js'
import { createRunningCounts, type ShownCounts } from '../part-counts.js'
import { createReliving } from '../reliving.js'
import { createReplays, MOST_REPLAYED } from '../replays.js'
import { createTraffic } from '../traffic.js'
import { momentFrom } from '../window.js'
import { streamOwner, type Parts } from '../parts.js'
import {
  Deleted,
  DeleteQuery,
  FormatBody,
  FormattedShape,
  NewFileBody,
  NewFileShape,
  PartCounts,
  Published,
  PublishBody,
  ReplayJob,
  ReplayRequest,
  RuleFileList,
  RuleFileShape,
  RulesCheckBody,
  RulesCheckShape,
} from '../rule-shapes.js'
import type { App } from '../typed.js'

const Params = Type.Object({
  path: Type.String({ description: 'Relative to the rules directory; a slash in it is written %2F.' }),
})

/** The rule files as they are edited: read, checked, published, deleted. */
export function ruleFileRoutes(app: App, { gateway, rulesEditable, clock, newId, load }: Parts): void {
  const reliving = createReliving({
    traffic: createTraffic({ gateway, clock }),
    clock,
    inHand: () => load.inHand(),
  })
  const replays = createReplays({ gateway, reliving, clock, newId })
  const running = createRunningCounts({ gateway, reliving, clock })
  app.addHook('onClose', async () => {
    await Promise.all([replays.stop(), running.stop()])
  })
  const { files } = gateway.rules
  const refuseUneditable = (): void => {
    if (rulesEditable) return
    throw new ActeonError(
      'FORBIDDEN',
      'Rule files are not changed through this server; set [rules] editable = true, or change the file where it comes from.',
    )
  }

  app.get(
    '/v1/rule-files',
    {
      config: { access: 'read', everywhere: true },
      schema: {
        summary: 'The rule files, without their texts',
        tags: ['rules'],
        response: { 200: RuleFileList },
      },
    },
    async () => ({
      editable: rulesEditable,
      files: (await files.files()).map(({ path, text, revision, rules }) => ({
        path,
        revision,
        bytes: Buffer.byteLength(text),
        rules,
      })),
    }),
  )

  app.get(
    '/v1/rule-files/:path',
    {
      config: { access: 'read', everywhere: true },
      schema: { summary: 'A rule file', tags: ['rules'], params: Params, response: { 200: RuleFileShape } },
    },
    async (request) => {
      const { path } = request.params
      const file = (await files.files()).find((one) => one.path === path)
      if (file === undefined) throw notFound('rule file', path)
      return { path, text: file.text, revision: file.revision, editable: rulesEditable }
    },
  )

  app.put(
    '/v1/rule-files/:path',
    {
      config: { access: 'admin', everywhere: true },
      schema: {
        summary: 'Publish a rule file: all rules together are checked, then it is written and they run',
        description:
          'Needs `[rules] editable = true`. `revision` is that of the text that was edited, null for a new file; 409 when it was changed meanwhile.',
        tags: ['rules'],
        params: Params,
        body: PublishBody,
        response: { 200: Published },
      },
    },
    async (request) => {
      refuseUneditable()
      const { path } = request.params
      const { text, revision, message } = request.body
      return files.publish({ path, text, revision, message, caller: callerOf(request) })
    },
  )

  app.delete(
    '/v1/rule-files/:path',
    {
      config: { access: 'admin', everywhere: true },
      schema: {
        summary: 'Delete a rule file: the others are checked, then it is gone and they run',
        description:
          'Needs `[rules] editable = true`. `revision` is that of the text as it was read; 409 when it was changed meanwhile. The text stays on record (`GET /v1/rule-changes`).',
        tags: ['rules'],
        params: Params,
        querystring: DeleteQuery,
        response: { 200: Deleted },
      },
    },
    async (request) => {
      refuseUneditable()
      return files.remove({ ...request.params, ...request.query, caller: callerOf(request) })
    },
  )

  app.post(
    '/v1/rules/new-file',
    {
      config: { access: 'read', everywhere: true, reads: true },
      schema: {
        summary: 'What a new rule file would begin with; its name is checked as when it is published',
        description: 'Nothing is written. 409 when there is such a file already.',
        tags: ['rules'],
        body: NewFileBody,
        response: { 200: NewFileShape },
      },
    },
    async (request) => ({ ...(await files.begin(request.body.path)), editable: rulesEditable }),
  )

  app.post(
    '/v1/rules/check',
    {
      config: { access: 'read', everywhere: true, reads: true },
      schema: {
        summary:
          'What the rules would be with some files changed: errors with their places, what looks wrong, what differs',
        description: 'Nothing is written. `text: null` leaves a file out; files that are not named are as they are.',
        tags: ['rules'],
        body: RulesCheckBody,
        response: { 200: RulesCheckShape },
      },
    },
    async (request) => {
      const { files: changes } = request.body
      const check = await files.check(changes)
      const revisions = changes.map(({ path, text }) => ({ path, revision: text === null ? null : revisionOf(text) }))
      return { ...check, files: revisions }
    },
  )

  app.post(
    '/v1/rules/format',
    {
      config: { access: 'read', everywhere: true, reads: true },
      schema: {
        summary: 'Lay a rule file out, with its comments, and without changing what it says',
        description: 'Nothing is written. What is no YAML of rules is 400, with the places of what is wrong.',
        tags: ['rules'],
        body: FormatBody,
        response: { 200: FormattedShape },
      },
    },
    async (request) => {
      const formatted = formatYaml(request.body.text)
      if (formatted.ok) return { text: formatted.text }
      throw rulesInvalid(formatted.problems.map((problem) => ({ file: 'The text', ...problem })))
    },
  )

  app.post(
    '/v1/rules/replay',
    {
      config: { access: 'operate', everywhere: true, reads: true },
      schema: {
        summary: 'Replay past actions through the rules as they would be; nothing is sent or recorded',
        description:
          'A job of this node, one at a time per caller. Actions are relived in the order in which they were decided about, and on their own times. So are, without being compared, what passed in the time before that rules remember (up to 24 h) and what the filter leaves out, so that keys, counters, groups and events are as they were; up to 50,000 in all.',
        tags: ['rules'],
        body: ReplayRequest,
        response: { 202: ReplayJob },
      },
    },
    async (request, reply) => {
      const { files: changes, q, namespace, tenant, from, to, limit } = request.body
      const made = await files.compiled(changes)
      if (!made.ok) throw rulesInvalid(made.problems)
      const end = momentFrom('to', to ?? undefined, clock) ?? clock.now() + 1
      const asked = {
        chips: chipsOf(q ?? ''),
        from: momentFrom('from', from ?? undefined, clock) ?? end - DAY_MS,
        to: end,
        namespace: namespace ?? undefined,
        tenant: tenant ?? undefined,
      }
      const job = replays.start(request, streamOwner(request), made.rules, asked, limit ?? MOST_REPLAYED)
      return sendJson(reply, 202, job)
    },
  )

  const replayOptions = { tags: ['rules'], params: Type.Object({ id: Type.String() }), response: { 200: ReplayJob } }
  app.get(
    '/v1/rules/replay/:id',
    {
      config: { access: 'operate', everywhere: true },
      schema: { summary: 'How far a replay is, and what it found so far', ...replayOptions },
    },
    async (request) => replays.look(streamOwner(request), request.params.id),
  )
  const fileQuery = Type.Optional(Type.String({ description: 'Only the rules of this file.' }))
  const ofFile = (counts: ShownCounts, file: string | undefined): ShownCounts =>
    file === undefined ? counts : { ...counts, rules: counts.rules.filter((rule) => rule.file === file) }
  app.get(
    '/v1/rules/replay/:id/parts',
    {
      config: { access: 'operate', everywhere: true },
      schema: {
        summary: 'What each part of the conditions came to in a replay, and under the rules that run',
        tags: ['rules'],
        params: Type.Object({ id: Type.String() }),
        querystring: Type.Object({ file: fileQuery }),
        response: { 200: PartCounts },
      },
    },
    async (request) => ofFile(replays.counts(streamOwner(request), request.params.id), request.query.file),
  )
  app.get(
    '/v1/rules/parts',
    {
      config: { access: 'read', everywhere: true },
      schema: {
        summary: 'What each part of the conditions of the rules that run came to, for the newest actions of a day',
        description:
          'At most the newest 1,000 of the last 24 h are relived as in a replay, by the engine that decides; `actions` says how many. An answer may be 30 s old.',
        tags: ['rules'],
        querystring: Type.Object({
          file: fileQuery,
          namespace: Type.Optional(Type.String()),
          tenant: Type.Optional(Type.String()),
        }),
        response: { 200: PartCounts },
      },
    },
    async (request) => {
      const { namespace, tenant, file } = request.query
      const to = clock.now() + 1
      const asked = { chips: [], from: to - DAY_MS, to, namespace, tenant }
      return ofFile(await running.of(request, streamOwner(request), asked), file)
    },
  )
  app.delete(
    '/v1/rules/replay/:id',
    {
      config: { access: 'operate', everywhere: true, reads: true },
      schema: { summary: 'Cancel a replay', ...replayOptions },
    },
    async (request) => replays.cancel(streamOwner(request), request.params.id),
  )
}

const DAY_MS = 86_400_000
