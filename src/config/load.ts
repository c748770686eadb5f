import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { ActeonError } from '../lib/errors.js'
import { checkConfig, type Config } from './check.js'
import { interpolate, override } from './environment.js'
import { originsOf, type Origins } from './origins.js'
import { configError, type Problem } from './problems.js'
import { openValues } from './sealed-values.js'
import { keyPositions, parseToml } from './toml.js'

type Env = Readonly<Record<string, string | undefined>>

/** A configuration's text, and where it is from. */
export interface ConfigSource {
  text: string
  /** As it is named in errors. */
  file: string
  /** What relative paths in it are relative to. */
  folder: string
}

/** A configuration that is right, and where its values came from. */
export interface LoadedConfig {
  config: Config
  origins: Origins
}

/**
 * Reads `acteon.toml`, or takes the defaults (and the environment's overrides) when no file is named.
 * @param file path of the file, as the user wrote it
 * @param offline for checks that start nothing: secrets need not be there
 * @throws ActeonError CONFIG_INVALID naming the first problem; `details.problems` has them all
 */
export async function loadConfig(
  file: string | undefined,
  { env, cwd, offline = false }: { env: Env; cwd: string; offline?: boolean },
): Promise<LoadedConfig> {
  const path = file === undefined ? undefined : resolve(cwd, file)
  const { config, origins, problems } = await parseConfig(
    {
      text: path === undefined ? '' : readText(path, file!),
      file: file ?? 'acteon.toml',
      folder: path === undefined ? cwd : dirname(path),
    },
    env,
    offline,
  )
  if (problems.length > 0) throw configError(problems)
  return { config: config!, origins: { ...origins!, file: file ?? null } }
}

function readText(path: string, asWritten: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'there is no such file; `acteon init` writes one' : `it cannot be read (${code})`
    throw new ActeonError('CONFIG_INVALID', `${asWritten}: ${why}`, { file: asWritten }, { cause: error })
  }
}

/**
 * Checks a configuration's text. Everything that is wrong is reported, each thing with its place. `config` and `origins`
 * are there when nothing is wrong.
 */
export async function parseConfig(
  source: ConfigSource,
  env: Env,
  offline = false,
): Promise<Partial<LoadedConfig> & { problems: Problem[] }> {
  const parsed = parseToml(source.text)
  if (!parsed.ok) {
    const at = { file: source.file, ...parsed.position }
    return { problems: [{ kind: 'invalid', path: [], at, message: parsed.message }] }
  }
  const { value, problems: unset, filled } = interpolate(parsed.value, env, offline ? standIn : undefined)
  const raw = value as Record<string, unknown>
  const { problems: overrides, variables } = override(raw, env)
  const sealed = openValues(raw, env, offline ? standIn('sealed') : undefined)
  const open = sealed.value as Record<string, unknown>
  const { config, problems } = checkConfig(open, source.folder)

  // A text whose variable is not set has had its error.
  const missing = [...unset, ...sealed.problems]
  const fresh = problems.filter(({ path }) => !missing.some((earlier) => samePath(earlier.path, path)))
  const discreet = fresh.map((problem) =>
    filled.has(JSON.stringify(problem.path)) || sealed.opened.has(JSON.stringify(problem.path))
      ? withoutFound(problem)
      : problem,
  )
  const right = config !== undefined && missing.length + overrides.length === 0
  const reading = { ...source, written: parsed.value, overrides: variables, filled, opened: sealed.opened }
  return {
    ...(right && { config, origins: originsOf(reading) }),
    problems: await placed([...missing, ...overrides, ...discreet], source, variables),
  }
}

// Fits where an address or any other text is expected.
const standIn = (name: string): string => `http://${name.toLowerCase()}.unset.invalid`

const samePath = (a: (string | number)[], b: (string | number)[]): boolean => JSON.stringify(a) === JSON.stringify(b)

// What came from the environment is often a secret, so an error does not repeat it.
const withoutFound = (problem: Problem): Problem => ({
  ...problem,
  message: problem.message.replace(/, found .*$/, ', found something else (not shown)'),
})

async function placed(
  problems: Problem[],
  source: ConfigSource,
  variables: ReadonlyMap<string, string>,
): Promise<Problem[]> {
  if (problems.length === 0) return []
  const positionOf = await keyPositions(source.text)
  return problems.map((problem) => {
    const variable = problem.variable ?? variableFor(problem.path, variables)
    if (variable !== undefined) return { ...problem, variable }
    const position = positionOf(problem.path)
    return position === undefined ? problem : { ...problem, at: { file: source.file, ...position } }
  })
}

/** The variable that set a value or the list around it. */
function variableFor(path: (string | number)[], variables: ReadonlyMap<string, string>): string | undefined {
  for (let depth = path.length; depth > 0; depth--) {
    const variable = variables.get(JSON.stringify(path.slice(0, depth)))
    if (variable !== undefined) return variable
  }
  return undefined
}
