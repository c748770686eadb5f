import { useQuery } from '@tanstack/react-query'
import type { Shape } from './client.ts'
import { queries } from './queries.ts'

/** Why a person may not do what needs this right, in words; undefined when they may. The server checks again. */
export function refusalOf(me: Shape['Me'] | undefined, access: 'operate' | 'admin'): string | undefined {
  if (me === undefined || me.role === 'admin') {
    const everywhere = me === undefined || me.everywhere || access === 'operate'
    return everywhere ? undefined : 'This concerns all tenants, and your rights do not cover all of them.'
  }
  if (access === 'operate' && me.role === 'operator') return undefined
  return `This needs the role ${access === 'admin' ? 'admin' : 'operator'}; yours is ${me.role}.`
}

/** `refusalOf` for whoever looks at the page. */
export function useRefusal(access: 'operate' | 'admin'): string | undefined {
  const { data } = useQuery(queries.me())
  return refusalOf(data, access)
}
