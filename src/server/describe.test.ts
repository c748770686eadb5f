import { expect, it } from 'vitest'
import { describeApi } from './describe.js'

it('no name that a caller may give to a thing stands in the place of another route', async () => {
  const { paths } = (await describeApi()) as { paths: Record<string, Record<string, unknown>> }
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ method, path, parts: path.split('/') })),
  )
  const isNamed = (part: string | undefined): boolean => part?.startsWith('{') === true
  // `counts` beside `{id}`: an action with that id could not be asked for.
  const hides = (one: (typeof routes)[number], other: (typeof routes)[number]): boolean =>
    one !== other &&
    one.method === other.method &&
    one.parts.length === other.parts.length &&
    one.parts.some((part, i) => isNamed(part) && !isNamed(other.parts[i])) &&
    one.parts.every((part, i) => part === other.parts[i] || isNamed(part) || isNamed(other.parts[i]))
  const clashes = routes.flatMap((one) =>
    routes.filter((other) => hides(one, other)).map((other) => `${one.method} ${one.path} and ${other.path}`),
  )
  expect(clashes).toEqual([])
})
