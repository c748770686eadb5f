// Draws rendered messages as their service would: enough of its look to judge what a reader sees, and none of its pages.

// Drawn, because a machine without a font for them would show an empty box.
const SIGNS = { '🔴': '#dd2e44', '🟠': '#f4900c', '🟡': '#fdcb58', '🔵': '#55acee', '🟢': '#78b159' }

const html = (text) =>
  String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
const signs = (drawn) =>
  drawn.replaceAll(/[🔴🟠🟡🔵🟢]/gu, (sign) => `<i class=sign style="background:${SIGNS[sign]}"></i>`)

/** Backslash escapes, bold, links and emphasis, as Discord and Teams read them. */
const markdown = (text) =>
  html(text)
    .replaceAll(/\\(.)/g, (_all, character) => `&#${character.codePointAt(0)};`)
    .replaceAll(/\[([^\]]*)\]\(([^)]*)\)/g, '<a>$1</a>')
    .replaceAll(/\*\*(.+?)\*\*/g, '<b>$1</b>')
    .replaceAll(/`([^`\n]+)`/g, '<code>$1</code>')
    .replaceAll(/&lt;t:(\d+)(:\w)?&gt;/g, (_all, seconds) => clock(Number(seconds) * 1_000))
    .replaceAll('\n', '<br>')

/** Slack's mrkdwn; it comes escaped for HTML already. */
const mrkdwn = (text) =>
  text
    .replaceAll(/<!date\^(\d+)\^[^|>]*\|([^>]*)>/g, (_all, _seconds, fallback) => fallback)
    .replaceAll(/<(https?:[^|>]*)\|([^>]*)>/g, '<a>$2</a>')
    .replaceAll(/<(https?:[^>]*)>/g, '<a>$1</a>')
    .replaceAll(/(^|[\s(])\*(\S[^*\n]*)\*/g, '$1<b>$2</b>')
    .replaceAll(/(^|[\s(])_(\S[^_\n]*)_/g, '$1<i>$2</i>')
    .replaceAll(/`([^`\n]+)`/g, '<code>$1</code>')
    .replaceAll('\n', '<br>')
const clock = (ms) => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`
const slackText = (text) => (text.type === 'mrkdwn' ? mrkdwn(text.text) : html(text.text))

const SLACK_BLOCKS = {
  header: ({ text }) => `<h2>${html(text.text)}</h2>`,
  section: ({ text, fields = [] }) =>
    `${text === undefined ? '' : `<div>${slackText(text)}</div>`}` +
    (fields.length === 0
      ? ''
      : `<div class=fields>${fields.map((one) => `<div>${slackText(one)}</div>`).join('')}</div>`),
  context: ({ elements }) => `<div class=small>${elements.map(slackText).join(' ')}</div>`,
  divider: () => '<hr>',
  actions: ({ elements }) => elements.map(({ text }) => `<span class=button>${html(text.text)}</span>`).join(' '),
}
const slackBlocks = (blocks) => blocks.map((one) => (SLACK_BLOCKS[one.type] ?? unknown)(one)).join('')
const slack = ({ blocks = [], attachments = [], text }) =>
  `<div class=who><i></i><b>Acteon</b> <span class=small>APP</span></div>` +
  (blocks.length + attachments.length === 0 ? `<div>${mrkdwn(text)}</div>` : slackBlocks(blocks)) +
  attachments
    .map(
      ({ color, blocks: inner = [] }) =>
        `<div class=bar style="border-color:${html(color ?? '#ddd')}">${slackBlocks(inner)}</div>`,
    )
    .join('')

const discord = ({ content = '', embeds }) =>
  `<div class=who><i></i><b>Acteon</b> <span class=small>APP</span></div><div>${markdown(content)}</div>` +
  embeds
    .map(
      ({ title, description = '', color = 0, fields = [], footer, timestamp }) =>
        `<div class=embed style="border-color:#${color.toString(16).padStart(6, '0')}"><h2>${markdown(title)}</h2>` +
        `<div>${markdown(description)}</div><div class=fields>` +
        fields
          .map(
            ({ name, value, inline }) =>
              `<div${inline ? '' : ' class=whole'}><b>${markdown(name)}</b><br>${markdown(value)}</div>`,
          )
          .join('') +
        `</div><div class=small>${html(footer?.text ?? '')}${timestamp === undefined ? '' : ` · ${clock(Date.parse(timestamp))}`}</div></div>`,
    )
    .join('')

const COLOURS = { attention: '#c4314b', warning: '#a05a00', accent: '#5b5fc7', good: '#237b4b' }
const GROUNDS = { attention: '#fcf4f6', warning: '#fbf6d9', accent: '#e8ebfa', good: '#e7f2da', emphasis: '#f5f5f5' }
const TEAMS_ELEMENTS = {
  TextBlock: ({ text, weight, size, color, isSubtle, fontType }) =>
    `<div style="${[
      weight === 'Bolder' && 'font-weight:700',
      size === 'Large' && 'font-size:19px',
      size === 'Small' && 'font-size:12px',
      color !== undefined && `color:${COLOURS[color]}`,
      isSubtle && 'color:#616161',
      fontType === 'Monospace' && 'font-family:monospace',
    ]
      .filter(Boolean)
      .join(';')}">${markdown(text)}</div>`,
  Container: ({ style, items }) =>
    `<div class=container style="background:${GROUNDS[style]}">${teamsElements(items)}</div>`,
  FactSet: ({ facts }) =>
    `<table>${facts.map(({ title, value }) => `<tr><th>${markdown(title)}</th><td>${markdown(value)}</td></tr>`).join('')}</table>`,
  ColumnSet: ({ columns }) =>
    `<div class=columns>${columns.map(({ width, items }) => `<div style="flex:${width === 'stretch' ? 1 : 'none'}">${teamsElements(items)}</div>`).join('')}</div>`,
}
const teamsElements = (elements) =>
  elements.map((one) => `<div class=element>${(TEAMS_ELEMENTS[one.type] ?? unknown)(one)}</div>`).join('')
const teams = ({ attachments: [{ content }] }) =>
  `<div class=card>${teamsElements(content.body)}${(content.actions ?? []).map(({ title }) => `<span class=button>${html(title)}</span>`).join(' ')}</div>`

const rowsOf = (details, path = '') =>
  Object.entries(details).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null
      ? rowsOf(value, `${path}${name} › `)
      : [`<tr><th>${html(path + name)}</th><td>${html(value)}</td></tr>`],
  )
const pagerduty = ({ payload: { summary, severity, source, timestamp, component, group, custom_details }, links }) =>
  `<div class=card><div class="pd ${severity}">${severity}</div><h2>${html(summary)}</h2>` +
  `<div class=small>${[source, component, group].filter(Boolean).map(html).join(' · ')} · ${clock(Date.parse(timestamp))}</div>` +
  `<table>${rowsOf(custom_details).join('')}</table>${links.map(({ text }) => `<a>${html(text)}</a>`).join(' ')}</div>`

const email = ({ subject, html: body }) =>
  `<div class=subject>${html(subject)}</div><iframe srcdoc="${html(body)}" onload="this.height=this.contentDocument.documentElement.scrollHeight"></iframe>`

const unknown = ({ type }) => {
  throw new Error(`A message has an element "${type}", which no picture can show yet.`)
}

const DRAWN = { slack, discord, teams, pagerduty, email }
const GROUND = { discord: '#313338', teams: '#f0f0f0', pagerduty: '#f4f5f7' }

/** A page that shows messages of a service, one below the other. */
export const pageOf = (service, contents) => `<!doctype html><meta charset=utf-8><style>
body { margin: 0; padding: 14px; width: 600px; font: 14px/1.45 system-ui, 'Helvetica Neue', Arial, sans-serif;
  color: ${service === 'discord' ? '#dbdee1' : '#1d1c1d'}; background: ${GROUND[service] ?? '#fff'} }
h2 { font-size: 17px; line-height: 1.3; margin: 3px 0 } a { color: ${service === 'discord' ? '#00a8fc' : '#1264a3'} }
.message + .message { margin-top: 16px } .small { font-size: 12px; opacity: .75; margin: 4px 0 }
.sign { display: inline-block; width: .8em; height: .8em; border-radius: 50% } .who { position: relative; margin-bottom: 2px } .who i { display: inline-block; width: 16px; height: 16px; border-radius: 4px;
  background: #5b5fc7; vertical-align: -3px; margin-right: 6px }
.fields { display: grid; grid-template-columns: 1fr 1fr; gap: 6px 16px; margin: 6px 0 } .whole { grid-column: 1 / -1 }
.bar, .embed { border-left: 4px solid; padding: 4px 12px; border-radius: 4px } .embed { background: #2b2d31 }
.button { display: inline-block; border: 1px solid #8a8a8a; border-radius: 4px; padding: 3px 10px; margin-top: 6px; font-weight: 600 }
.card { background: #fff; border: 1px solid #ddd; border-radius: 6px; padding: 12px 16px } .element { margin-bottom: 8px }
.container { margin: -12px -16px 0; padding: 12px 16px; border-radius: 6px 6px 0 0 } .container .element { margin: 0 }
.columns { display: flex; gap: 10px } th { text-align: left; padding: 2px 18px 2px 0; vertical-align: top; white-space: nowrap }
td { padding: 2px 0 } .pd { float: right; font-weight: 700; text-transform: uppercase; font-size: 12px; padding: 1px 8px; border-radius: 4px;
  background: #ddd } .critical { background: #c4314b; color: #fff } .error { background: #e8681a; color: #fff } .pd.warning { background: #f5d76e }
.subject { font-size: 18px; font-weight: 600; padding-bottom: 8px; border-bottom: 1px solid #ddd } iframe { width: 100%; border: 0 } code { background: #8883; padding: 0 3px; border-radius: 3px }
</style><body>${contents.map((content) => `<div class=message>${signs(DRAWN[service](content))}</div>`).join('')}`
