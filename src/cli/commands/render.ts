import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { parseAction } from '../../action/action.js'
import type { Config } from '../../config/check.js'
import { systemEntropy } from '../../lib/clock.js'
import { idSource } from '../../lib/ids.js'
import { isObject } from '../../lib/json.js'
import { createRenderer, isMessageType, MESSAGE_TYPES } from '../../messages/render.js'
import { NO_TEMPLATES, openTemplates } from '../../messages/templates.js'
import { apiOf, withServer, type ServerOptions } from '../api.js'
import { Stop } from '../exit.js'
import type { Io } from '../io.js'
import type { Cli } from '../main.js'
import { readConfig } from '../read-config.js'
import { jsonText } from '../render/table.js'
import { parseJson } from './dispatch.js'

interface RenderOptions extends ServerOptions {
  provider?: string
  config?: string
  html?: boolean
}

interface Rendered {
  provider: string
  type: string
  content: unknown
  templates: string[]
  problem: string | null
}

export function define(command: Command, { io, act }: Cli): void {
  withServer(command)
    .description('Shows the message that a provider would make of an action. Nothing is sent, and no rule is asked.')
    .argument('<file>', 'JSON: an action; - reads standard input')
    .option('--provider <name>', "a provider's name, or a type of provider; the action's own when absent")
    .option('-c, --config <file>', 'whose providers and templates are used; acteon.toml here when absent')
    .option('--html', 'of a mail, print the HTML alone')
    .addHelpText(
      'after',
      '\nWith --endpoint (or ACTEON_ENDPOINT) the server makes it, with what it has loaded; else it is made here.\n\nExamples:\n  acteon render action.json --provider slack\n  acteon render action.json --provider email --html > mail.html',
    )
    .action(act((file: string, options: RenderOptions) => show(file, options, io)))
}

async function show(file: string, options: RenderOptions, io: Io): Promise<void> {
  const action = readAction(file, io)
  const asked = options.endpoint ?? io.env['ACTEON_ENDPOINT']
  const rendered =
    asked === undefined
      ? await renderHere(action, options, io)
      : await apiOf(options, io).call<Rendered>('POST', '/v1/render', {
          body: { action, ...(options.provider !== undefined && { provider: options.provider }) },
        })
  if (options.html === true) {
    if (!isObject(rendered.content) || typeof rendered.content['html'] !== 'string')
      throw new Stop('usage', `--html is for mail; "${rendered.provider}" is of type ${rendered.type}.`)
    return io.out(`${rendered.content['html']}\n`)
  }
  io.out(options.json === true ? jsonText(rendered) : renderedText(rendered))
}

function readAction(file: string, io: Io): Record<string, unknown> {
  let text: string
  try {
    text = file === '-' ? io.stdin() : readFileSync(resolve(io.cwd, file), 'utf8')
  } catch (error) {
    throw new Stop('usage', `${file} cannot be read: ${(error as Error).message}`)
  }
  const action = parseJson(text, file)
  if (!isObject(action)) throw new Stop('usage', `${file} has no action: expected a JSON object.`)
  return action
}

async function renderHere(given: Record<string, unknown>, options: RenderOptions, io: Io): Promise<Rendered> {
  const { config } = await readConfig(options.config, io, { offline: true })
  const newId = idSource(io.clock, systemEntropy)
  const { action } = parseAction(given, { clock: io.clock, newId })
  const provider = options.provider ?? action.provider
  const type = typeOf(provider, config)
  const { directory } = config.templates
  const templates = directory === undefined ? NO_TEMPLATES : (await openTemplates(directory)).current()
  const made = createRenderer(() => templates)(type, { ...action, provider }, { now: io.clock.now() })
  return { provider, ...made }
}

function typeOf(provider: string, { providers }: Config) {
  // A provider's name wins over a type, as on the server.
  const type = providers.find(({ name }) => name === provider)?.type ?? provider
  if (isMessageType(type)) return type
  const known = providers.map(({ name }) => name).join(', ') || 'none'
  throw new Stop(
    'usage',
    `"${provider}" is neither a configured provider (${known}) nor a type that has messages (${MESSAGE_TYPES.join(', ')}).`,
  )
}

/** What a person would read, where that is text; else the service's own form. */
function renderedText({ provider, type, content, templates, problem }: Rendered): string {
  const from = templates.length === 0 ? 'built in' : templates.join(', ')
  const head = `${provider} (${type}), ${from}\n${problem === null ? '' : `Problem: ${problem}\n`}\n`
  if (type === 'email' && isObject(content))
    return `${head}Subject: ${String(content['subject'])}\n\n${String(content['text']).trimEnd()}\n`
  return `${head}${typeof content === 'string' ? `${content}\n` : jsonText(content)}`
}
