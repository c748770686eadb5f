import { describe, it } from 'vitest'
import { stateConformance } from '../conformance.js'
import { redisUrl, storesOn } from './store.fixture.js'

stateConformance({ describe, it }, 'redis', storesOn(redisUrl(), 4))
