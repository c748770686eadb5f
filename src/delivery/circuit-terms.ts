/** When the circuit of a provider opens, and when it is tried again (`[circuit_breaker]`). */
export interface BreakerTerms {
  enabled: boolean
  /** Of the calls within the window; above 0, at most 1. */
  failure_share: number
  /** Fewer calls than this within the window prove nothing. */
  minimum_calls: number
  window_seconds: number
  /** How long it stays open before one call tries whether the provider is back. */
  recovery_timeout_seconds: number
}

/** What one provider says otherwise, and who stands in for it while its circuit is open. */
export interface ProviderBreaker extends Partial<BreakerTerms> {
  fallback_provider?: string
}

/** The terms of all providers, and of single ones by name. Absent ones are `DEFAULT_BREAKER`'s. */
export interface BreakerSettings extends Partial<BreakerTerms> {
  providers?: Readonly<Record<string, ProviderBreaker>>
}

export const DEFAULT_BREAKER: BreakerTerms = {
  enabled: true,
  failure_share: 0.5,
  minimum_calls: 10,
  window_seconds: 30,
  recovery_timeout_seconds: 60,
}

const ownOf = ({ providers = {} }: BreakerSettings, name: string): ProviderBreaker =>
  Object.hasOwn(providers, name) ? providers[name]! : {}

/** What holds for one provider: its own terms, else those of all. */
export function breakerTermsOf(settings: BreakerSettings, name: string): BreakerTerms {
  const { fallback_provider: _fallback, ...own } = ownOf(settings, name)
  const { providers: _providers, ...all } = settings
  return { ...DEFAULT_BREAKER, ...all, ...own }
}

/** Who stands in for a provider: its fallback, that one's fallback, and so on; up to where it would begin again. */
export function fallbacksOf(settings: BreakerSettings, name: string): string[] {
  const chain: string[] = []
  for (let next = ownOf(settings, name).fallback_provider; next !== undefined;) {
    if (next === name || chain.includes(next)) break
    chain.push(next)
    next = ownOf(settings, next).fallback_provider
  }
  return chain
}

/** What is wrong with the names in the settings, each with the steps to it from `circuit_breaker`. */
export function breakerProblems(
  settings: BreakerSettings,
  known: ReadonlySet<string> | undefined,
  suggest: (name: string) => string | undefined,
): { path: string[]; message: string }[] {
  const problems: { path: string[]; message: string }[] = []
  const unknown = (name: string): string | null => {
    if (known === undefined || known.has(name)) return null
    const near = suggest(name)
    const hint = near === undefined ? 'known are ' + ([...known].join(', ') || 'none') : `did you mean "${near}"?`
    return `there is no provider "${name}"; ${hint}`
  }
  for (const [name, { fallback_provider: fallback }] of Object.entries(settings.providers ?? {})) {
    const path = ['providers', name]
    const stranger = unknown(name)
    if (stranger !== null) problems.push({ path, message: stranger })
    if (fallback === undefined) continue
    const at = [...path, 'fallback_provider']
    const missing = unknown(fallback)
    const chain = fallbacksOf(settings, name)
    if (missing !== null) problems.push({ path: at, message: missing })
    else if (fallback === name) problems.push({ path: at, message: `"${name}" cannot stand in for itself` })
    else if (ownOf(settings, chain.at(-1)!).fallback_provider === name)
      problems.push({
        path: at,
        message: `the fallbacks go in a circle: ${[name, ...chain, name].join(' → ')}; the last one must have none`,
      })
  }
  return problems
}
