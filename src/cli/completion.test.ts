import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { acteon } from './io.fixture.js'

/** What bash offers for the last of these words. */
async function offered(...words: string[]): Promise<string[]> {
  const { out } = await acteon(['completion', 'bash'])
  const script = `${out}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _acteon; printf '%s\\n' "\${COMPREPLY[@]}"`
  return execFileSync('bash', ['-c', script, 'bash', ...words], { encoding: 'utf8' })
    .split('\n')
    .filter((word) => word !== '')
}

it('bash is offered commands, commands of commands, and options', async () => {
  expect(await offered('acteon', 'ev')).toEqual(['events'])
  expect(await offered('acteon', 'events', 'l')).toEqual(['list'])
  expect(await offered('acteon', 'events', 'list', '--ten')).toEqual(['--tenant'])
  expect(await offered('acteon', '--api-key', 'x', 'rules', 'ch')).toEqual(['check'])
})

it('zsh and fish get their own form, and another shell is refused', async () => {
  const zsh = await acteon(['completion', 'zsh'])
  expect(zsh.out).toMatch(/^autoload -U \+X bashcompinit/)
  const fish = await acteon(['completion', 'fish'])
  expect(fish.out).toContain("complete -c acteon -n '__fish_use_subcommand' -f -a events -d ")
  expect(fish.out).toContain("complete -c acteon -n '__fish_seen_subcommand_from events; and ")
  const other = await acteon(['completion', 'tcsh'])
  expect(other).toMatchObject({ code: 2, out: '' })
  expect(other.err).toContain('Allowed choices are bash, zsh, fish')
})
