import { afterAll } from 'vitest'
import { databaseUrl, dropSchema, newPrefix } from '../../state/postgres/store.fixture.js'
import { ruleChangeCases } from '../rule-changes.fixture.js'

const prefix = newPrefix()
afterAll(() => dropSchema(databaseUrl(), prefix))

ruleChangeCases('PostgreSQL', () => {
  const database = `url = "${databaseUrl()}"\nprefix = "${prefix}"`
  return `[state]\nbackend = "postgres"\n${database}\n[audit]\nbackend = "postgres"`
})
