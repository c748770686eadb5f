import { constants } from 'node:fs'
import { lstat, open, readFile, realpath, rename, stat, unlink } from 'node:fs/promises'
import { basename, dirname, join, sep } from 'node:path'
import { ActeonError } from '../lib/errors.js'

/** Names that are neither hidden nor lead elsewhere, of letters, digits and `. _ @ + -` and spaces. */
const FILE_PATH = /^(?:[\w@+-][\w .@+-]*\/)*[\w@+-][\w .@+-]*\.ya?ml$/i
const LONGEST_PATH = 255

/** @throws ActeonError INVALID_REQUEST */
export function checkPath(path: string): void {
  if (path.length <= LONGEST_PATH && FILE_PATH.test(path)) return
  throw new ActeonError(
    'INVALID_REQUEST',
    `${JSON.stringify(path.slice(0, 100))} is no path of a rule file: expected one such as "alerts/disk.yaml", relative to the rules directory, that ends in .yaml or .yml and has no hidden parts.`,
    { parameter: 'path' },
  )
}

/** Where a file truly lies, which is inside of the rules directory. */
export async function targetOf(root: string, path: string, exists: boolean): Promise<string> {
  const real = await realpath(root)
  if (!(await stat(real)).isDirectory()) {
    // The rules are one file.
    if (exists) return real
    throw new ActeonError('INVALID_REQUEST', `The rules are the one file "${basename(root)}"; no other can be added.`)
  }
  try {
    const target = exists
      ? await realpath(join(real, path))
      : join(await realpath(join(real, dirname(path))), basename(path))
    if (target.startsWith(real.endsWith(sep) ? real : real + sep)) return target
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw unwritable(path, error)
  }
  throw new ActeonError(
    'INVALID_REQUEST',
    `There is no directory "${dirname(path)}" inside of the rules directory to put "${basename(path)}" into.`,
    { parameter: 'path' },
  )
}

/**
 * Where a file lies that may be deleted.
 * @throws ActeonError INVALID_REQUEST (the rules are this one file), CONFLICT (it is a link)
 */
export async function removableOf(root: string, path: string): Promise<string> {
  const target = await targetOf(root, path, true)
  const real = await realpath(root)
  if (target === real)
    throw new ActeonError(
      'INVALID_REQUEST',
      `The rules are the one file "${path}", which the configuration names; it is not deleted.`,
    )
  // Without its target a link would be an error of the rules, and without the link the target may be read by its own name.
  if ((await lstat(join(real, path))).isSymbolicLink())
    throw new ActeonError(
      'CONFLICT',
      `"${path}" is a link to another file; nothing was deleted. Remove it where it comes from.`,
      { path },
    )
  return target
}

/** All or nothing: readers see the old text or the new, also after a power failure. */
export async function replaceFile(
  target: string,
  text: string,
  id: string,
  stillSo: () => Promise<void>,
): Promise<void> {
  const beside = hiddenBeside(target, id)
  try {
    const mode = await stat(target).then(
      ({ mode }) => mode & 0o777,
      () => 0o644,
    )
    const handle = await open(beside, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, mode)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await stillSo()
    await rename(beside, target)
    await syncFolderOf(target)
  } catch (error) {
    await unlink(beside).catch(() => undefined)
    throw error instanceof ActeonError ? error : unwritable(basename(target), error)
  }
}

/**
 * Deletes a file, or leaves it as it is where something speaks against it.
 * @param speaksNot is asked while no reader sees the file, with the text that would go, as rules are read; throws: it comes back
 */
export async function removeFile(
  target: string,
  id: string,
  speaksNot: (text: string) => Promise<void>,
): Promise<void> {
  const aside = hiddenBeside(target, id)
  try {
    await rename(target, aside)
    try {
      await speaksNot(new TextDecoder().decode(await readFile(aside)))
      await unlink(aside)
    } catch (error) {
      await rename(aside, target)
      throw error
    }
    await syncFolderOf(target)
  } catch (error) {
    throw error instanceof ActeonError ? error : unwritable(basename(target), error)
  }
}

/** Names that begin with a dot are no rule files. */
const hiddenBeside = (target: string, id: string): string => join(dirname(target), `.${basename(target)}.${id}`)

async function syncFolderOf(target: string): Promise<void> {
  const folder = await open(dirname(target), constants.O_RDONLY)
  await folder.sync().finally(() => folder.close())
}

const unwritable = (path: string, error: unknown): ActeonError =>
  new ActeonError(
    'CONFLICT',
    `"${path}" cannot be written here (${(error as NodeJS.ErrnoException).code ?? String(error)}); nothing was changed. Give this server's user the right to write into the rules directory, or change the file where it comes from.`,
    {},
    { cause: error },
  )
