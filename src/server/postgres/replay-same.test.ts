import { afterAll } from 'vitest'
import { databaseUrl, dropSchema, newPrefix } from '../../state/postgres/store.fixture.js'
import { sameRulesSuite } from '../replay-same.fixture.js'

const prefix = newPrefix()
sameRulesSuite('by two nodes on PostgreSQL', {
  stores: () =>
    `[state]\nbackend = "postgres"\nurl = "${databaseUrl()}"\nprefix = "${prefix}"\n[audit]\nbackend = "postgres"\n`,
  nodes: 2,
  migrate: true,
})
afterAll(() => dropSchema(databaseUrl(), prefix))
