import { readFileSync } from 'node:fs'

/** The version of this package, as package.json has it. */
export const VERSION = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version

/** Whether a version comes before another; what follows the three numbers is not looked at. */
export function comesBefore(version: string, other: string): boolean {
  const [mine, theirs] = [version, other].map((text) => text.split('.').map((part) => Number.parseInt(part, 10) || 0))
  for (let i = 0; i < 3; i++) if (mine![i] !== theirs![i]) return (mine![i] ?? 0) < (theirs![i] ?? 0)
  return false
}
