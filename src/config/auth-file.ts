import { readFile } from 'node:fs/promises'
import { Type, type Static } from 'typebox'
import { ROLES, type RateLimit } from '../access/identity.js'
import { isPasswordHash } from '../access/passwords.js'
import type { AccessTable, ApiKey, User } from '../access/table.js'
import { LONGEST_TOKEN_SECONDS } from '../access/tokens.js'
import { isObject } from '../lib/json.js'
import { compile, isInstant } from '../lib/validate.js'
import { interpolate } from './environment.js'
import { configError, type Problem } from './problems.js'
import { openValues } from './sealed-values.js'
import { keyPositions, parseToml } from './toml.js'

type Env = Readonly<Record<string, string | undefined>>

const DEFAULT_EXPIRY_SECONDS = 3_600
const SECRET_BYTES = 32

const name = Type.String({ minLength: 1, maxLength: 256, pattern: '^[^\\u0000-\\u001f\\u007f]*$' })
const names = Type.Array(Type.String({ minLength: 1, maxLength: 256 }), { minItems: 1 })
const strict = { additionalProperties: false }
const grants = Type.Array(
  Type.Object({ tenants: names, namespaces: names, providers: names, actions: names }, strict),
  {
    minItems: 1,
  },
)
const rate_limit = Type.Optional(
  Type.Object(
    { requests: Type.Integer({ minimum: 1 }), window_seconds: Type.Optional(Type.Number({ exclusiveMinimum: 0 })) },
    strict,
  ),
)
const role = Type.Enum([...ROLES])

/** `auth.toml` as it is written. */
const AuthFile = Type.Object(
  {
    settings: Type.Optional(
      Type.Object(
        {
          jwt_secret: Type.Optional(Type.String()),
          jwt_expiry_seconds: Type.Optional(Type.Integer({ minimum: 1, maximum: LONGEST_TOKEN_SECONDS })),
        },
        strict,
      ),
    ),
    users: Type.Optional(
      Type.Array(Type.Object({ username: name, password_hash: Type.String(), role, grants, rate_limit }, strict)),
    ),
    api_keys: Type.Optional(
      Type.Array(
        Type.Object(
          { name, key_hash: Type.String(), role, expires_at: Type.Optional(Type.String()), grants, rate_limit },
          strict,
        ),
      ),
    ),
  },
  strict,
)
type AuthFile = Static<typeof AuthFile>
const checkFile = compile(AuthFile)

/**
 * Reads `auth.toml`.
 * @param shown how errors name it
 * @throws ActeonError CONFIG_INVALID with every problem and its place
 */
export async function loadAuthFile(path: string, env: Env, shown = path): Promise<AccessTable> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why =
      code === 'ENOENT'
        ? 'there is no such file, and [auth] enabled asks for it; `acteon auth create-key NAME --role admin --tenant "*" >> auth.toml` begins one'
        : `it cannot be read (${code})`
    throw configError([{ kind: 'invalid', path: [], message: `${shown}: ${why}` }])
  }
  return parseAuthFile(text, env, shown)
}

/** @throws ActeonError CONFIG_INVALID with every problem and its place; no secret is repeated */
export async function parseAuthFile(text: string, env: Env, file: string): Promise<AccessTable> {
  const parsed = parseToml(text)
  if (!parsed.ok)
    throw configError([{ kind: 'invalid', path: [], at: { file, ...parsed.position }, message: parsed.message }])
  const filled = interpolate(parsed.value, env)
  const opened = openValues(filled.value, env)
  const value = datesAsTexts(opened.value)
  const problems: Problem[] = [...filled.problems, ...opened.problems]
  const checked = checkFile(value)
  if (!checked.ok)
    for (const { path, message } of checked.issues)
      problems.push({ kind: 'invalid', path, message: discreet(path, message) })
  else if (problems.length === 0) problems.push(...contradictions(checked.value))
  if (problems.length === 0 && checked.ok) return tableOf(checked.value)
  const positionOf = await keyPositions(text)
  throw configError(
    problems.map((problem) => {
      const position = positionOf(problem.path)
      return position === undefined ? problem : { ...problem, at: { file, ...position } }
    }),
  )
}

/** TOML has times of its own; the checks know texts. */
function datesAsTexts(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) return value.map(datesAsTexts)
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, datesAsTexts(member)]))
}

const discreet = (path: (string | number)[], message: string): string =>
  /secret|hash/.test(String(path.at(-1)))
    ? message.replace(/, found .*$/, ', found something else (not shown)')
    : message

/** What a schema cannot say. */
function contradictions({ settings, users = [], api_keys = [] }: AuthFile): Problem[] {
  const problems: Problem[] = []
  const say = (path: (string | number)[], message: string): void => {
    problems.push({ kind: 'invalid', path, message })
  }
  const { jwt_secret } = settings ?? {}
  if (jwt_secret === undefined && users.length > 0)
    say(
      ['settings', 'jwt_secret'],
      'is missing; users log in for a token, which it signs (`openssl rand -hex 32` makes one)',
    )
  if (jwt_secret !== undefined && Buffer.byteLength(jwt_secret) < SECRET_BYTES)
    say(['settings', 'jwt_secret'], `has fewer than ${SECRET_BYTES} bytes; \`openssl rand -hex 32\` makes one`)
  const seen = new Map<string, string>()
  const once = (what: string, path: (string | number)[]): void => {
    const first = seen.get(what)
    if (first !== undefined) say(path, `is the same as that of ${first}; each must differ`)
    else seen.set(what, `${String(path[0])}[${String(path[1])}]`)
  }
  for (const [i, { username, password_hash }] of users.entries()) {
    once(`name ${username}`, ['users', i, 'username'])
    if (!isPasswordHash(password_hash))
      say(['users', i, 'password_hash'], 'is no argon2id hash; `acteon auth hash-password` makes one')
  }
  for (const [i, { name, key_hash, expires_at }] of api_keys.entries()) {
    once(`name ${name}`, ['api_keys', i, 'name'])
    once(`hash ${key_hash.toLowerCase()}`, ['api_keys', i, 'key_hash'])
    if (!/^[0-9a-f]{64}$/i.test(key_hash))
      say(
        ['api_keys', i, 'key_hash'],
        'is no SHA-256 in 64 hex digits; `acteon auth create-key` makes a key and prints its hash',
      )
    if (expires_at !== undefined && !isInstant(expires_at))
      say(['api_keys', i, 'expires_at'], 'is no time of RFC 3339 with its offset, such as 2027-01-31T00:00:00Z')
  }
  return problems
}

function tableOf({ settings = {}, users = [], api_keys = [] }: AuthFile): AccessTable {
  const rateOf = (rate: { requests: number; window_seconds?: number } | undefined): RateLimit | null =>
    rate === undefined ? null : { requests: rate.requests, windowMs: (rate.window_seconds ?? 60) * 1_000 }
  return {
    jwt_secret: settings.jwt_secret === undefined ? null : Buffer.from(settings.jwt_secret),
    jwt_expiry_seconds: settings.jwt_expiry_seconds ?? DEFAULT_EXPIRY_SECONDS,
    users: new Map(
      users.map(({ username, password_hash, role, grants, rate_limit }): [string, User] => [
        username,
        { username, password_hash, role, grants, rate_limit: rateOf(rate_limit) },
      ]),
    ),
    keys: new Map(
      api_keys.map(({ name, key_hash, role, grants, rate_limit, expires_at }): [string, ApiKey] => {
        const hash = key_hash.toLowerCase()
        return [
          hash,
          {
            name,
            key_hash: hash,
            role,
            grants,
            rate_limit: rateOf(rate_limit),
            expires_at: expires_at === undefined ? null : Date.parse(expires_at),
          },
        ]
      }),
    ),
  }
}
