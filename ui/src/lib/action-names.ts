/** The four names that every action has. */
export const NAMES = ['tenant', 'namespace', 'provider', 'action_type'] as const
export type Name = (typeof NAMES)[number]

/** The text of an action with one of its names changed; the other members stay as they are, in their order. */
export const withName = (action: Record<string, unknown>, name: string, value: unknown): string =>
  JSON.stringify({ ...action, [name]: value }, null, 2)
