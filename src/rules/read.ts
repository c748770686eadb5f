import { constants } from 'node:fs'
import { open, readdir, realpath, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import type { RuleProblem, RuleText } from './compile.js'
import { MAX_FILE_BYTES } from './yaml.js'

const MAX_FILES = 1_000
const RULE_FILE = /\.ya?ml$/i

/** A file as it is named to the reader, and where it truly lies. */
interface Located {
  path: string
  real: string
}

/**
 * Reads rule files: one file, or all `*.yaml` and `*.yml` under a directory, sorted by path. Names that begin with a dot
 * are left out (what editors and mounted volumes keep there); a file that is reached by two names is read once. Only
 * regular files are read, and only those that truly lie inside the directory; everything else that is named like a rule
 * file is a problem.
 * @param root as the reader named it; paths in problems begin with it
 */
export async function readRuleTexts(root: string): Promise<{ texts: RuleText[]; problems: RuleProblem[] }> {
  const problems: RuleProblem[] = []
  const found = await filesUnder(root, problems)
  if (found.length > MAX_FILES)
    return {
      texts: [],
      problems: [whole(root, `holds more than ${MAX_FILES} rule files; put several rules in one file`)],
    }
  const read = await Promise.all(found.map((file) => readOne(file)))
  const texts: RuleText[] = []
  for (const one of read) {
    if (one === null) continue
    if ('text' in one) texts.push(one)
    else problems.push(one)
  }
  return { texts, problems }
}

/** A problem with a file as a whole. */
const whole = (file: string, message: string): RuleProblem => ({ file, line: 0, column: 0, message })

async function filesUnder(root: string, problems: RuleProblem[]): Promise<Located[]> {
  try {
    const real = await realpath(root)
    if (!(await stat(real)).isDirectory()) return [{ path: root, real }]
    const found = new Map<string, string>()
    await walk({ path: root, real }, real, found, new Set(), problems)
    return [...found].map(([real, path]) => ({ path, real })).sort((a, b) => (a.path < b.path ? -1 : 1))
  } catch (error) {
    problems.push(
      whole(
        root,
        codeOf(error) === 'ENOENT'
          ? 'there is no such file or directory; create it, or say in [rules] directory where the rule files are'
          : reason(error),
      ),
    )
    return []
  }
}

async function walk(
  { path, real }: Located,
  rootReal: string,
  found: Map<string, string>,
  seen: Set<string>,
  problems: RuleProblem[],
): Promise<void> {
  if (seen.has(real)) return
  seen.add(real)
  const entries = (await readdir(real, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const entry of entries) {
    if (entry.name.startsWith('.') || found.size > MAX_FILES) continue
    const isNamedSo = RULE_FILE.test(entry.name)
    if (!entry.isDirectory() && !entry.isSymbolicLink() && !isNamedSo) continue
    const at = join(path, entry.name)
    try {
      const target = await realpath(join(real, entry.name))
      const kind = await stat(target)
      if (!kind.isDirectory() && !isNamedSo) continue
      if (!isInside(target, rootReal)) {
        const what = kind.isDirectory() ? 'directory' : 'file'
        problems.push(whole(at, `is a link to a ${what} outside the rules directory; put the ${what} itself here`))
      } else if (kind.isDirectory()) await walk({ path: at, real: target }, rootReal, found, seen, problems)
      else if (!kind.isFile()) problems.push(whole(at, NOT_REGULAR))
      else if (!found.has(target)) found.set(target, at)
    } catch (error) {
      // It went between the listing and now: what is deleted is no rule file.
      if (codeOf(error) === 'ENOENT' && !entry.isSymbolicLink()) continue
      problems.push(whole(at, codeOf(error) === 'ENOENT' ? 'is a link to nothing; remove it' : reason(error)))
    }
  }
}

const NOT_REGULAR = 'is not a regular file (a pipe, socket or device); rules are read from regular files only'

const isInside = (real: string, root: string): boolean => {
  const from = relative(root, real)
  return from !== '..' && !from.startsWith(`..${sep}`)
}

/** null: it was deleted meanwhile. */
async function readOne({ path, real }: Located): Promise<RuleText | RuleProblem | null> {
  let handle
  try {
    // Opening a pipe would wait for its writer for ever, and what it was at the listing it need not be now.
    handle = await open(real, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0))
    const kind = await handle.stat()
    if (!kind.isFile()) return whole(path, NOT_REGULAR)
    if (kind.size > MAX_FILE_BYTES) return whole(path, TOO_LARGE)
    const bytes = await handle.readFile()
    if (bytes.length > MAX_FILE_BYTES) return whole(path, TOO_LARGE)
    return { path, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch (error) {
    if (error instanceof TypeError) return whole(path, 'is not text in UTF-8; save it as UTF-8')
    return codeOf(error) === 'ENOENT' ? null : whole(path, reason(error))
  } finally {
    await handle?.close()
  }
}

const TOO_LARGE = `is larger than ${MAX_FILE_BYTES} bytes; split it into several files`

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'may not be read by this user; change its permissions',
  EPERM: 'may not be read by this user; change its permissions',
  ELOOP: 'is a link that leads back to itself; remove it',
  ENOTDIR: 'is not a directory, but is used as one',
}

function reason(error: unknown): string {
  const code = codeOf(error)
  if (code === undefined) throw error
  return REASONS[code] ?? `cannot be read (${code})`
}
