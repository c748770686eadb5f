import { afterAll } from 'vitest'
import { newPrefix, redisUrl, removeKeys } from '../../state/redis/store.fixture.js'
import { sameRulesSuite } from '../replay-same.fixture.js'

const prefix = newPrefix()
sameRulesSuite('on Redis', {
  stores: () =>
    `[state]\nbackend = "redis"\nurl = "${redisUrl()}"\nprefix = "${prefix}"\npath = "./data"\n[audit]\nbackend = "embedded"\n`,
  nodes: 1,
})
afterAll(() => removeKeys(redisUrl(), prefix))
