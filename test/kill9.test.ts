/**
 * The built server, killed with `kill -9` at random moments under load and started again. Judged are only the callers'
 * log, the receiver's log and what the API says afterwards.
 *
 *   KILL9_SEED=7 KILL9_KILLS=200 npx vitest run test/kill9.test.ts
 */
import { killUnderLoad } from './kill9/story.js'

const seed = Number(process.env['KILL9_SEED'] ?? Date.now() % 1_000_000)

killUnderLoad({ state: 'embedded', nodes: 1, kills: Number(process.env['KILL9_KILLS'] ?? 32), seed })
