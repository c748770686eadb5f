import { describe } from 'vitest'
import { openPostgresState } from '../../state/postgres/open.js'
import { databaseUrl, dropSchema, newPrefix } from '../../state/postgres/store.fixture.js'
import { testNodes } from '../nodes.fixture.js'

describe('nodes that share a PostgreSQL', () => {
  testNodes({
    configuration: (prefix) => `[state]\nbackend = "postgres"\nurl = "${databaseUrl()}"\nprefix = "${prefix}"\n`,
    open: (prefix) => openPostgresState({ url: databaseUrl(), prefix, audit: 'off' }),
    newPrefix,
    remove: (prefix) => dropSchema(databaseUrl(), prefix),
  })
})
