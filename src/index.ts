/** The gateway as a library: what a program needs to run one inside itself. */
export { createGateway, type GatewayOptions } from './gateway/create.js'
export { loadRules, type RuleTexts } from './gateway/load-rules.js'
export type { StateMachine } from './gateway/machines.js'
export type { BreakerSettings, BreakerTerms, ProviderBreaker } from './delivery/circuit-terms.js'
export type {
  BreakerView,
  Caller,
  DispatchOptions,
  Gateway,
  GatewayBreakers,
  GatewayHealth,
  GatewayRules,
  Observer,
  ReplayResult,
  RulesStatus,
  RuleView,
  Story,
  Submitted,
} from './gateway/gateway.js'
export type { RuleSource } from './gateway/rules.js'
export type { RuleFunction } from './rules/calls.js'
export type { RuleText } from './rules/compile.js'

export { createSealer, keyFromText, type Sealer } from './lib/seal.js'
export { sealedState } from './state/sealed/store.js'
export { sealedAudit } from './audit/sealed.js'
export { memoryState } from './state/memory/open.js'
export { postgresState, redisState } from './state/shared.js'
export type { PostgresOptions } from './state/postgres/open.js'
export type { RedisOptions } from './state/redis/open.js'
export { embeddedState, type EmbeddedOptions, type StateOptions } from './state/embedded/open.js'
export type {
  DeadLetter,
  Durability,
  EntryView,
  EventNotice,
  EventView,
  GroupView,
  HistoryEntry,
  Limits,
  Page,
  StateStore,
} from './state/store.js'
export { memoryAudit } from './audit/memory/audit.js'
export { postgresAudit } from './audit/shared.js'
export type { PostgresAuditOptions } from './audit/postgres/audit.js'
export { embeddedAudit, type AuditOptions } from './audit/embedded/audit.js'
export type { AuditFilter, AuditPage, AuditStore, Figure, FigureQuery } from './audit/store.js'
export type { AuditRecord } from './audit/record.js'

export { configuredProviders } from './config/configured-providers.js'
export {
  createRenderer,
  type MessageType,
  type Render,
  type RenderContext,
  type RenderedMessage,
} from './messages/render.js'
export { openTemplates, type Templates } from './messages/templates.js'
export type { Providers } from './providers/lookup.js'
export {
  DeliveryError,
  type DeliveryContext,
  type FailureKind,
  type Provider,
  type ProviderTerms,
} from './providers/provider.js'

export type { Action } from './action/action.js'
export {
  outcomeFromWire,
  outcomeToWire,
  type Outcome,
  type OutcomeOf,
  type OutcomeType,
  type ProviderResponse,
  type WireOutcome,
} from './action/outcome.js'
export { ActeonError, type ErrorBody, type ErrorCode } from './lib/errors.js'
export { systemClock, systemEntropy, type Cancel, type Clock, type Entropy } from './lib/clock.js'
