#!/usr/bin/env node
// `npm test`: everything that must hold, in one command. It gets the programs that tests need by itself (see
// services.mjs), runs the steps below, and ends with the line "N passed, N failed". A step that is not a set of tests
// counts as one.
//
//   node scripts/test.mjs             all steps
//   node scripts/test.mjs lint unit   only these
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { onSignals, provide, stop } from './services.mjs'

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
const bin = (name) => join('node_modules', '.bin', name)
const ESLINT_CACHE = join('node_modules', '.cache', 'eslint')

/**
 * Each step: what is run, which steps must have passed, and what it needs. Steps of one stage run side by side, at most
 * two at a time; the stages run in order. `needs` takes names of services.mjs; only what a step that runs names is
 * started.
 */
const STAGES = [
  [
    { name: 'build', run: [npm, 'run', '--silent', 'build'] },
    { name: 'typecheck', run: [npm, 'run', '--silent', 'typecheck'] },
    { name: 'lint', run: [bin('eslint'), '.', '--cache', '--cache-location', ESLINT_CACHE] },
    { name: 'floors', run: [bin('depcruise'), '--config', '.dependency-cruiser.cjs', 'src'] },
    { name: 'format', run: [bin('prettier'), '--check', '.'] },
  ],
  [
    { name: 'unit', vitest: 'unit' },
    { name: 'backends', vitest: 'backends', needs: ['redis', 'postgres'] },
    // Last, because it has the machine to itself for the most part then: it measures no time, but it waits for much.
    { name: 'programs', vitest: 'programs', after: ['build'], needs: ['redis', 'postgres', 'chromium'] },
  ],
]

const AT_A_TIME = 2
const totals = { passed: 0, failed: 0 }
const passedSteps = new Set()
const children = new Set()
const scratch = await mkdtemp(join(tmpdir(), 'acteon-test-'))

onSignals(async (signal) => {
  for (const child of children) child.kill(signal)
  await stop()
  await rm(scratch, { recursive: true, force: true })
})

const asked = process.argv.slice(2)
const known = STAGES.flat().map(({ name }) => name)
const unknown = asked.filter((name) => !known.includes(name))
if (unknown.length > 0) {
  console.error(`There is no step ${unknown.join(', ')}; there are ${known.join(', ')}.`)
  process.exit(2)
}
const stages = STAGES.map((stage) => stage.filter(({ name }) => asked.length === 0 || asked.includes(name)))

// Installing takes a while, so it begins at once; a step that needs nothing does not wait for it.
const needs = [...new Set(stages.flat().flatMap((step) => step.needs ?? []))]
const services = needs.length === 0 ? Promise.resolve({}) : provide(needs)
services.catch(() => {})

try {
  for (const stage of stages) await sideBySide(stage)
} finally {
  await stop()
  await rm(scratch, { recursive: true, force: true })
}
console.log(`${totals.passed} passed, ${totals.failed} failed`)
process.exitCode = totals.failed > 0 || totals.passed === 0 ? 1 : 0

async function sideBySide(steps) {
  const waiting = [...steps]
  const worker = async () => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) await take(step)
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, worker))
}

async function take(step) {
  const startedAt = Date.now()
  const result = await resultOf(step)
  totals.passed += result.passed
  totals.failed += result.failed
  if (result.failed === 0) passedSteps.add(step.name)
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1)
  const counts = step.vitest ? ` ${result.passed} passed, ${result.failed} failed${result.note ?? ''}` : ''
  console.log(`${result.failed === 0 ? 'ok    ' : 'FAILED'} ${step.name.padEnd(9)} ${seconds.padStart(5)} s${counts}`)
  if (result.failed > 0) console.log(indent(result.report))
}

async function resultOf(step) {
  const missing = (step.after ?? []).filter((name) => known.includes(name) && !passedSteps.has(name) && !skipped(name))
  if (missing.length > 0) return { passed: 0, failed: 1, report: `not run, because ${missing.join(', ')} failed` }
  let env = process.env
  if (step.needs !== undefined)
    try {
      env = { ...env, ...(await services) }
    } catch (error) {
      return { passed: 0, failed: 1, report: error.message }
    }
  if (step.vitest !== undefined) return runTests(step, env)
  const { status, said } = await execute(step.run, env)
  return status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1, report: said }
}

/** Steps may be named on the command line; then only those run. */
function skipped(name) {
  return asked.length > 0 && !asked.includes(name)
}

/** Runs a project of vitest.config.ts and counts its tests; a file that cannot be run counts as a failed test. */
async function runTests({ name, vitest }, env) {
  const file = join(scratch, `${name}.json`)
  const reporters = ['--reporter=json', `--outputFile=${file}`]
  const { status, said } = await execute([bin('vitest'), 'run', '--project', vitest, ...reporters], { ...env, CI: '1' })
  let report
  try {
    report = JSON.parse(await readFile(file, 'utf8'))
  } catch {
    return { passed: 0, failed: 1, report: said }
  }
  const lines = []
  let failed = 0
  for (const { name: path, status: ended, message, assertionResults } of report.testResults) {
    const broken = assertionResults.filter((test) => test.status === 'failed')
    for (const test of broken)
      lines.push(`${relative('.', path)}: ${test.fullName}\n${indent(test.failureMessages.join('\n'))}`)
    failed += broken.length
    if (ended === 'failed' && broken.length === 0) {
      failed++
      lines.push(`${relative('.', path)} could not be run\n${indent(message)}`)
    }
  }
  // An error outside of any test (an unhandled rejection) is only in the exit status.
  if (status !== 0 && failed === 0) {
    failed++
    lines.push(said)
  }
  const left = report.numPendingTests + report.numTodoTests
  return {
    passed: report.numPassedTests,
    failed,
    report: lines.join('\n'),
    ...(left > 0 && { note: `, ${left} skipped` }),
  }
}

function execute([program, ...args], env) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      env: { ...env, FORCE_COLOR: '0', NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    children.add(child)
    let said = ''
    child.stdout.on('data', (chunk) => (said += chunk))
    child.stderr.on('data', (chunk) => (said += chunk))
    child.on('error', (error) => (said += error.message))
    child.on('close', (status) => {
      children.delete(child)
      resolve({ status, said: said.trim() })
    })
  })
}

function indent(text = '') {
  const lines = text.split('\n')
  const shown =
    lines.length > 200
      ? [...lines.slice(0, 150), `… ${lines.length - 200} lines left out …`, ...lines.slice(-50)]
      : lines
  return shown.map((line) => `       ${line}`).join('\n')
}
