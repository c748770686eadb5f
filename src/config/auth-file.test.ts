import { expect, it } from 'vitest'
import { parseAuthFile } from './auth-file.js'

const HASH = 'a'.repeat(64)
const GRANT = 'grants = [{ tenants = ["*"], namespaces = ["*"], providers = ["*"], actions = ["*"] }]'
const key = (more = '') => `[[api_keys]]\nname = "k"\nkey_hash = "${HASH}"\nrole = "admin"\n${GRANT}\n${more}`

it('reads keys with their end and their rate', async () => {
  const { keys } = await parseAuthFile(
    key('expires_at = 2027-01-31T00:00:00Z\nrate_limit = { requests = 10 }\n'),
    {},
    'auth.toml',
  )
  expect(keys.get(HASH)).toMatchObject({
    expires_at: Date.parse('2027-01-31T00:00:00Z'),
    rate_limit: { requests: 10, windowMs: 60_000 },
  })
})

it.each([
  ['a role that does not exist', key().replace('admin', 'king'), /^auth\.toml:4:1: api_keys\[0\]\.role: /],
  ['a key without grants', key().replace(/^grants.*$/m, ''), /api_keys\[0\].*grants/],
  ['a misspelt name', key('expire_at = "x"'), /^auth\.toml:6:1: .*did you mean "expires_at"/],
  ['a hash that is none', key().replace(HASH, 'abc'), /key_hash: is no SHA-256/],
  ['an end without its offset', key('expires_at = 2027-01-31'), /expires_at: is no time/],
  ['the same name twice', key() + key().replace(HASH, 'b'.repeat(64)), /api_keys\[1\]\.name: is the same/],
  [
    'a short secret',
    '[settings]\njwt_secret = "hunter2"\n',
    /^auth\.toml:2:1: settings\.jwt_secret: has fewer than 32/,
  ],
  ['a long life of tokens', '[settings]\njwt_expiry_seconds = 7200\n', /jwt_expiry_seconds/],
  [
    'users without a secret',
    `[[users]]\nusername = "u"\npassword_hash = "x"\nrole = "viewer"\n${GRANT}\n`,
    /jwt_secret: is missing/,
  ],
  ['what is no TOML', '[[', /^auth\.toml:1:/],
])('refuses %s, and says where', async (_, text, says) => {
  const error = await parseAuthFile(text, {}, 'auth.toml').catch((thrown: unknown) => thrown as Error)
  expect((error as Error).message).toMatch(says)
  expect(JSON.stringify(error)).not.toContain('hunter2')
})
