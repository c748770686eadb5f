import type { Command } from 'commander'
import { apiOf, step, withScope, withServer, type ScopeOptions, type ServerOptions } from '../api.js'
import type { Cli } from '../main.js'
import { storyText, type StoryParts } from '../render/story.js'
import { jsonText } from '../render/table.js'

export function define(command: Command, { io, act }: Cli): void {
  withScope(withServer(command))
    .description(
      'Tells what became of an action, and why: what arrived, each rule with the values it found, gates, attempts, outcome, and what happened later.',
    )
    .argument('<action_id>', 'the id that the dispatch answered')
    .addHelpText(
      'after',
      '\nExamples:\n  acteon explain 01993f8e-2c51-7c1a-9d0b-5e8f0a1b2c3d\n  acteon explain order-17 --tenant acme --json',
    )
    .action(
      act(async (id: string, options: ServerOptions & ScopeOptions) => {
        const { namespace, tenant } = options
        const story = await apiOf(options, io).call<StoryParts>('GET', `/v1/actions/${step(id)}`, {
          query: { namespace, tenant },
        })
        io.out(options.json === true ? jsonText(story) : storyText(story))
      }),
    )
}
