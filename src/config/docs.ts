import type { TSchema } from 'typebox'
import { StateMachineConfig } from '../events/machine.js'
import { variableOf } from './environment.js'
import { PROVIDER_TYPES } from '../providers/registry.js'
import { PROVIDER_COMMON } from './providers.js'
import { isNamedTables, isSection, NAMED_TABLES, SECTIONS } from './schema.js'

/** The reference of `acteon.toml` in Markdown, made from the schema and the types of provider. */
export function configurationDoc(): string {
  return [
    INTRODUCTION,
    ...Object.entries(SECTIONS).flatMap(([name, schema]) => sectionDoc([name], schema)),
    '## `[[providers]]`',
    'Who carries actions out; one table each. Every provider has:',
    tableOf({ name: NAME, type: TYPE, ...PROVIDER_COMMON }, null, ['name', 'type']),
    ...[...PROVIDER_TYPES.values()].flatMap(({ type, describes, schema }) => [
      `### type = "${type}"`,
      describes,
      tableOf((schema as { properties?: Record<string, TSchema> }).properties ?? {}, null, required(schema)),
    ]),
    '## `[[state_machines]]`',
    'Lifecycles: what states an event has, and what leads from one to the next.',
    ...nestedDoc(StateMachineConfig, 'state_machines'),
    '',
  ].join('\n\n')
}

const INTRODUCTION = `# Configuration

\`acteon.toml\`, as \`acteon init\` writes it. Every section and every key is optional. An unknown name is an error that
names the line and what was probably meant. Relative paths are relative to the file's folder.

In strings \`\${NAME}\` is replaced by the environment variable, \`\${NAME:-default}\` by the default when it is unset or
empty, and \`$\${\` stands for a plain \`\${\`. \`ACTEON_SECTION__KEY\` overrides a key: \`ACTEON_SERVER__PORT=9000\`,
\`ACTEON_AUDIT__REDACT__FIELDS=pin,iban\`. \`acteon config check\` tells whether a file is right, \`acteon config show\`
prints what holds, secrets hidden, and \`--origins\` says of each value where it came from: the file with its line, a
variable, a sealed value, or the default. A server says the same of what it runs, in Settings of the admin UI and at
\`GET /admin/config/values\`; after a reload, of what it reread.

This page is made from the schema that checks the file.`

const NAME = { type: 'string', description: 'The name that actions and rules use.' } as TSchema
const TYPE = { type: 'string', description: 'The kind of provider; it decides the other fields.' } as TSchema

function sectionDoc(path: string[], schema: TSchema): string[] {
  if (!isSection(schema)) return []
  const keys = Object.entries(schema.properties)
  return [
    `## \`[${path.join('.')}]\``,
    describing(schema),
    tableOf(Object.fromEntries(keys.filter(([, member]) => !isSection(member))), path),
    ...keys.flatMap(([name, member]) => sectionDoc([...path, name], member)),
    ...Object.entries(NAMED_TABLES)
      .filter(([name]) => name.startsWith(`${path.join('.')}.`))
      .flatMap(([name, one]) => [
        `### \`[${name}.NAME]\``,
        'What holds for one of them; an absent key is that of the section.',
        tableOf(one.properties, null),
      ]),
  ]
}

function nestedDoc(schema: TSchema, path: string): string[] {
  const { properties = {} } = schema as { properties?: Record<string, TSchema> }
  const lists = Object.entries(properties).flatMap(([name, member]) => {
    const { items } = member as { items?: TSchema }
    return items !== undefined && isSection(items)
      ? [`### \`[[${path}.${name}]]\``, ...nestedDoc(items, `${path}.${name}`)]
      : []
  })
  return [tableOf(properties, null, required(schema)), ...lists]
}

const required = (schema: TSchema): string[] => (schema as { required?: string[] }).required ?? []
const describing = (schema: TSchema): string => (schema as { description?: string }).description ?? ''

/** @param path of the section, when the environment can set its keys */
function tableOf(properties: Record<string, TSchema>, path: string[] | null, needed: string[] = []): string {
  const rows = Object.entries(properties)
    .flatMap(([name, schema]) => [[name, schema] as const, ...members(name, schema)])
    .map(([name, schema]) => {
      const { default: fallback } = schema as { default?: unknown }
      const value =
        fallback !== undefined ? `\`${JSON.stringify(fallback)}\`` : needed.includes(name) ? 'required' : 'none'
      const cells = [`\`${name}\``, typeText(schema), value, describing(schema)]
      if (path !== null) cells.push(isNamedTables(schema) ? '' : `\`${variableOf([...path, name])}\``)
      return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
    })
  const head = ['key', 'type', 'default', 'what it does', ...(path === null ? [] : ['environment'])]
  return [`| ${head.join(' | ')} |`, `| ${head.map(() => '---').join(' | ')} |`, ...rows].join('\n')
}

/** The keys of an inline table, as `auth.type`. */
const members = (name: string, schema: TSchema): [string, TSchema][] =>
  isSection(schema) ? Object.entries(schema.properties).map(([key, member]) => [`${name}.${key}`, member]) : []

function typeText(schema: TSchema): string {
  const { secret } = schema as { secret?: boolean }
  return secret === true ? `${kindText(schema)}, secret` : kindText(schema)
}

function kindText(schema: TSchema): string {
  const {
    type,
    enum: words,
    items,
    anyOf,
  } = schema as {
    type?: string
    enum?: unknown[]
    items?: TSchema
    anyOf?: TSchema[]
  }
  return words !== undefined
    ? words.map((word) => `\`${JSON.stringify(word)}\``).join(', ')
    : anyOf !== undefined
      ? anyOf.map(kindText).join(' or ')
      : type === 'array'
        ? `list of ${items === undefined ? 'anything' : kindText(items)}`
        : type === 'object'
          ? 'table'
          : (type ?? 'anything')
}
