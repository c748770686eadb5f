import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { answer, api, type Shape } from '../../api/client.ts'
import type { Scope } from '../../api/queries.ts'
import { toast, toastError } from '../../frame/toasts.tsx'

/** What an action would meet. */
export const evaluation = (input: Record<string, unknown>) =>
  queryOptions({
    queryKey: ['evaluation', input],
    // The server says what is wrong with it.
    queryFn: () => answer(api.POST('/v1/rules/evaluate', { body: input as Shape['EvaluateRequest'] })),
    retry: false,
  })

export const DAY = '-24h'
export type Activity = Shape['RuleActivity']['rules'][number]

/** What each rule decided in the last day, by its name; undefined until it is known. */
export function useActivity(scope: Scope): { of: (rule: string) => Activity | undefined; total: number } | undefined {
  const { data } = useQuery({
    queryKey: ['figures', 'rules', scope],
    queryFn: () => answer(api.GET('/v1/rules/activity', { params: { query: { ...scope, from: DAY } } })),
    refetchInterval: 30_000,
  })
  if (data === undefined) return undefined
  const rules = new Map(data.rules.map((rule) => [rule.name, rule]))
  return { of: (rule) => rules.get(rule), total: data.total }
}

/** Which kinds of actions no rule decided in a month, and which rules matched nothing. It goes through much: it is asked seldom. */
export const useCoverage = (scope: Scope) =>
  useQuery({
    queryKey: ['coverage', scope],
    queryFn: () => answer(api.GET('/v1/rules/coverage', { params: { query: { ...scope, from: '-30d' } } })),
    staleTime: 300_000,
  })

/** Switches a rule, and offers to take that back. */
export function useSwitch() {
  const client = useQueryClient()
  const put = (name: string, enabled: boolean | null) =>
    answer(api.PUT('/v1/rules/{name}/enabled', { params: { path: { name } }, body: { enabled } }))
  const renew = (): void => {
    for (const key of ['rules', 'evaluation']) void client.invalidateQueries({ queryKey: [key] })
  }
  return useMutation({
    mutationFn: ({ name, enabled }: { name: string; enabled: boolean; before: boolean | null }) => put(name, enabled),
    onSettled: renew,
    onSuccess: (_, { name, enabled, before }) =>
      toast(`${name} is ${enabled ? 'on' : 'off'}, on all nodes`, {
        undo: () =>
          void put(name, before).then(renew, (error: unknown) =>
            toastError(`${name} could not be switched back`, error),
          ),
      }),
    onError: (error, { name }) => toastError(`${name} could not be switched`, error),
  })
}
