import { describe } from 'vitest'
import { openRedisState } from '../../state/redis/open.js'
import { newPrefix, redisUrl, removeKeys } from '../../state/redis/store.fixture.js'
import { testNodes } from '../nodes.fixture.js'

describe('nodes that share a Redis', () => {
  testNodes({
    configuration: (prefix) =>
      `[state]\nbackend = "redis"\nurl = "${redisUrl()}"\nprefix = "${prefix}"\npartitions = 8\n[audit]\nenabled = false\n`,
    open: (prefix) => openRedisState({ url: redisUrl(), prefix, partitions: 8, recorded: false }),
    newPrefix,
    remove: (prefix) => removeKeys(redisUrl(), prefix),
  })
})
