import { answer, api } from '../../api/client.ts'
import { queryClient } from '../../api/queries.ts'
import { useRefusal } from '../../api/rights.ts'
import { toast, toastError } from '../../frame/toasts.tsx'
import { plural } from '../../lib/formats.ts'
import { ActButton } from '../../parts/acts.tsx'
import { titleOf, type Group } from './groups.ts'

/** Sends what a group has collected, before its time. */
export async function sendNow(group: Group): Promise<void> {
  const { group_key, provider, tenant, namespace } = group
  try {
    const { event_count } = await answer(
      api.DELETE('/v1/groups/{group_key}', { params: { path: { group_key }, query: { tenant, namespace } } }),
    )
    toast(`${plural(event_count, 'action')} of ${titleOf(group)} sent to ${provider} as one`)
  } catch (error) {
    toastError(`The group ${titleOf(group)} was not sent`, error)
  }
  await queryClient.invalidateQueries({ queryKey: ['groups'] })
}

export const SendNow = ({ group }: { group: Group }) => {
  const refused = useRefusal('operate')
  return (
    <ActButton
      className="small"
      act={{ title: `Send ${group.event_count} now`, refused, run: () => void sendNow(group) }}
    />
  )
}
