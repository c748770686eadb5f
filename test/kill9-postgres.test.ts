/** Three nodes on one PostgreSQL, killed in turn under load; see kill9.test.ts. */
import { killUnderLoad } from './kill9/story.js'

const seed = Number(process.env['KILL9_SEED'] ?? Date.now() % 1_000_000)

killUnderLoad({ state: 'postgres', nodes: 3, kills: Number(process.env['KILL9_KILLS'] ?? 8), seed })
