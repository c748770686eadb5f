import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { onSignedOut } from '../api/client.ts'
import { queries } from '../api/queries.ts'
import { useFilter } from '../api/traffic.ts'
import { listenTo } from '../live/stream.ts'
import { pageAt } from '../pages.tsx'
import { GlyphShapes } from '../parts/glyph.tsx'
import { Empty, Skeleton } from '../parts/states.tsx'
import { Announcer } from './announce.tsx'
import { useAsked } from './ask.ts'
import { Catch } from './catch.tsx'
import { useKeys } from './keys.ts'
import { A } from './link.tsx'
import { Navigation, PhoneBar } from './navigation.tsx'
import { usePreferences } from './settings.ts'
import { Toasts } from './toasts.tsx'
import { TopBar } from './top-bar.tsx'
import { useAskedFor, usePlace } from './url.ts'

// Loaded when it is first asked for: the first page is there sooner without it.
const Palette = lazy(() => import('./palette.tsx'))
const KeyHelp = lazy(() => import('./key-help.tsx'))
const Confirm = lazy(() => import('./confirm.tsx'))
const SignIn = lazy(() => import('./sign-in.tsx'))

/** Listens to what the page is about. A filter that the server refused is left out: there is nothing to be told of then. */
function useListening(live: boolean, ofActions: boolean): void {
  const place = usePlace()
  const { tenant, namespace } = place.scope
  const asked = useAskedFor()
  const text = ofActions ? asked.q : ''
  const { taken, error } = useFilter(asked, live && text !== '')
  const known = useRef('')
  // Until it is known whether a filter may be asked for, what was listened to goes on.
  if (text === '' || error !== null) known.current = ''
  else if (taken) known.current = text
  const q = known.current
  useEffect(() => listenTo(live ? { tenant, namespace, q } : null), [live, tenant, namespace, q])
}

/** The frame around every page: navigation, top bar, palette, keys, toasts. */
export function Shell() {
  const place = usePlace()
  const { narrow } = usePreferences()
  const [palette, setPalette] = useState(false)
  const [help, setHelp] = useState(false)
  const [unknown, setUnknown] = useState(false)
  const asked = useAsked()
  const page = pageAt(place.page)
  const live =
    place.search['live'] !== '0' && (place.search['from'] === undefined || place.search['from'].startsWith('-'))
  useKeys({ openPalette: () => setPalette(true), openHelp: () => setHelp(true) })
  useQuery(queries.me())
  useEffect(() => onSignedOut(() => setUnknown(true)), [])
  useListening(live, page?.lists === 'actions')
  useEffect(() => {
    document.title = `${page?.title ?? 'Not found'} – Acteon`
  }, [page])
  const Body = page?.body
  return (
    <>
      <GlyphShapes />
      <a className="skip" href="#content">
        Skip to content
      </a>
      <div className={`app ${narrow ? 'narrow' : ''} ${place.search['open'] === undefined ? '' : 'opened'}`}>
        <Navigation />
        <div className="body">
          <TopBar page={page} openPalette={() => setPalette(true)} />
          <div id="content" tabIndex={-1}>
            <Catch key={place.page}>
              <Suspense fallback={<Skeleton />}>
                {Body === undefined ? (
                  <main>
                    <Empty title="There is no such page">
                      <p>
                        <A href="/" className="btn">
                          Overview
                        </A>
                      </p>
                    </Empty>
                  </main>
                ) : (
                  <Body />
                )}
              </Suspense>
            </Catch>
          </div>
        </div>
        <PhoneBar />
      </div>
      {palette && (
        <Suspense>
          <Palette open={palette} setOpen={setPalette} />
        </Suspense>
      )}
      <Suspense>
        {help && <KeyHelp open={help} setOpen={setHelp} />}
        {asked && <Confirm />}
        {unknown && <SignIn done={() => setUnknown(false)} />}
      </Suspense>
      <Toasts />
      <Announcer />
    </>
  )
}
