import { hash, verify } from '@node-rs/argon2'

// The package's own name for it is an enum that exists for its compiler only.
const ARGON2ID = 2
/** OWASP's recommendation for argon2id: 19 MiB, two passes, one lane. */
const TERMS = { algorithm: ARGON2ID, memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** What `auth.toml` keeps of a password, in the PHC string format. */
export const hashPassword = (password: string): Promise<string> => hash(password, TERMS)

/** Whether a text is such a hash. */
export const isPasswordHash = (text: string): boolean =>
  /^\$argon2id\$v=19\$m=\d{1,7},t=\d{1,3},p=\d{1,3}\$[A-Za-z0-9+/]{11,}\$[A-Za-z0-9+/]{16,}$/.test(text)

let nobody: Promise<string> | undefined

/**
 * Whether a password is right. For a name that does not exist (`null`) a hash of nobody's is checked, so that the time
 * it takes tells nothing.
 */
export async function passwordFits(password_hash: string | null, password: string): Promise<boolean> {
  nobody ??= hashPassword('nobody has this password')
  const fits = await verify(password_hash ?? (await nobody), password).catch(() => false)
  return fits && password_hash !== null
}
