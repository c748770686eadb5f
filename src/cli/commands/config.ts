import type { Command } from 'commander'
import type { Cli } from '../main.js'
import { readConfig } from '../read-config.js'
import { jsonText, table } from '../render/table.js'

interface ConfigOptions {
  config?: string
  json?: boolean
  origins?: boolean
}

export function define(command: Command, { io, act }: Cli): void {
  command.description('The configuration: acteon.toml, the environment, and defaults.')

  command
    .command('check')
    .description('Says whether a configuration is right; names every problem with its file, line and column.')
    .argument('[file]', 'the file; acteon.toml here when absent')
    .option('-c, --config <file>', 'the same')
    .option('--json', 'print JSON, for programs')
    .addHelpText('after', '\nEnds with 78 when it is refused.\n\nExample:\n  acteon config check acteon.toml')
    .action(
      act(async (file: string | undefined, options: ConfigOptions) => {
        const { config, file: read } = await readConfig(file ?? options.config, io)
        const { createProviders } = await import('../../providers/registry.js')
        const { systemClock, systemEntropy } = await import('../../lib/clock.js')
        // A provider checks what its schema cannot say when it is made.
        const machine = { clock: systemClock, entropy: systemEntropy, log: () => undefined }
        await createProviders(config.providers, machine).close()
        const { providers, machines } = config
        const found = `${counted(providers.length, 'provider')}, ${counted(machines.length, 'state machine')}`
        io.out(
          options.json === true
            ? jsonText({ ok: true, file: read ?? null, providers: providers.length, state_machines: machines.length })
            : `${read ?? 'The defaults'}: right (${found}).\n`,
        )
      }),
    )

  command
    .command('show')
    .description('Prints what holds, defaults and environment included; secrets are hidden.')
    .argument('[file]', 'the file; acteon.toml here when absent')
    .option('-c, --config <file>', 'the same')
    .option(
      '--origins',
      'value by value, each with where it came from: the file and its line, a variable, or the default',
    )
    .option('--json', 'as JSON instead of TOML')
    .action(
      act(async (file: string | undefined, options: ConfigOptions) => {
        const { config, origins } = await readConfig(file ?? options.config, io)
        const { machines: _compiled, ...written } = config
        const shown = JSON.parse(JSON.stringify(written)) as Record<string, unknown>
        if (options.origins === true) {
          const { configValues, originText } = await import('../../config/origins.js')
          const values = await configValues(shown, origins)
          if (options.json === true) return io.out(jsonText(values))
          const rows = values.map(({ key, value, ...origin }) => [key, originText(origin, origins.file), plain(value)])
          return io.out(`${table(['KEY', 'FROM', 'VALUE'], rows, io.width)}\n`)
        }
        if (options.json === true) return io.out(jsonText(shown))
        const { stringify } = await import('smol-toml')
        io.out(`${stringify(shown)}\n`)
      }),
    )
}

const plain = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
const counted = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`
