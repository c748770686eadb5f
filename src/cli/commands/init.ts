import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { Stop } from '../exit.js'
import type { Cli } from '../main.js'
import { FIRST_FILES } from '../first-files.js'

export function define(command: Command, { io, act }: Cli): void {
  command
    .description('Writes a commented acteon.toml, a first rule and its test. Nothing that is there is overwritten.')
    .argument('[directory]', 'where; here when absent')
    .addHelpText('after', '\nExamples:\n  acteon init\n  acteon init gateway && cd gateway && acteon')
    .action(
      act(async (directory: string = '.') => {
        const folder = resolve(io.cwd, directory)
        const there = Object.keys(FIRST_FILES).filter((name) => existsSync(join(folder, name)))
        if (there.length > 0)
          throw new Stop(
            'failed',
            `${there.map((name) => join(directory, name)).join(', ')}: already there, so nothing was written.`,
          )
        for (const [name, text] of Object.entries(FIRST_FILES)) {
          mkdirSync(dirname(join(folder, name)), { recursive: true })
          // `wx`: what appeared since we looked is not overwritten either.
          writeFileSync(join(folder, name), text, { flag: 'wx' })
          io.out(`wrote ${join(directory, name)}\n`)
        }
        const enter = directory === '.' ? '' : `cd ${directory} && `
        io.out(`\nNow:\n  ${enter}acteon rules test tests/first.yaml\n  ${enter}acteon -c acteon.toml\n`)
      }),
    )
}
