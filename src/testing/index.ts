/** What programs test their rules and providers with, and what backends written by others prove themselves with. */
export { createSimulation, type OpenStores, type Simulation, type SimulationOptions } from './simulation.js'
export type { SimulatedNode } from './node.js'
export { NodeDown, type Ambush, type StateFaults } from './faults.js'
export { assertOutcome, type OutcomeAssertions } from './assert-outcome.js'
export {
  assertCalls,
  assertEvent,
  assertRecords,
  type ExpectedCall,
  type ExpectedEvent,
  type ExpectedRecord,
} from './assert-world.js'
export {
  failing,
  recordingProvider,
  type Answer,
  type FailureMode,
  type ProviderCall,
  type RecordingOptions,
  type RecordingProvider,
} from './providers.js'
export { virtualClock, type VirtualClock } from './clock.js'
export { seededEntropy } from './random.js'
export { stateConformance, type MakeStore, type StoreSettings, type TestApi } from '../state/conformance.js'
export { auditConformance, type OpenAudit, type Runner } from '../audit/conformance.js'
