/**
 * Runs the pages: README, CONTRIBUTING and docs/. A page is a scenario in a folder of its own, from top to bottom:
 *
 *   ```yaml title="rules/x.yaml"   a rule file: it is written there, and must load (with the flag `invalid`: must not)
 *   ```yaml title="tests/x.yaml"   a test of rules, for `acteon rules test`
 *   ```yaml condition              a condition, `action` a verdict: it must load as part of a rule
 *   ```yaml  ```toml               a rule file, a configuration, complete but kept nowhere: it must load
 *   ```toml title="acteon.toml"    the configuration of the page's server, else that of examples/first-steps holds;
 *                                  *.example.com in it is a receiver that answers 200
 *   ```js title="x.mjs"            a file; `acteon` can be imported
 *   ```bash                        commands that must succeed (`fails`: must not); `acteon` is the built command, and
 *                                  http://localhost:8080 the page's server, which is started when first asked for
 *   ```bash server                 `acteon serve …`: starts that server
 *   ```bash setup                  npm commands: their scripts exist, and run
 *   ```json output  ```text output what the commands before print; `…` stands for anything
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { pages, type Block } from './pages.js'
import { packageJson, Scenario } from './scenario.js'
import { ROOT } from './server.js'

describe.each(pages())('$path', (page) => {
  const scenario = new Scenario(page)
  afterAll(() => scenario.end())

  const untitled = page.blocks.filter(({ lang, title, flags }) => lang === 'yaml' && title === undefined && flags[0])
  if (untitled.length > 0) it('shows conditions and verdicts that load', () => scenario.fragments(untitled))

  for (const [i, block] of page.blocks.entries()) {
    if (untitled.includes(block) || block.flags.includes('output')) continue
    const next = page.blocks[i + 1]
    const output = next?.flags.includes('output') ? next : undefined
    it(`line ${block.line}: ${nameOf(block)}`, () => scenario.take(block, output), 60_000)
  }

  it('links to files that exist', () => {
    const links = [...page.text.matchAll(/\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, path]) => path!)
    expect(links.filter((path) => !existsSync(join(ROOT, dirname(page.path), path)))).toEqual([])
  })

  it('names npm scripts that exist', () => {
    const { scripts } = packageJson()
    const named = [...page.text.matchAll(/npm run ([a-z:]+)/g)].map(([, name]) => name!)
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([])
  })
})

it('the page of dependencies names every dependency', () => {
  const text = readFileSync(join(ROOT, 'docs', 'dependencies.md'), 'utf8')
  const { dependencies, devDependencies } = packageJson()
  const names = Object.keys({ ...dependencies, ...devDependencies })
  expect(names.filter((name) => !text.includes(`\`${name}\``))).toEqual([])
})

it('the index leads to every page', () => {
  const text = readFileSync(join(ROOT, 'docs', 'index.md'), 'utf8')
  const paths = pages().map(({ path }) => path)
  const own = paths.filter((path) => path.startsWith('docs/') && path !== 'docs/index.md')
  expect(own.filter((path) => !text.includes(`(${path.slice('docs/'.length)}`))).toEqual([])
})

function nameOf({ lang, title, text, flags }: Block): string {
  if (title !== undefined) return title
  return `${[lang, ...flags].join(' ')}: ${text.trim().split('\n')[0]!.slice(0, 60)}`
}
