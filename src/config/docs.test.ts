import { expect, it } from 'vitest'
import { configurationDoc } from './docs.js'
import { SECTIONS } from './schema.js'

it('the reference has every key with its default, its description and its environment variable', () => {
  const doc = configurationDoc()
  for (const [section, { properties }] of Object.entries(SECTIONS)) {
    expect(doc).toContain(`## \`[${section}]\``)
    for (const [key, schema] of Object.entries(properties) as [
      string,
      { description?: string; properties?: object },
    ][]) {
      expect(schema.description, `${section}.${key}`).toMatch(/\.$/)
      if (schema.properties === undefined) expect(doc).toContain(`| \`${key}\` | `)
    }
  }
  expect(doc).toContain('| `port` | integer | `8080` |')
  expect(doc).toContain('`ACTEON_AUDIT__REDACT__PLACEHOLDER`')
})
