import { Command } from 'cmdk'
import { Dialog } from '@base-ui/react/dialog'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { queries } from '../api/queries.ts'
import { PAGES } from '../pages.tsx'
import { Kbd } from '../parts/kbd.tsx'
import { useCurrentActs } from './acts.ts'
import { scopeTitle, useScopes } from './scope.tsx'
import { prefer } from './settings.ts'
import { hrefOf, usePlace } from './url.ts'

/** Commands: what can be done here first, then where one can go. */
export default function Palette({ open, setOpen }: { open: boolean; setOpen: (open: boolean) => void }) {
  return (
    <Dialog.Root open={open} onOpenChange={setOpen}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog palette" aria-label="Commands">
          {open && <Commands close={() => setOpen(false)} />}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function Commands({ close }: { close: () => void }) {
  const place = usePlace()
  const acts = useCurrentActs().filter(({ quiet }) => quiet !== true)
  const scopes = useScopes()
  const rules = useQuery(queries.rules())
  const providers = useQuery(queries.providers())
  const [text, setText] = useState('')
  const { scope, search } = place
  const has = (path: string): boolean => PAGES.some((page) => page.path === path)
  const run = (act: () => void) => () => {
    close()
    // After the dialog has given the focus back.
    requestAnimationFrame(act)
  }
  const item = (title: string, act: () => void, key?: string, refused?: string) => (
    <Command.Item key={title} value={title} disabled={refused !== undefined} onSelect={run(act)}>
      <span>
        {title}
        {refused !== undefined && <small>{refused}</small>}
      </span>
      {key !== undefined && <Kbd of={key} />}
    </Command.Item>
  )
  const id = text.trim()
  return (
    <Command label="Commands" loop>
      <Command.Input
        className="input"
        value={text}
        onValueChange={setText}
        placeholder="Do something, go somewhere, or paste an id"
      />
      <Command.List>
        <Command.Empty className="hint">Nothing is called that.</Command.Empty>
        {acts.length > 0 && (
          <Command.Group heading="Here">
            {acts.map(({ title, run: act, key, refused }) => item(title, act, key, refused))}
          </Command.Group>
        )}
        <Command.Group heading="Go to">
          {PAGES.map(({ path, title, key }) =>
            item(
              title,
              () => place.go(hrefOf({ scope, page: path }, { from: search['from'], to: search['to'] })),
              `G ${key}`,
            ),
          )}
          {text !== '' &&
            rules.data?.map(({ name }) =>
              item(`Rule ${name}`, () =>
                place.go(
                  has('rules')
                    ? hrefOf({ scope, page: 'rules', item: name })
                    : hrefOf({ scope, page: 'actions' }, { q: `rule:${name}` }),
                ),
              ),
            )}
          {text !== '' &&
            providers.data?.providers.map(({ provider }) =>
              item(`Provider ${provider}`, () =>
                place.go(
                  has('providers')
                    ? hrefOf({ scope, page: 'providers', item: provider })
                    : hrefOf({ scope, page: 'actions' }, { q: `provider:${provider}` }),
                ),
              ),
            )}
        </Command.Group>
        {text !== '' && (
          <Command.Group heading="Scope">
            {scopes.map((other) =>
              item(`Scope ${scopeTitle(other)}`, () => place.go(hrefOf({ scope: other, page: place.page }, search))),
            )}
          </Command.Group>
        )}
        {id.length > 5 && /\d/.test(id) && !/\s/.test(id) && (
          <Command.Group heading="Story" forceMount>
            <Command.Item
              value={`story ${id}`}
              forceMount
              onSelect={run(() =>
                place.go(hrefOf({ scope, page: 'actions' }, { from: search['from'], to: search['to'], open: id })),
              )}
            >
              <span>Open the story of {id}</span>
            </Command.Item>
          </Command.Group>
        )}
        <Command.Group heading="Show">
          {(['result:broken', 'result:waiting', 'outcome:suppressed'] as const).map((q) =>
            item(`Actions with ${q}`, () => place.go(hrefOf({ scope, page: 'actions' }, { from: search['from'], q }))),
          )}
          {(['light', 'dark', 'system'] as const).map((theme) => item(`Theme: ${theme}`, () => prefer({ theme })))}
        </Command.Group>
      </Command.List>
    </Command>
  )
}
