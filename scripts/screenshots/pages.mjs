// The pages in the pictures: where each is, and what must be there before it is taken.

/**
 * `open` does what an address cannot; `ready` is waited for. `data` has the ids of the gateway's own things.
 * @type {{ name: string, path: (data: object) => string, ready: string, open?: (page: object) => Promise<void>,
 *   signedOut?: boolean, wide?: boolean }[]}
 */
export const PAGES = [
  { name: 'overview', path: () => '/t/acme/-/', ready: '.figs' },
  { name: 'overview-empty', path: () => '/t/acme-labs/-/', ready: '.state pre' },
  { name: 'actions', path: () => '/t/acme/-/actions?q=provider:opsgenie,slack-oncall', ready: '.row' },
  { name: 'story', path: ({ rerouted }) => `/t/acme/-/actions?q=rule:page-critical&open=${rerouted}`, ready: '.st' },
  {
    name: 'story-held-back',
    path: ({ throttled }) => `/t/acme/-/actions?q=outcome:throttled&open=${throttled}`,
    ready: '.st',
  },
  { name: 'events', path: () => '/t/acme/-/events', ready: '.card' },
  { name: 'event', path: ({ event }) => `/t/acme/-/events?open=${event}`, ready: '.detail .strip' },
  { name: 'groups', path: () => '/t/acme/-/groups', ready: '.line-row' },
  { name: 'group', path: ({ group }) => `/t/acme/-/groups?open=${encodeURIComponent(group)}`, ready: '.steps' },
  { name: 'rules', path: () => '/t/acme/-/rules', ready: 'main li, main tr' },
  { name: 'rule', path: () => '/t/acme/-/rules/page-critical', ready: 'main h2' },
  {
    name: 'playground',
    path: ({ rerouted }) => `/t/acme/-/rules/page-critical?tab=playground&action=${rerouted}`,
    ready: '.play .ans',
  },
  {
    name: 'replay',
    path: () => '/rules/page-critical?tab=playground&input=traffic',
    ready: '.play-yaml .editor .cm-content',
    wide: true,
    open: async (page) => {
      const editor = page.getByRole('textbox', { name: /, its text$/ })
      const text = await page.evaluate(async () => {
        const { files } = await (await fetch('/v1/rule-files')).json()
        const { path } = files.find(({ rules }) => rules.includes('page-critical'))
        return (await (await fetch(`/v1/rule-files/${encodeURIComponent(path)}`)).json()).text
      })
      await editor.fill(text.replace('gt: 2000', 'gt: 1800'))
      await page.getByText('1 rule would change: page-critical.').waitFor()
      await page.locator('.replay-input').getByRole('button', { name: 'Replay' }).click()
      await page.getByText(/that differs?$|that differ \(/).waitFor()
    },
  },
  { name: 'providers', path: () => '/t/acme/-/providers', ready: '.line-row' },
  { name: 'provider', path: () => '/t/acme/-/providers/opsgenie', ready: '.detail .strip' },
  { name: 'dead-letters', path: () => '/t/acme/-/dead-letters', ready: '.bunch' },
  { name: 'dead-letter', path: ({ letter }) => `/t/acme/-/dead-letters?open=${letter}`, ready: '.steps' },
  { name: 'dispatch', path: ({ rerouted }) => `/t/acme/-/dispatch?action=${rerouted}`, ready: '.play .ans' },
  { name: 'settings', path: () => '/t/acme/-/settings', ready: '.facts' },
  {
    name: 'commands',
    path: ({ rerouted }) => `/t/acme/-/actions?q=rule:page-critical&open=${rerouted}`,
    ready: '.st',
    wide: true,
    open: async (page) => {
      await page.keyboard.press('Control+k')
      await page.locator('[cmdk-item]').first().waitFor()
    },
  },
  { name: 'sign-in', path: () => '/', ready: '.dialog', signedOut: true },
]
