import { defineConfig } from 'vitest/config'

const shared = { testTimeout: 20_000, hookTimeout: 30_000, pool: 'forks', allowOnly: false } as const

const BACKENDS = 'src/**/{redis,postgres}/**/*.test.ts'

export default defineConfig({
  test: {
    globalSetup: 'test/temporary.ts',
    projects: [
      // Beside the code, from its sources.
      { test: { ...shared, name: 'unit', include: ['src/**/*.test.ts', 'ui/src/**/*.test.ts'], exclude: [BACKENDS] } },
      // Also beside the code; they need the real servers, whose addresses REDIS_URL and DATABASE_URL give.
      { test: { ...shared, name: 'backends', include: [BACKENDS] } },
      // What crosses rooms: the built program, started as a user starts it. Needs `npm run build` first.
      { test: { ...shared, name: 'programs', include: ['test/**/*.test.ts'] } },
    ],
  },
})
