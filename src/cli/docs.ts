import type { Command } from 'commander'
import { exitCodesText } from './exit.js'
import type { Io } from './io.js'
import { wholeProgram } from './main.js'

/** The reference of the command line in Markdown, made from the commands' own help. */
export async function commandsDoc(io: Io): Promise<string> {
  const program = await wholeProgram(io)
  return [
    INTRODUCTION,
    'Exit codes say what happened:',
    fenced(exitCodesText()),
    ...program.commands
      .filter((command) => command.name() !== 'exit-codes')
      .flatMap((command) => commandDoc(command, 2)),
    '',
  ].join('\n\n')
}

const INTRODUCTION = `# The command

\`acteon\` runs the gateway and talks to one that runs. Without a command it serves: \`acteon -c acteon.toml\`.

Commands that talk to a server take \`--endpoint\` (or \`ACTEON_ENDPOINT\`, default \`http://127.0.0.1:8080\`), \`--api-key\` (or
\`ACTEON_API_KEY\`) and \`--json\`. Lists are tables for people; with \`--json\` they are what the API answered. Errors go to
standard error, with \`--json\` as JSON.

This page is made from the commands' own help.`

const fenced = (text: string): string => `\`\`\`text\n${text.trimEnd()}\n\`\`\``

function commandDoc(command: Command, depth: number): string[] {
  const name = [...parents(command), command.name()].join(' ')
  const children = command.commands.filter((child) => child.name() !== 'help')
  // Help as a reader gets it, with its examples.
  let help = ''
  command.configureOutput({
    writeOut: (text) => (help += text),
    getOutHelpWidth: () => 110,
    getOutHasColors: () => false,
  })
  command.outputHelp()
  return [
    `${'#'.repeat(depth)} \`${name}\``,
    ...(children.length === 0 ? [fenced(help)] : [command.description()]),
    ...children.flatMap((child) => commandDoc(child, depth + 1)),
  ]
}

const parents = (command: Command): string[] =>
  command.parent === null ? [] : [...parents(command.parent), command.parent.name()]
