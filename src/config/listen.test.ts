import { expect, it } from 'vitest'
import { isLoopback, listenProblem } from './listen.js'

it.each(['127.0.0.1', '127.8.8.8', '::1', '[::1]', '0:0:0:0:0:0:0:1', 'localhost', 'LOCALHOST', '::ffff:127.0.0.1'])(
  '%s is reached from this machine only',
  (host) => expect(isLoopback(host)).toBe(true),
)

it.each(['0.0.0.0', '::', '10.0.0.1', '128.0.0.1', 'localhost.example.com', '127.0.0.1.example.com', '127.1', ''])(
  '"%s" may be reached from elsewhere',
  (host) => expect(isLoopback(host)).toBe(false),
)

const asked = (allow_unauthenticated: boolean, enabled = false) => ({
  server: { allow_unauthenticated },
  auth: { enabled },
})

it('an open address is refused with the commands that create a key, unless callers are asked or nobody shall be', () => {
  const problem = listenProblem('0.0.0.0', asked(false))
  expect(problem?.message).toContain('acteon auth create-key')
  expect(problem?.message).toContain('allow_unauthenticated = true')
  expect(listenProblem('0.0.0.0', asked(false, true))).toBeNull()
  expect(listenProblem('0.0.0.0', asked(true))).toBeNull()
  expect(listenProblem('127.0.0.1', asked(false))).toBeNull()
})
