import type { Command } from 'commander'
import type { Io } from '../io.js'
import type { Cli } from '../main.js'
import { readConfig } from '../read-config.js'

export function define(command: Command, { io, act }: Cli): void {
  command
    .description('Brings the tables in PostgreSQL to this version. A start does the same; here it is done beforehand.')
    .option('-c, --config <file>', 'acteon.toml; the one here when absent')
    .addHelpText('after', '\nExample:\n  acteon migrate -c acteon.toml')
    .action(act((options: { config?: string }) => migrate(options, io)))
}

async function migrate(options: { config?: string }, io: Io): Promise<void> {
  const { config } = await readConfig(options.config, io)
  const { migrateStores } = await import('../../server/index.js')
  const done = await migrateStores(config)
  io.out(
    done.length === 0
      ? 'Nothing to do: neither [state] nor [audit] has backend = "postgres".\n'
      : `${done.join('\n')}\n`,
  )
}
