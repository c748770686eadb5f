import type { ASTNode } from '@marcbachmann/cel-js'
import type { RE2JS } from 're2js'
import { compilePattern, refuseLongText } from './operators.js'

/**
 * CEL's own `matches` runs on the platform's backtracking engine, where a payload could make a pattern take for ever;
 * ours takes its place under a name of the same length, so that positions in errors stay true.
 */
export const LINEAR_MATCHES = 're2find'

const PATTERNS_KEPT = 256
const LOOPS = new Set(['all', 'exists', 'exists_one', 'map', 'filter'])

/** The expression with its calls of `matches` renamed. */
export function withLinearMatches(text: string, ast: ASTNode): string {
  let renamed = text
  for (const { op, args } of nodesOf(ast)) {
    if (op !== 'rcall' || args[0] !== 'matches') continue
    const after = (args[1] as ASTNode).range.end
    const gap = /^[\s)]*\.\s*/.exec(text.slice(after))
    if (gap === null) continue
    const at = after + gap[0].length
    renamed = renamed.slice(0, at) + LINEAR_MATCHES + renamed.slice(at + LINEAR_MATCHES.length)
  }
  return renamed
}

/** Text literals that a function is called with first. */
export const literalCalls = (ast: ASTNode, name: string): string[] =>
  nodesOf(ast).flatMap(({ op, args }) => {
    if (op !== 'call' || args[0] !== name) return []
    const first = (args[1] as ASTNode[])[0]
    return first?.op === 'value' && typeof first.args === 'string' ? [first.args] : []
  })

/** How deeply loops (`all`, `exists`, `map`, …) stand within loops. */
export function loopDepth(node: unknown): number {
  const inside = Math.max(0, ...childrenOf(node).map(loopDepth))
  return isNode(node) && node.op === 'rcall' && LOOPS.has((node.args as unknown[])[0] as string) ? inside + 1 : inside
}

/** The paths into `action` that an expression reads, as far as they are written out: `payload.a`, `action` for all of it. */
export function pathsRead(node: unknown): string[] {
  const steps = stepsOf(node)
  if (steps === null) return [...new Set(childrenOf(node).flatMap(pathsRead))]
  // What an index that is worked out may be is read besides.
  const inside = isNode(node) && node.op === '[]' ? pathsRead((node.args as unknown[])[1]) : []
  return [steps.length === 0 ? 'action' : steps.join('.'), ...inside]
}

/** The steps from `action` to a member; null: it is no member of that. */
function stepsOf(node: unknown): string[] | null {
  if (!isNode(node)) return null
  if (node.op === 'id') return (node.args as unknown) === 'action' ? [] : null
  if (node.op !== '.' && node.op !== '[]') return null
  const [of, name] = node.args as [unknown, unknown]
  const steps = stepsOf(of)
  if (steps === null) return null
  const step = node.op === '.' ? name : literalOf(name)
  // A name with dots would be read as several steps: then the whole that it is in counts.
  const isStep = typeof step === 'string' && (steps[0] === 'metadata' || !step.includes('.'))
  return isStep ? [...steps, step] : steps
}

function literalOf(node: unknown): string | undefined {
  if (!isNode(node) || node.op !== 'value') return undefined
  const value: unknown = node.args
  return typeof value === 'string' ? value : typeof value === 'bigint' ? String(value) : undefined
}

function nodesOf(ast: ASTNode): { op: string; args: unknown[] }[] {
  const found: { op: string; args: unknown[] }[] = []
  const open: unknown[] = [ast]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (isNode(node) && Array.isArray(node.args)) found.push({ op: node.op, args: node.args })
    open.push(...childrenOf(node))
  }
  return found
}

const isNode = (value: unknown): value is ASTNode => typeof value === 'object' && value !== null && 'op' in value

const childrenOf = (node: unknown): unknown[] => {
  if (Array.isArray(node)) return node
  if (!isNode(node)) return []
  return Array.isArray(node.args) ? (node.args as unknown[]) : [node.args]
}

/** A literal pattern of `matches` that is none, and where it stands. */
export function wrongPattern(ast: ASTNode): { problem: string; offset: number } | null {
  for (const { op, args } of nodesOf(ast)) {
    if (op !== 'rcall' || args[0] !== 'matches') continue
    const literal = (args[2] as ASTNode[])[0]
    if (literal?.op !== 'value' || typeof literal.args !== 'string') continue
    const pattern = compilePattern(literal.args)
    if ('problem' in pattern) return { problem: pattern.problem, offset: literal.range.start }
  }
  return null
}

/** Why an evaluation comes to nothing without being a fault of the rule: the condition does not match. */
export class DoesNotFit extends Error {
  constructor(readonly summary: string) {
    super(summary)
  }
}

/** Matching in time linear in the text; patterns may come from payloads, so only a bounded number is remembered. */
export function linearMatcher(): (text: string, pattern: string) => boolean {
  const patterns = new Map<string, RE2JS>()
  return (text, pattern) => {
    refuseLongText(text)
    let compiled = patterns.get(pattern)
    if (compiled === undefined) {
      const fresh = compilePattern(pattern)
      if ('problem' in fresh) throw new DoesNotFit(fresh.problem)
      if (patterns.size >= PATTERNS_KEPT) patterns.clear()
      patterns.set(pattern, (compiled = fresh))
    }
    return compiled.test(text)
  }
}
