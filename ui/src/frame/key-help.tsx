import { Dialog } from '@base-ui/react/dialog'
import { PAGES } from '../pages.tsx'
import { Icon } from '../parts/icon.tsx'
import { Kbd } from '../parts/kbd.tsx'
import { currentActs } from './acts.ts'

/** All keys that work here. */
export default function KeyHelp({ open, setOpen }: { open: boolean; setOpen: (open: boolean) => void }) {
  const own: [string[], string][] = [
    [['/'], 'Filter'],
    [['⌘K'], 'Commands'],
    ...PAGES.map(({ key, title }): [string[], string] => [['g', key], title]),
    [['j', 'k'], 'Next, previous'],
    [['Enter'], 'Open'],
    [['l'], 'Live on or off'],
    [['['], 'Side bar'],
    [['?'], 'These keys'],
  ]
  const acts = open
    ? currentActs().flatMap(({ key, title }): [string[], string][] =>
        key === undefined || ['j', 'k'].includes(key) ? [] : [[[key], title]],
      )
    : []
  return (
    <Dialog.Root open={open} onOpenChange={setOpen}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog">
          <Dialog.Title className="dialog-title">Keys</Dialog.Title>
          <dl className="keymap">
            {[...acts, ...own].map(([keys, title]) => (
              <div key={title}>
                <dt>
                  {keys.map((key) => (
                    <Kbd key={key} of={key} />
                  ))}
                </dt>
                <dd>{title}</dd>
              </div>
            ))}
          </dl>
          <Dialog.Close className="btn ghost icon dialog-close" aria-label="Close">
            <Icon name="close" />
          </Dialog.Close>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
