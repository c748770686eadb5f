import { Type } from 'typebox'
import { RuleFileChange } from '../rules/schema.js'
import { Moment, orNull } from './shapes.js'

/** Shapes of rule files as they are edited, and of what they would have decided. */

const text = Type.String()
const int = Type.Integer()
const revision = Type.String({ description: 'Changes with every change of the text.' })

export const RuleFileShape = Type.Object(
  { path: text, text, revision, editable: Type.Boolean() },
  { title: 'RuleFile' },
)
export const RuleFileList = Type.Object(
  {
    editable: Type.Boolean({ description: '`[rules] editable`.' }),
    files: Type.Array(
      Type.Object({
        path: text,
        revision,
        bytes: int,
        rules: Type.Array(text, { description: 'The names of the rules in it that run.' }),
      }),
    ),
  },
  { title: 'RuleFileList' },
)
const message = Type.Optional(Type.String({ maxLength: 1_024, description: 'Why; kept on record.' }))
export const PublishBody = Type.Object(
  {
    text: Type.String(),
    revision: orNull(Type.String({ description: 'Of the text that was edited; null: the file is new.' })),
    message,
  },
  { title: 'PublishRequest', additionalProperties: false },
)
export const Published = Type.Object(
  {
    file: Type.Object({ path: text, text, revision }),
    version: Type.String({ description: 'Of the rules that run now.' }),
    loaded: int,
  },
  { title: 'Published' },
)
export const DeleteQuery = Type.Object({
  revision: Type.String({ description: 'Of the text that is deleted.' }),
  message,
})
export const Deleted = Type.Object(
  {
    path: text,
    version: Type.String({ description: 'Of the rules that run now.' }),
    loaded: int,
  },
  { title: 'RuleFileDeleted' },
)
export const RulesCheckBody = Type.Object(
  { files: Type.Array(RuleFileChange, { maxItems: 100 }) },
  { title: 'RulesCheckRequest', additionalProperties: false },
)
export const RulesCheckShape = Type.Object(
  {
    valid: Type.Boolean(),
    problems: Type.Array(Type.Object({ file: text, line: int, column: int, message: text }), {
      description: 'Line 0: the file as a whole.',
    }),
    findings: Type.Array(
      Type.Object({ rule: text, file: text, line: int, message: text, shadowed_by: Type.Optional(text) }),
      { description: 'What looks wrong in rules that are valid one by one.' },
    ),
    rules: orNull(int),
    version: orNull(text),
    changes: Type.Object(
      { added: Type.Array(text), changed: Type.Array(text), removed: Type.Array(text) },
      { description: 'Names of rules that differ from those that run.' },
    ),
    files: Type.Array(Type.Object({ path: text, revision: orNull(text) })),
  },
  { title: 'RulesCheck' },
)

export const NewFileBody = Type.Object(
  { path: Type.String({ description: 'Relative to the rules directory; without an ending, `.yaml` is meant.' }) },
  { title: 'NewRuleFileRequest', additionalProperties: false },
)
export const NewFileShape = Type.Object(
  {
    path: text,
    text: Type.String({ description: 'One rule, explained, that is off.' }),
    editable: Type.Boolean({ description: '`[rules] editable`.' }),
  },
  { title: 'NewRuleFile' },
)
export const FormatBody = Type.Object(
  { text: Type.String({ description: 'Of a rule file, at most 262,144 bytes.' }) },
  { title: 'RuleFormatRequest', additionalProperties: false },
)
export const FormattedShape = Type.Object(
  { text: Type.String({ description: 'Laid out; the same rules with the same comments.' }) },
  { title: 'RuleFormat' },
)

const revisionOrNull = orNull(Type.String({ description: 'Of the text; null: there was none.' }))
const ruleChange = {
  id: text,
  at: Type.String({ format: 'date-time' }),
  by: Type.String({ description: 'Who did it.' }),
  method: Type.String({ description: 'How they said who they are.' }),
  kind: Type.Enum(['published', 'switched']),
  path: orNull(Type.String({ description: 'The file that was published or deleted.' })),
  before: revisionOrNull,
  after: orNull(Type.String({ description: 'Of the text; null: the file was deleted, or it is a switch.' })),
  rules: Type.Object(
    { added: Type.Array(text), changed: Type.Array(text), removed: Type.Array(text) },
    { description: 'Names of rules that it concerned.' },
  ),
  switched: orNull(Type.Boolean({ description: 'What a switch was set to; null: it was taken back, or it is none.' })),
  message: orNull(Type.String({ description: 'Why, as they said.' })),
  rules_version: orNull(Type.String({ description: 'Of the rules that ran from then on, as records have it.' })),
}
export const RuleChangeShape = Type.Object(ruleChange, { title: 'RuleChange' })
export const RuleChangeList = Type.Object(
  { changes: Type.Array(RuleChangeShape), next_cursor: Type.Optional(text) },
  { title: 'RuleChangeList' },
)
const keptText = orNull(
  Type.String({ description: 'Secrets masked; null: there was none, or it had more than 131,072 characters.' }),
)
export const RuleChangeDetail = Type.Object(
  {
    ...ruleChange,
    text_before: keptText,
    text_after: keptText,
    exact: Type.Boolean({
      description:
        'Whether `text_after`, of a deleted file `text_before`, is just what was written: nothing in it is masked.',
    }),
  },
  { title: 'RuleChangeDetail' },
)

const counted = {
  looked_at: Type.Integer({ description: 'Actions for which it was looked at.' }),
  passed: Type.Integer({ description: 'Of those: for which it held.' }),
}
export const PartCounts = Type.Object(
  {
    rules_version: text,
    actions: Type.Integer({ description: 'How many were relived.' }),
    from: Type.String({ format: 'date-time', description: 'All that arrived since and could be relived.' }),
    to: Type.String({ format: 'date-time' }),
    whole: Type.Boolean({ description: 'Whether these are all of the window that was asked for.' }),
    rules: Type.Array(
      Type.Object({
        name: text,
        file: Type.String({ description: 'Its path, as rule files are edited.' }),
        revision: Type.String({ description: 'Of the text of the file, whose lines these are.' }),
        parts: Type.Array(
          Type.Object({
            kind: Type.Enum(['all', 'any', 'not', 'field', 'call', 'cel']),
            part: Type.String({ description: 'As a trace has it; of what combines others its word.' }),
            line: int,
            column: int,
            ...counted,
            before: orNull(
              Type.Object(counted, {
                description: 'The same under the rules that run; null: they lack it, or these are they.',
              }),
            ),
          }),
          { description: 'In the order in which they are written; what combines others comes before these.' },
        ),
      }),
      { description: 'Those that have conditions, in the order in which they are looked at.' },
    ),
  },
  { title: 'RulePartCounts' },
)

const Ending = Type.Object({ outcome: text, rule: orNull(text), provider: text })

export const ReplayRequest = Type.Object(
  {
    files: Type.Array(RuleFileChange, { maxItems: 100, description: 'What differs from the files as they are.' }),
    q: Type.Optional(orNull(Type.String({ maxLength: 2_000, description: 'A filter text.' }))),
    namespace: Type.Optional(orNull(text)),
    tenant: Type.Optional(orNull(text)),
    from: Type.Optional(
      orNull(Moment('Arrived then or later; 24 h before `to` when absent. Also back from now: `-6h`.')),
    ),
    to: Type.Optional(orNull(Moment('Arrived before; now when absent.'))),
    limit: Type.Optional(
      orNull(Type.Integer({ minimum: 1, maximum: 50_000, description: 'The newest so many; 50,000 when absent.' })),
    ),
  },
  { title: 'ReplayRequest', additionalProperties: false },
)
export const ReplayJob = Type.Object(
  {
    id: text,
    status: Type.Enum(['gathering', 'running', 'done', 'cancelled', 'failed']),
    done: Type.Integer({ description: 'Actions that were replayed and compared.' }),
    total: orNull(Type.Integer({ description: 'null: they are being gathered.' })),
    besides: Type.Integer({
      description:
        'Actions that are relived besides and not compared, so that keys, counters, groups and events are as they were: what passed in the time before the window that rules remember, and what the filter leaves out.',
    }),
    besides_from: orNull(Type.String({ format: 'date-time', description: 'When the first of them arrived.' })),
    started_at: Type.String({ format: 'date-time' }),
    rules_version: text,
    sentence: text,
    different: Type.Integer({ description: 'How many would end differently.' }),
    provider_only: Type.Integer({ description: 'Of those: with the same outcome, at another provider.' }),
    elsewhere: Type.Integer({ description: 'Of those: sent before and after, by another provider.' }),
    tenants: Type.Integer({ description: 'How many tenants have actions that would end differently.' }),
    matrix: Type.Array(
      Type.Object({
        real: text,
        new: text,
        count: int,
        provider_only: Type.Integer({ description: 'Of those: at another provider, where the outcome is the same.' }),
      }),
      { description: 'Words of outcomes: what became of it, what would have; the counts add up to `done`.' },
    ),
    rules: Type.Array(Type.Object({ name: text, real: int, new: int }), {
      description: 'How many each rule decided, and would have; those that differ first.',
    }),
    differing: Type.Array(
      Type.Object({
        action_id: text,
        namespace: text,
        tenant: text,
        action_type: text,
        at: Type.String({ format: 'date-time' }),
        real: Ending,
        new: Ending,
        why: text,
      }),
      { description: 'The first 200, and of each cell of the matrix the first 20.' },
    ),
    cannot_know: Type.Array(Type.Object({ what: text, count: orNull(int) })),
    error: orNull(text),
  },
  { title: 'ReplayJob' },
)
