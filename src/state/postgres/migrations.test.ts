import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { comesBefore, VERSION } from '../../lib/version.js'
import { migrateState } from './open.js'
import { databaseUrl, dropSchema, newPrefix } from './store.fixture.js'

const prefix = newPrefix()
let client: pg.Client
beforeEach(async () => {
  client = new pg.Client({ connectionString: databaseUrl() })
  await client.connect()
  await migrateState(databaseUrl(), prefix)
})
afterEach(async () => {
  await client.end()
  await dropSchema(databaseUrl(), prefix)
})

const there = async () =>
  (
    await client.query<{ version: number; functions: string; program: string }>(
      `SELECT version, functions, program FROM ${prefix}.acteon_version WHERE part = 'state'`,
    )
  ).rows[0]!
const set = (what: string) => client.query(`UPDATE ${prefix}.acteon_version SET ${what}`)
/** A function that says which program made it. */
const replaced = async (): Promise<boolean> => {
  const { rows } = await client.query<{ body: string }>(
    `SELECT prosrc AS body FROM pg_proc WHERE proname = 'time_now' AND pronamespace = '${prefix}'::regnamespace`,
  )
  return rows[0]!.body.includes('of another version')
}
const ofAnotherVersion = () =>
  client.query(
    `CREATE OR REPLACE FUNCTION ${prefix}.time_now(given float8) RETURNS float8 LANGUAGE sql AS $$ SELECT 1.0::float8 /* of another version */ $$`,
  )

describe('tables that a node finds', () => {
  it('of a newer Acteon are refused, and nothing is changed', async () => {
    await set('version = version + 1')
    const before = await there()
    await expect(migrateState(databaseUrl(), prefix)).rejects.toMatchObject({
      code: 'DATA_DAMAGED',
      message: expect.stringMatching(/written by a newer Acteon.*nothing was changed/) as string,
    })
    expect(await there()).toEqual(before)
  })

  it('get the functions of a version that is as new or newer', async () => {
    expect((await there()).program).toBe(VERSION)
    for (const program of ['', '0.0.1', VERSION]) {
      await ofAnotherVersion()
      await set(`functions = 'others', program = '${program}'`)
      await migrateState(databaseUrl(), prefix)
      expect(await replaced(), program).toBe(false)
      expect((await there()).program).toBe(VERSION)
    }
  })

  it('keep the functions of a newer version, so that a node that starts late in an upgrade takes nothing back', async () => {
    await ofAnotherVersion()
    await set(`functions = 'others', program = '999.0.0'`)
    await migrateState(databaseUrl(), prefix)
    expect(await replaced()).toBe(true)
    expect(await there()).toMatchObject({ functions: 'others', program: '999.0.0' })
  })

  it('are brought on from before it was known whose functions they are', async () => {
    await client.query(`ALTER TABLE ${prefix}.acteon_version DROP COLUMN program`)
    await client.query(`UPDATE ${prefix}.acteon_version SET functions = 'others'`)
    await migrateState(databaseUrl(), prefix)
    expect((await there()).program).toBe(VERSION)
  })
})

it('versions are in the order of their numbers', () => {
  expect(comesBefore('0.9.0', '0.10.0')).toBe(true)
  expect(comesBefore('1.0.0-rc.1', '1.0.0')).toBe(false)
  expect(comesBefore('1.2.3', '1.2.3')).toBe(false)
  expect(comesBefore('2.0.0', '1.9.9')).toBe(false)
})
