import { QueryClientProvider } from '@tanstack/react-query'
import { createRootRoute, createRoute, createRouter, RouterProvider } from '@tanstack/react-router'
import { CSPProvider } from '@base-ui/react/csp-provider'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { queryClient } from './api/queries.ts'
import { showTheme } from './frame/settings.ts'
import { Shell } from './frame/shell.tsx'
import { noteVisit } from './frame/visits.ts'
import './styles/fonts.css'
import './styles/tokens.css'
import './styles/base.css'
import './styles/frame.css'
import './styles/parts.css'
import './styles/overview.css'
import './styles/story.css'
import './styles/phone.css'

showTheme()
noteVisit()

const root = createRootRoute({ component: Shell })
// Which page an address means is read in frame/url.ts: scope, page and item may all be in it.
const any = createRoute({ getParentRoute: () => root, path: '$', component: () => null })
const router = createRouter({
  routeTree: root.addChildren([any]),
  scrollRestoration: true,
  parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: (search) => {
    const text = new URLSearchParams(search as Record<string, string>).toString()
    return text === '' ? '' : `?${text}`
  },
})

createRoot(document.getElementById('app')!).render(
  <StrictMode>
    <CSPProvider disableStyleElements>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </CSPProvider>
  </StrictMode>,
)
