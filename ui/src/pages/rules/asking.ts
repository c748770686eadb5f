import { queryOptions, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { answer, api, ApiError, type Shape } from '../../api/client.ts'
import { queries, type Scope } from '../../api/queries.ts'
import type { RuleHelp } from '../../parts/rule-editing.ts'
import type { Schema } from '../../parts/rule-schema.ts'
import { useSettled } from '../../parts/settled.ts'
import { isChanged, useWritten, type Draft, type File } from './drafts.ts'

export type Job = Shape['ReplayJob']
export type Check = Shape['RulesCheck']
export type PartCounts = Shape['RulePartCounts']
export type Change = Shape['RuleChange']

/** What this page asks of rule files. Keys begin with `rules`, so that a publish renews them all. */
export const asked = {
  files: () => queryOptions({ queryKey: ['rules', 'files'], queryFn: () => answer(api.GET('/v1/rule-files')) }),
  file: (path: string) =>
    queryOptions({
      queryKey: ['rules', 'file', path],
      queryFn: () => answer(api.GET('/v1/rule-files/{path}', { params: { path: { path } } })),
      placeholderData: undefined,
    }),
  /** @param text null: without the file */
  check: (path: string, text: string | null) =>
    queryOptions({
      queryKey: ['rules', 'check', path, text],
      queryFn: () => answer(api.POST('/v1/rules/check', { body: { files: [{ path, text }] } })),
      retry: false,
    }),
  schema: () =>
    queryOptions({
      queryKey: ['rule-schema'],
      queryFn: () => answer(api.GET('/v1/rules/schema')) as Promise<Schema>,
      staleTime: Infinity,
    }),
  changes: (of: { path?: string | undefined; rule?: string | undefined }, limit: number) =>
    queryOptions({
      queryKey: ['rules', 'changes', of, limit],
      queryFn: () => answer(api.GET('/v1/rule-changes', { params: { query: { ...of, limit } } })),
    }),
  change: (id: string) =>
    queryOptions({
      queryKey: ['rule-change', id],
      queryFn: () => answer(api.GET('/v1/rule-changes/{id}', { params: { path: { id } } })),
      staleTime: Infinity,
      placeholderData: undefined,
    }),
  replay: (id: string) =>
    queryOptions({
      queryKey: ['replay', id],
      queryFn: () => answer(api.GET('/v1/rules/replay/{id}', { params: { path: { id } } })),
      refetchInterval: ({ state: { data } }) => (data === undefined || isRunning(data) ? 400 : false),
      placeholderData: undefined,
      retry: false,
    }),
  /** What the conditions of a file that runs made of the newest actions. */
  parts: (file: string, scope: Scope) =>
    queryOptions({
      queryKey: ['rules', 'parts', file, scope],
      queryFn: () => answer(api.GET('/v1/rules/parts', { params: { query: { ...scope, file } } })),
      staleTime: 30_000,
      placeholderData: undefined,
    }),
  replayParts: (id: string, file: string) =>
    queryOptions({
      queryKey: ['replay', id, 'parts', file],
      queryFn: () => answer(api.GET('/v1/rules/replay/{id}/parts', { params: { path: { id }, query: { file } } })),
      staleTime: Infinity,
      placeholderData: undefined,
      retry: false,
    }),
} as const

export const isRunning = ({ status }: Job): boolean => status === 'gathering' || status === 'running'

/** Whether the person may not see it, or it is not there: the page does without. */
export const isHidden = (error: unknown): boolean =>
  error instanceof ApiError && (error.status === 403 || error.status === 404)

/** The file that a rule is in, or the one that is named, or the first; null: there is none. */
export function useRuleFile(
  rule: string | undefined,
  named?: string,
): { paths: string[]; file: File | null | undefined; error: Error | null; retry: () => void } {
  const list = useQuery(asked.files())
  const files = list.data?.files
  const begun = useWritten().filter(({ path }) => files?.some((file) => file.path === path) !== true)
  const fresh = begun.find((file) => file.path === named)
  const path =
    named !== undefined && files?.some((file) => file.path === named) === true
      ? named
      : (
          files?.find(({ rules }) => rule !== undefined && rules.includes(rule)) ??
          (rule === undefined ? files?.[0] : undefined)
        )?.path
  const file = useQuery({ ...asked.file(path ?? ''), enabled: path !== undefined && fresh === undefined })
  const error = list.error ?? file.error
  const paths = [...(files ?? []), ...begun].map((one) => one.path)
  if (fresh !== undefined && files !== undefined)
    return { paths, file: fresh, error: list.error, retry: () => void list.refetch() }
  return {
    paths,
    file: files !== undefined && path === undefined ? null : file.data,
    error,
    retry: () => void (list.error === null ? file.refetch() : list.refetch()),
  }
}

/** What the server says of a draft; `valid`: of exactly this text, and nothing is wrong. */
export function useCheck(draft: Draft) {
  const changed = isChanged(draft)
  const settled = useSettled(draft.text)
  const query = useQuery({ ...asked.check(draft.base.path, settled), enabled: changed })
  const stale = settled !== draft.text || query.isPlaceholderData
  return {
    check: changed ? query.data : undefined,
    error: changed ? query.error : null,
    stale,
    valid: changed && query.data?.valid === true && !stale,
  }
}

const NOTHING: RuleHelp['notes'] = []

/** What helps to write rules: the schema, names of providers, what is wrong, and what each rule decides. */
export function useHelp(path: string, check: Check | undefined, notes: RuleHelp['notes'] = NOTHING): RuleHelp {
  const schema = useQuery(asked.schema())
  const providers = useQuery(queries.providerList())
  return useMemo(() => {
    const problems = check?.problems ?? []
    const findings = check?.findings ?? []
    return {
      schema: schema.data,
      names: { target_provider: providers.data?.providers.map(({ name }) => name) ?? [] },
      problems: [
        ...problems.filter(({ file }) => file === path).map((problem) => ({ ...problem, warning: false })),
        ...findings
          .filter(({ file }) => file === path)
          .map(({ line, message }) => ({ line, column: 1, message, warning: true })),
      ],
      notes,
    }
  }, [schema.data, providers.data, check, path, notes])
}
