import { Argument, type Command } from 'commander'
import type { Cli } from '../main.js'

const SHELLS = ['bash', 'zsh', 'fish'] as const
type Shell = (typeof SHELLS)[number]

export function define(command: Command, { io, act, whole }: Cli): void {
  command
    .description('Prints what makes a shell complete commands and options.')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .addHelpText(
      'after',
      '\nExamples:\n  source <(acteon completion bash)      now; the same line in ~/.bashrc: always\n  source <(acteon completion zsh)\n  acteon completion fish > ~/.config/fish/completions/acteon.fish',
    )
    .action(act(async (shell: Shell) => io.out(completionFor(shell, wordsOf(await whole())))))
}

interface Word {
  name: string
  summary: string
}

/** What may follow one command: `path` is its words after the program's name, empty for the program itself. */
interface Place {
  path: string
  commands: Word[]
  options: Word[]
}

function wordsOf(command: Command, path: string[] = []): Place[] {
  const help = command.createHelp()
  const children = help.visibleCommands(command)
  return [
    {
      path: path.join(' '),
      commands: children.map((child) => ({ name: child.name(), summary: child.summary() || child.description() })),
      options: help
        .visibleOptions(command)
        .flatMap(({ long, description }) => (long ? [{ name: long, summary: description }] : [])),
    },
    ...children.filter((child) => child.name() !== 'help').flatMap((child) => wordsOf(child, [...path, child.name()])),
  ]
}

/** The text that a shell reads. Names are the program's own: letters and hyphens. */
function completionFor(shell: Shell, places: Place[]): string {
  if (shell === 'fish') return fish(places)
  const bash = bashFunction(places)
  return shell === 'bash' ? bash : `autoload -U +X bashcompinit && bashcompinit\n${bash}`
}

function bashFunction(places: Place[]): string {
  const cases = places.map(
    ({ path, commands, options }) => `    '${path}') commands='${names(commands)}' options='${names(options)}' ;;`,
  )
  return `_acteon() {
  local path='' commands options word i
  _acteon_at ''
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ " $commands " == *" $word "* ]]; then
      path=\${path:+$path }$word
      _acteon_at "$path"
    fi
  done
  word=\${COMP_WORDS[COMP_CWORD]}
  if [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$word"))
  else
    COMPREPLY=($(compgen -W "$commands" -- "$word"))
  fi
}
_acteon_at() {
  case $1 in
${cases.join('\n')}
    *) commands='' ;;
  esac
}
complete -o default -F _acteon acteon
`
}

const names = (words: Word[]): string => words.map(({ name }) => name).join(' ')

function fish(places: Place[]): string {
  const lines = places.flatMap(({ path, commands, options }) => {
    const words = path === '' ? [] : path.split(' ')
    const here = words.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and ')
    const next = names(commands)
    const subcommand = path === '' ? '__fish_use_subcommand' : `${here}; and not __fish_seen_subcommand_from ${next}`
    return [
      ...commands.map(
        ({ name, summary }) => `complete -c acteon -n '${subcommand}' -f -a ${name} -d ${quoted(summary)}`,
      ),
      ...options.map(
        ({ name, summary }) =>
          `complete -c acteon${here === '' ? '' : ` -n '${here}'`} -l ${name.slice(2)} -d ${quoted(summary)}`,
      ),
    ]
  })
  return `${lines.join('\n')}\n`
}

const quoted = (text: string): string => `'${text.replaceAll(/[\\']/g, '\\$&').replaceAll('\n', ' ')}'`
