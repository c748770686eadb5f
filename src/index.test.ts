import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { createRenderer, openTemplates, type Action } from './index.js'

const folders: string[] = []
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true, force: true })))

const action: Action = {
  id: 'a-1',
  namespace: 'app',
  tenant: 't',
  provider: 'team',
  action_type: 'alert',
  payload: { title: 'Disk full', severity: 'critical' },
  metadata: { cluster: 'prod' },
  created_at: '2026-01-01T00:00:00.000Z',
}

it("gives programs the messages of each service, and their own templates' words", async () => {
  const builtIn = createRenderer()('email', action)
  expect(builtIn).toMatchObject({ type: 'email', templates: [], problem: null })
  expect(builtIn.content.subject).toContain('Disk full')

  const folder = mkdtempSync(join(tmpdir(), 'acteon-library-'))
  folders.push(folder)
  mkdirSync(join(folder, 'email'))
  writeFileSync(join(folder, 'email', 'subject.liquid'), '[{{ labels.cluster }}] {{ message.title }}')
  const templates = await openTemplates(folder)
  const render = createRenderer(templates.current)
  expect(render('email', action).content.subject).toBe('[prod] Disk full')

  writeFileSync(join(folder, 'email', 'subject.liquid'), '{% if %}')
  await expect(openTemplates(folder)).rejects.toMatchObject({ code: 'TEMPLATES_INVALID' })
  expect(render('email', action).content.subject).toBe('[prod] Disk full')
})
