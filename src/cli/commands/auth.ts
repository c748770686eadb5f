import type { Command } from 'commander'
import { ROLES } from '../../access/identity.js'
import { systemEntropy } from '../../lib/clock.js'
import { Stop } from '../exit.js'
import type { Io } from '../io.js'
import type { Cli } from '../main.js'
import { jsonText } from '../render/table.js'

interface KeyOptions {
  role: string
  tenant: string[]
  namespace: string[]
  provider: string[]
  action: string[]
  expiresAt?: string
  json?: boolean
}

export function define(command: Command, { io, act }: Cli): void {
  command.description('Keys, passwords and sealed values for auth.toml and acteon.toml. Nothing here asks a server.')

  command
    .command('create-key')
    .description(
      'Makes an API key. What auth.toml keeps of it goes to standard output, the key itself to standard error.',
    )
    .argument('<name>', 'how records name whoever has it')
    .option('--role <role>', `one of ${ROLES.join(', ')}`, 'operator')
    .option('--tenant <tenant...>', 'tenants that it covers, with their children', ['*'])
    .option('--namespace <namespace...>', 'namespaces that it covers', ['*'])
    .option('--provider <provider...>', 'providers that it covers', ['*'])
    .option('--action <action_type...>', 'kinds of action that it covers', ['*'])
    .option('--expires-at <time>', 'when it ends (RFC 3339)')
    .option('--json', 'print JSON, for programs')
    .addHelpText(
      'after',
      '\nThe key is shown once, and stored nowhere.\n\nExamples:\n  acteon auth create-key admin --role admin >> auth.toml\n  acteon auth create-key shop --role operator --tenant acme --namespace shop >> auth.toml',
    )
    .action(act((name: string, options: KeyOptions) => createKeyFor(name, options, io)))

  command
    .command('hash-password')
    .description('Reads a password from standard input, and prints its argon2id hash for auth.toml.')
    .addHelpText('after', '\nExample:\n  acteon auth hash-password < password.txt')
    .action(
      act(async () => {
        const password = firstLine(io, 'a password')
        const { hashPassword } = await import('../../access/passwords.js')
        io.out(`${await hashPassword(password)}\n`)
      }),
    )

  command
    .command('encrypt')
    .description('Reads a secret from standard input, and seals it for auth.toml or acteon.toml: ENC[…].')
    .addHelpText(
      'after',
      '\nThe key is in ACTEON_AUTH_KEY: 32 bytes as hex or base64. Several, separated by commas, exchange a key: the first seals, all open; `acteon auth decrypt | acteon auth encrypt` seals anew.\n\nExample:\n  export ACTEON_AUTH_KEY=$(openssl rand -hex 32)\n  acteon auth encrypt < token.txt',
    )
    .action(
      act(async () => {
        const { sealValue } = await import('../../config/sealed-values.js')
        io.out(`${sealValue(await sealerOf(io), firstLine(io, 'a secret'))}\n`)
      }),
    )

  command
    .command('decrypt')
    .description('Reads an ENC[…] value from standard input, and prints what is in it.')
    .action(
      act(async () => {
        const { openValue } = await import('../../config/sealed-values.js')
        io.out(`${openValue(await sealerOf(io), firstLine(io, 'an ENC[…] value').trim())}\n`)
      }),
    )
}

async function createKeyFor(name: string, options: KeyOptions, io: Io): Promise<void> {
  const { createKey } = await import('../../access/keys.js')
  const { role, expiresAt, tenant, namespace, provider, action, json } = options
  if (!(ROLES as readonly string[]).includes(role))
    throw new Stop('usage', `--role "${role}" is none; expected one of ${ROLES.join(', ')}.`)
  const { key, key_hash } = createKey(systemEntropy)
  const { stringify } = await import('smol-toml')
  const grants = [{ tenants: tenant, namespaces: namespace, providers: provider, actions: action }]
  const entry = { name, key_hash, role, ...(expiresAt !== undefined && { expires_at: expiresAt }), grants }
  const text = stringify({ api_keys: [entry] })
  // What is printed must be what the server takes.
  const { parseAuthFile } = await import('../../config/auth-file.js')
  await parseAuthFile(text, {}, 'the new entry')
  if (json === true) return io.out(jsonText({ key, ...entry }))
  io.out(`\n${text}\n`)
  io.err(`The key of "${name}", shown once:\n${key}\n`)
}

async function sealerOf({ env }: Io) {
  const { AUTH_KEY, valueSealer } = await import('../../config/sealed-values.js')
  const sealer = valueSealer(env)
  if (sealer.seals) return sealer
  throw new Stop(
    'usage',
    `${AUTH_KEY} is not set; \`export ${AUTH_KEY}=$(openssl rand -hex 32)\` makes a key. Keep it.`,
  )
}

function firstLine(io: Io, what: string): string {
  const text = io.stdin().replace(/\r?\n$/, '')
  if (text === '') throw new Stop('usage', `Standard input is empty; expected ${what}.`)
  return text
}
