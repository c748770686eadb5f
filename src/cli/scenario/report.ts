import type { Trace } from '../../audit/trace.js'
import { pathText } from '../../lib/validate.js'
import { traceLines } from '../render/story.js'
import { printable } from '../render/table.js'
import type { Mismatch } from './match.js'

/** How one step of a test went. */
export interface StepResult {
  /** From 1. */
  step: number
  /** Its name, or what it does. */
  name: string
  /** Where it is written. */
  place: string
  mismatches: Mismatch[]
  /** What was refused before it became an action on record. */
  refused?: string
  /** Why the action became what it became. */
  trace?: Trace
}

export interface TestResult {
  file: string
  steps: StepResult[]
}

export const passed = ({ mismatches, refused }: StepResult): boolean => mismatches.length === 0 && refused === undefined

/** The result for people: a line for each step; for one that failed, the differences and why it went that way. */
export function resultText({ file, steps }: TestResult): string {
  const lines = [printable(file)]
  for (const result of steps) {
    if (passed(result)) lines.push(`  ✓ ${result.step} ${printable(result.name)}`)
    else
      lines.push(`  ✗ ${result.step} ${printable(result.name)} (${printable(result.place)})`, ...failureLines(result))
  }
  return `${lines.join('\n')}\n`
}

function failureLines({ mismatches, refused, trace }: StepResult): string[] {
  return [
    ...(refused === undefined ? [] : [`      refused: ${printable(refused)}`]),
    ...mismatches.map(
      ({ path, expected, found }) =>
        `      ${pathText(path)}: expected ${printable(expected)}, found ${printable(found)}`,
    ),
    ...(trace === undefined ? [] : traceLines(trace).map((line) => `    ${line}`)),
  ]
}
