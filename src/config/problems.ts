import { ActeonError } from '../lib/errors.js'
import { pathText } from '../lib/validate.js'

/** One thing that is wrong with the configuration, and where. */
export interface Problem {
  kind: 'invalid'
  /** Steps to the value: `['state', 'backend']`; empty for the text as a whole. */
  path: (string | number)[]
  /** A sentence without the place. */
  message: string
  /** The file as it was named, with line and column from 1; absent for what the environment or nobody set. */
  at?: { file: string; line: number; column: number }
  /** The environment variable that set the value. */
  variable?: string
}

/** `acteon.toml:12:11: state.backend: expected one of …`. */
export function problemText({ at, variable, path, message }: Problem): string {
  const place = at !== undefined ? `${at.file}:${at.line}:${at.column}: ` : ''
  const from = variable !== undefined ? `environment variable ${variable}: ` : ''
  return `${place}${from}${path.length > 0 ? `${pathText(path)}: ` : ''}${message}`
}

/** All problems in one error; `details.problems` has each with its place. */
export function configError(problems: Problem[]): ActeonError {
  const [first] = problems
  const rest = problems.length - 1
  const more = rest === 0 ? '' : ` (and ${rest} more)`
  return new ActeonError('CONFIG_INVALID', `${problemText(first!)}${more}`, {
    problems: problems.map((problem) => ({ ...problem, text: problemText(problem) })),
  })
}
