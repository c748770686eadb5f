import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { LoadedConfig } from '../config/load.js'
import type { Io } from './io.js'

const USUAL_FILE = 'acteon.toml'

/**
 * The configuration that a command works with: the file that was named, else `acteon.toml` here, else the defaults.
 * @param options.offline for checks that start nothing: secrets need not be there
 * @returns also where each value came from, and the file that was read, as it was named; undefined: none
 * @throws ActeonError CONFIG_INVALID
 */
export async function readConfig(
  named: string | undefined,
  io: Pick<Io, 'env' | 'cwd'>,
  options: { offline?: boolean } = {},
): Promise<LoadedConfig & { file: string | undefined }> {
  const file = named ?? (existsSync(join(io.cwd, USUAL_FILE)) ? USUAL_FILE : undefined)
  const { loadConfig } = await import('../config/load.js')
  return { ...(await loadConfig(file, { env: io.env, cwd: io.cwd, ...options })), file }
}
