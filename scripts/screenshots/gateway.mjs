// The gateway in the pictures: a real one, on its own data, with people and programs that sign in.
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import os, { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hash } from '@node-rs/argon2'
import './clock.mjs'
import { loadConfig } from '../../dist/config/load.js'
import { startServer } from '../../dist/server/index.js'

export const PASSWORD = 'correct horse battery'
const everything = 'grants = [{ tenants = ["*"], namespaces = ["*"], providers = ["*"], actions = ["*"] }]'
const USERS = { 'mara.lindqvist': 'admin', 'jonas.weber': 'operator' }
const KEYS = ['alertmanager-eu', 'billing', 'agents', 'deploys', 'eu-infra', 'web', 'accounts']
// What a machine calls itself, its folder and its port are in the pictures: the same each time.
const NODE = 'gateway-1'
const PORT = 8180
os.hostname = () => NODE
syncBuiltinESMExports()

/** The key of a program; nobody has to keep it secret. */
export const keyOf = (name) => `acteon_${createHash('sha256').update(name).digest('hex')}`

const folder = join(tmpdir(), 'acteon-screenshots')

/** Writes its files anew. */
export async function configure() {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  const from = (path) => join(import.meta.dirname, path)
  cpSync(from('../ui-traffic/rules'), join(folder, 'rules'), { recursive: true })
  cpSync(from('gateway/rules'), join(folder, 'rules'), { recursive: true })
  cpSync(from('gateway/acteon.toml'), join(folder, 'acteon.toml'))
  const users = await Promise.all(
    Object.entries(USERS).map(
      async ([name, role]) =>
        `[[users]]\nusername = "${name}"\npassword_hash = "${await hash(PASSWORD)}"\nrole = "${role}"\n${everything}`,
    ),
  )
  const keys = KEYS.map(
    (name) =>
      `[[api_keys]]\nname = "${name}"\nkey_hash = "${createHash('sha256').update(keyOf(name)).digest('hex')}"\nrole = "operator"\n${everything}`,
  )
  const settings = `[settings]\njwt_secret = "${'0123456789abcdef'.repeat(2)}"`
  writeFileSync(join(folder, 'auth.toml'), [settings, ...users, ...keys].join('\n\n'))
}

/** Starts it on what is there. @returns where it listens, and how to stop it */
export async function gateway() {
  const { config, origins } = await loadConfig('acteon.toml', { env: {}, cwd: folder })
  const server = await startServer(config, { origins, host: '127.0.0.1', port: PORT })
  return { url: server.url, stop: () => server.stop() }
}
export const removeFiles = () => rmSync(folder, { recursive: true, force: true })
