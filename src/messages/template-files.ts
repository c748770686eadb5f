import { constants } from 'node:fs'
import { open, readdir, realpath, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { TEMPLATE_LIMITS, type TemplateProblem } from './template-engine.js'

const MAX_FILES = 500

/**
 * Reads the `*.liquid` files under a directory: their paths in it, with `/`, and their texts. Only regular files that
 * truly lie inside the directory; names that begin with a dot are left out (what editors and mounted volumes keep there).
 */
export async function readTemplateFiles(
  directory: string,
): Promise<{ files: Map<string, string>; problems: TemplateProblem[] }> {
  const files = new Map<string, string>()
  const problems: TemplateProblem[] = []
  const say = (path: string, message: string): void => {
    problems.push({ file: path === '' ? directory : join(directory, path), line: 0, column: 0, message })
  }
  try {
    const root = await realpath(directory)
    await walk(root, '', { root, seen: new Set(), files, say })
  } catch (error) {
    say(
      '',
      codeOf(error) === 'ENOENT'
        ? 'there is no such directory; create it, or correct [templates] directory'
        : reason(error),
    )
  }
  if (files.size > MAX_FILES) say('', `holds more than ${MAX_FILES} templates`)
  return { files, problems }
}

interface Walk {
  root: string
  seen: Set<string>
  files: Map<string, string>
  say: (path: string, message: string) => void
}

async function walk(real: string, path: string, parts: Walk): Promise<void> {
  if (parts.seen.has(real)) return
  parts.seen.add(real)
  const entries = (await readdir(real, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const entry of entries) {
    if (entry.name.startsWith('.') || parts.files.size > MAX_FILES) continue
    const at = path === '' ? entry.name : `${path}/${entry.name}`
    try {
      const target = await realpath(join(real, entry.name))
      const kind = await stat(target)
      const isNamedSo = entry.name.endsWith('.liquid')
      if (!kind.isDirectory() && !isNamedSo) continue
      if (!isInside(target, parts.root))
        parts.say(at, 'is a link to outside the templates directory; put the file itself here')
      else if (kind.isDirectory()) await walk(target, at, parts)
      else if (!kind.isFile()) parts.say(at, 'is not a regular file (a pipe, socket or device)')
      else {
        const text = await readOne(target)
        if (typeof text === 'string') parts.files.set(at, text)
        else parts.say(at, text.problem)
      }
    } catch (error) {
      // It went between the listing and now: what is deleted is no template.
      if (codeOf(error) !== 'ENOENT') parts.say(at, reason(error))
      else if (entry.isSymbolicLink()) parts.say(at, 'is a link to nothing; remove it')
    }
  }
}

async function readOne(real: string): Promise<string | { problem: string }> {
  // Opening a pipe would wait for its writer for ever, and what it was at the listing it need not be now.
  const handle = await open(real, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0))
  try {
    const { size } = await handle.stat()
    if (size > TEMPLATE_LIMITS.file) return { problem: `is larger than ${TEMPLATE_LIMITS.file / 1024} KiB` }
    const bytes = await handle.readFile()
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    if (error instanceof TypeError) return { problem: 'is not text in UTF-8; save it as UTF-8' }
    throw error
  } finally {
    await handle.close()
  }
}

const isInside = (real: string, root: string): boolean => {
  const from = relative(root, real)
  return from !== '..' && !from.startsWith(`..${sep}`)
}

const codeOf = (error: unknown): unknown => (error as { code?: unknown } | null)?.code

const reason = (error: unknown): string => {
  const code = codeOf(error)
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read; allow it to the user that runs Acteon'
  return `cannot be read (${typeof code === 'string' ? code : String(error)})`
}
