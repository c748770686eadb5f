import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { findByKey } from '../../access/keys.js'
import { passwordFits } from '../../access/passwords.js'
import { parseAuthFile } from '../../config/auth-file.js'
import { acteon } from '../io.fixture.js'

it('create-key prints what the file keeps, which fits the key that it shows', async () => {
  const { code, out, err } = await acteon([
    'auth',
    'create-key',
    'shop',
    '--role',
    'viewer',
    '--tenant',
    'acme',
    'bolt',
  ])
  expect(code).toBe(0)
  const { keys } = await parseAuthFile(out, {}, 'auth.toml')
  const key = /^acteon_[\w-]{43}$/m.exec(err)![0]
  expect(out).not.toContain(key)
  expect(findByKey(keys, key)).toMatchObject({ name: 'shop', role: 'viewer', grants: [{ tenants: ['acme', 'bolt'] }] })
  expect(findByKey(keys, `${key}x`)).toBeNull()
})

it('create-key refuses a role that does not exist, and an end that is no time', async () => {
  expect(await acteon(['auth', 'create-key', 'x', '--role', 'king'])).toMatchObject({ code: 2, out: '' })
  expect(await acteon(['auth', 'create-key', 'x', '--expires-at', 'soon'])).toMatchObject({ code: 78, out: '' })
})

it('hash-password prints a hash that fits the password and no other', async () => {
  const { out } = await acteon(['auth', 'hash-password'], { stdin: 'hunter2\n' })
  expect(await passwordFits(out.trim(), 'hunter2')).toBe(true)
  expect(await passwordFits(out.trim(), 'hunter3')).toBe(false)
  expect(await passwordFits(null, 'hunter2')).toBe(false)
})

it('encrypt seals a value that decrypt, and a file, open; an exchanged key still opens what the old one sealed', async () => {
  const [old, fresh] = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')]
  const secret = '0123456789abcdef0123456789abcdef'
  const { out } = await acteon(['auth', 'encrypt'], { stdin: `${secret}\n`, env: { ACTEON_AUTH_KEY: old } })
  expect(out).toMatch(/^ENC\[.+\]\n$/)
  const both = { ACTEON_AUTH_KEY: `${fresh},${old}` }
  expect((await acteon(['auth', 'decrypt'], { stdin: out, env: both })).out).toBe(`${secret}\n`)
  const text = `[settings]\njwt_secret = "${out.trim()}"\n`
  expect((await parseAuthFile(text, both, 'auth.toml')).jwt_secret).toEqual(Buffer.from(secret))
  await expect(parseAuthFile(text, { ACTEON_AUTH_KEY: fresh }, 'auth.toml')).rejects.toThrow(
    /^auth\.toml:2:1: settings\.jwt_secret: cannot be opened: it was sealed with key [0-9a-f]{8}, which is not in/,
  )
  await expect(parseAuthFile(text, {}, 'auth.toml')).rejects.toThrow(/ACTEON_AUTH_KEY is not set/)
  expect(await acteon(['auth', 'encrypt'], { stdin: secret })).toMatchObject({ code: 2, out: '' })
})
