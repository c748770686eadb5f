import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Whatever a run of the tests puts into the folder for temporary files is gone after it. */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'acteon-tests-'))
  // Tests that must not be root look into it as somebody else.
  chmodSync(folder, 0o711)
  process.env['TMPDIR'] = folder
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}
