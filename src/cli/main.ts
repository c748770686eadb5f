import { Command, CommanderError } from 'commander'
import { ActeonError } from '../lib/errors.js'
import { VERSION } from '../lib/version.js'
import { EXIT, exitCodesText, exitOfError, Stop, type ExitName } from './exit.js'
import { processIo, type Io } from './io.js'

/** What a command's file is given. */
export interface Cli {
  io: Io
  /** The program with every command loaded. */
  whole(): Promise<Command>
  /** Wraps a command's work; what it returns is how the command ends (nothing: done). */
  act<A extends unknown[]>(work: (...args: A) => Promise<ExitName | void>): (...args: A) => Promise<void>
}

/** A command's file: it describes itself when it is called, so that the others need not be loaded. */
export interface CommandFile {
  define(command: Command, cli: Cli): void
}

const COMMANDS: Readonly<Record<string, { summary: string; load: () => Promise<CommandFile> }>> = {
  serve: {
    summary: 'run the gateway (also what runs without a command)',
    load: () => import('./commands/serve.js'),
  },
  init: { summary: 'write a commented configuration and a first rule', load: () => import('./commands/init.js') },
  rules: { summary: 'check rule files, and test what they decide', load: () => import('./commands/rules.js') },
  migrate: { summary: 'bring tables in PostgreSQL to this version', load: () => import('./commands/migrate.js') },
  config: { summary: 'check a configuration, or show what holds', load: () => import('./commands/config.js') },
  dispatch: { summary: 'hand in an action', load: () => import('./commands/dispatch.js') },
  explain: { summary: 'tell what became of an action, and why', load: () => import('./commands/explain.js') },
  tail: { summary: 'follow what happens, live', load: () => import('./commands/tail.js') },
  actions: { summary: 'list actions by a filter', load: () => import('./commands/actions.js') },
  events: { summary: 'list, show and move tracked events', load: () => import('./commands/events.js') },
  groups: { summary: 'list, show and flush groups', load: () => import('./commands/groups.js') },
  audit: { summary: 'search records of decisions, and replay', load: () => import('./commands/audit.js') },
  'dead-letters': {
    summary: 'see to what failed for good: list, show, edit, redeliver, discard',
    load: () => import('./commands/dead-letters.js'),
  },
  providers: { summary: 'list providers, check one, send a test', load: () => import('./commands/providers.js') },
  breakers: {
    summary: 'list circuits of providers, open and close them',
    load: () => import('./commands/breakers.js'),
  },
  render: { summary: 'show the message that a provider would make', load: () => import('./commands/render.js') },
  reload: { summary: 'have a server reread its configuration', load: () => import('./commands/reload.js') },
  auth: {
    summary: 'make keys, hash passwords, seal values of the configuration',
    load: () => import('./commands/auth.js'),
  },
  completion: {
    summary: 'print what makes bash, zsh or fish complete commands',
    load: () => import('./commands/completion.js'),
  },
}

const EXAMPLES = `
Examples:
  acteon init                             write acteon.toml and rules/first.yaml here
  acteon -c acteon.toml                   run the gateway
  acteon dispatch action.json             hand in an action
  acteon explain 0199…                    why it became what it became
  acteon rules check rules/ -c acteon.toml

Commands that talk to a server take --endpoint (or ACTEON_ENDPOINT, default http://127.0.0.1:8080), --api-key (or
ACTEON_API_KEY) and --json.

Exit codes:
${exitCodesText()}
`

/**
 * Runs the command line.
 * @param argv the arguments after the program's name
 * @returns the exit code
 */
export async function main(argv: string[], io: Io): Promise<number> {
  let ended: ExitName = 'ok'
  const cli: Cli = {
    io,
    whole: () => wholeProgram(io),
    act:
      (work) =>
      async (...args) => {
        ended = (await work(...args)) ?? 'ok'
      },
  }
  try {
    const words = servesBy(argv[0]) ? ['serve', ...argv] : argv
    await (await programFor(words, cli)).parseAsync(words, { from: 'user' })
    return EXIT[ended].code
  } catch (error) {
    return EXIT[tell(error, io, argv.includes('--json'))].code
  }
}

/** Without a command the gateway runs: `acteon -c acteon.toml`. */
const servesBy = (first: string | undefined): boolean =>
  first === undefined || (first.startsWith('-') && !['-h', '--help', '-V', '--version'].includes(first))

/** The program with all commands named; only the one that is called is loaded. */
async function programFor(words: string[], cli: Cli): Promise<Command> {
  const called = words[0] === 'help' ? words[1] : words[0]
  return programWith((name) => name === called, cli)
}

/** The program with every command loaded, for its reference. */
export const wholeProgram = (io: Io): Promise<Command> =>
  programWith(() => true, { io, whole: () => wholeProgram(io), act: () => async () => undefined })

async function programWith(isWanted: (name: string) => boolean, cli: Cli): Promise<Command> {
  const program = new Command('acteon')
    .description('An action gateway: rules decide what becomes of each action, providers carry it out.')
    .version(VERSION, '-V, --version')
    .usage('[command] [options]')
    .addHelpText('after', EXAMPLES)
    .helpCommand('help [command]', 'show help for a command, or `help exit-codes`')
    .showSuggestionAfterError()
  for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
    const command = program.command(name).summary(summary)
    if (isWanted(name)) (await load()).define(command, cli)
  }
  program.command('exit-codes', { hidden: true }).action(() => cli.io.out(`${exitCodesText()}\n`)).helpInformation =
    () => `Exit codes:\n${exitCodesText()}\n`
  quiet(program, cli.io)
  return program
}

/** Lets commander neither end the process nor write past `io`. */
function quiet(command: Command, io: Io): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => io.out(text),
    writeErr: (text) => io.err(text),
    getOutHelpWidth: () => Math.min(io.width, 110),
    getErrHelpWidth: () => Math.min(io.width, 110),
  })
  for (const child of command.commands) quiet(child, io)
}

/** Says what went wrong, on standard error. */
function tell(error: unknown, io: Io, asJson: boolean): ExitName {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 'ok' : 'usage'
  if (error instanceof Stop) {
    io.err(asJson ? `${JSON.stringify({ error: error.message, ...error.body })}\n` : `${error.message}\n`)
    return error.exit
  }
  if (error instanceof ActeonError) {
    io.err(asJson ? `${JSON.stringify(error.body())}\n` : `${errorText(error)}\n`)
    return exitOfError(error)
  }
  io.err(
    `This is a fault of Acteon itself:\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  )
  return 'internal'
}

/** The message, or every problem on its own line where there are several. */
function errorText({ message, details }: ActeonError): string {
  const { errors, problems } = details as { errors?: unknown; problems?: { text?: string }[] }
  const lines = Array.isArray(errors) ? errors.map(String) : (problems ?? []).flatMap(({ text }) => text ?? [])
  return lines.length > 1 ? lines.join('\n') : message
}

/** Runs as the process: its arguments, its streams, its exit code. */
export async function run(): Promise<void> {
  process.exitCode = await main(process.argv.slice(2), processIo())
}
