import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { compile, pathText } from '../../lib/validate.js'
import { parseYaml } from '../../rules/yaml.js'
import { Stop } from '../exit.js'
import { TestFile } from './schema.js'

/** A test file as it was read, and where each part of it stands. */
export interface LoadedTest {
  /** As it was named. */
  file: string
  /** Its folder, which paths in it are relative to. */
  folder: string
  test: TestFile
  /** `tests/orders.yaml:12:5`. */
  placeOf(path: (string | number)[]): string
}

const check = compile(TestFile)

/**
 * Reads a test file.
 * @param path where it is; `file` is how the reader named it
 * @throws Stop usage, with every fault on a line of its own: its place, what was found, what was expected
 */
export function loadTest(path: string, file: string): LoadedTest {
  const parsed = parseYaml(readText(path, file))
  if (!parsed.ok)
    throw new Stop(
      'usage',
      parsed.problems.map((one) => `${file}:${one.line}:${one.column}: ${one.message}`).join('\n'),
    )
  const placeOf = (steps: (string | number)[], of: 'name' | 'value' = 'value'): string => {
    const { line, column } = parsed.file.placeOf(steps, of)
    return `${file}:${line}:${column}`
  }
  const checked = check(parsed.file.value)
  if (checked.ok) return { file, folder: dirname(path), test: checked.value, placeOf }
  const faults = checked.issues.map(({ path: steps, message }) => {
    const where = pathText(steps)
    const of = message.startsWith('unknown name') ? 'name' : 'value'
    return `${placeOf(steps, of)}: ${where === '' ? '' : `${where}: `}${message}`
  })
  throw new Stop('usage', faults.join('\n'))
}

function readText(path: string, file: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new Stop('usage', `${file}: ${code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`}.`)
  }
}
