import { Menu } from '@base-ui/react/menu'
import { answer, api } from '../../api/client.ts'
import { queryClient } from '../../api/queries.ts'
import { toast, toastError } from '../../frame/toasts.tsx'
import { Icon } from '../../parts/icon.tsx'
import { titleOf, type Event, type Move } from './events.ts'

/** Moves an event by hand. A refusal of the server is said with its reason. */
export async function move(event: Event, to: string, comment?: string): Promise<void> {
  const { fingerprint, namespace, tenant } = event
  try {
    await answer(
      api.PUT('/v1/events/{fingerprint}/transition', {
        params: { path: { fingerprint }, query: { namespace, tenant } },
        body: { to_state: to, ...(comment !== undefined && comment !== '' && { comment }) },
      }),
    )
    toast(`${titleOf(event)} is ${to}`)
  } catch (error) {
    toastError(`${titleOf(event)} stays ${event.state}`, error)
  }
  await queryClient.invalidateQueries({ queryKey: ['events'] })
}

/** Every state as a menu; one that cannot be reached stays there, with the reason. */
export const MoveMenu = ({
  event,
  moves,
  className = 'small',
}: {
  event: Event
  moves: Move[]
  className?: string
}) => (
  <Menu.Root>
    <Menu.Trigger className={`btn ${className}`} aria-label={`Move ${titleOf(event)}`}>
      Move
      <Icon name="down" size={12} />
    </Menu.Trigger>
    <Menu.Portal>
      <Menu.Positioner sideOffset={4} align="start" className="over">
        <Menu.Popup className="pop">
          {moves.map(({ to, refused }) => (
            <Menu.Item
              key={to}
              className="menu-item"
              disabled={refused !== undefined}
              onClick={() => void move(event, to)}
            >
              <span>
                {to}
                {refused !== undefined && <small>{refused}</small>}
              </span>
            </Menu.Item>
          ))}
        </Menu.Popup>
      </Menu.Positioner>
    </Menu.Portal>
  </Menu.Root>
)
