import type { Called, Providers } from '../providers/lookup.js'
import type { Circuits } from './breaker.js'

/** Who is called next. */
export interface Target {
  /** The name that the body carries, and records show. */
  name: string
  called: Called
}

/** Whose circuits let the action pass. */
export interface RouteCircuits extends Pick<Circuits, 'fallbacks'> {
  refuses(called: Called): boolean
}

/**
 * The provider that was planned, else the first of its fallbacks whose circuit lets calls pass; null: every circuit is
 * open. Asked before each attempt, so a provider that is back is called again.
 */
export function routeOf(planned: Target, { find }: Pick<Providers, 'find'>, circuits: RouteCircuits): Target | null {
  if (!circuits.refuses(planned.called)) return planned
  for (const fallback of circuits.fallbacks(planned.called.provider.name)) {
    const called = find(fallback)
    if (called !== undefined && !circuits.refuses(called)) return { name: fallback, called }
  }
  return null
}
