import { linked } from './bounded.js'
import type { Fact, Link, Message } from './message.js'
import { atText, headline, itemParts, LOOK, sourceParts } from './parts.js'
import { severityWord } from './words.js'

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Text that stands for itself between tags and in a quoted attribute. */
export const htmlEscape = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => ESCAPES[character]!)

const LONGEST_TEXT = 400_000
const textOf = (text: string): string =>
  linked(
    text,
    htmlEscape,
    (url, written) => `<a href="${htmlEscape(url)}" class="a" style="color:#1d4f91">${htmlEscape(written)}</a>`,
    LONGEST_TEXT,
  ).replaceAll('\n', '<br>')

const FONT = "font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
const MONO = 'font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace'

/**
 * Mail programs read inline styles and tables; those that have a dark form read this besides. Nothing is fetched: no
 * image, no font, no style sheet.
 */
const DARK = `:root{color-scheme:light dark;supported-color-schemes:light dark}
@media (prefers-color-scheme:dark){
.page{background:#15171c!important}
.card{background:#1e2128!important;border-color:#343944!important}
.text{color:#e8eaee!important}
.soft{color:#a9b0bd!important}
.line{border-color:#343944!important}
.a{color:#8ab8f2!important}
.button{background:#2b3040!important;border-color:#4a5163!important;color:#e8eaee!important}
.critical{color:#ff8f8f!important}.error{color:#ffa970!important}.warning{color:#f2c55c!important}.info{color:#8ab8f2!important}.ok{color:#6fd3a0!important}
}
@media (max-width:620px){.pad{padding-left:16px!important;padding-right:16px!important}.time{white-space:normal!important}}`

const page = (title: string, preview: string, rows: string): string =>
  `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${htmlEscape(title)}</title>
<style>${DARK}</style>
</head>
<body class="page" style="margin:0;padding:0;background:#f3f4f6">
${preview === '' ? '' : `<div style="display:none;max-height:0;overflow:hidden">${htmlEscape(preview)}</div>\n`}<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" class="page" style="background:#f3f4f6">
<tr><td align="center" style="padding:24px 12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" class="card" style="max-width:600px;background:#ffffff;border:1px solid #d9dce2;border-radius:8px;border-collapse:separate;text-align:left">
${rows}
</table>
</td></tr>
</table>
</body>
</html>
`

const row = (content: string, padding: string): string =>
  `<tr><td class="pad" style="padding:${padding};${FONT}">${content}</td></tr>`

/** A message as a mail: what happened first and largest, then the rest in the order in which one asks for it. */
export function noticeHtml(message: Message): string {
  const { title, text, severity, links } = message
  const bar =
    severity === null
      ? ''
      : `<tr><td style="height:5px;line-height:5px;font-size:0;background:${LOOK[severity].colour};border-radius:7px 7px 0 0">&nbsp;</td></tr>\n`
  const badge =
    severity === null
      ? ''
      : `<div class="${severity}" style="font-size:13px;line-height:18px;font-weight:700;color:${LOOK[severity].colour};padding-bottom:4px">${severityWord(severity)}</div>`
  const heading = `<h1 class="text" style="margin:0;font-size:21px;line-height:28px;font-weight:650;color:#1b1f27;word-break:break-word">${htmlEscape(title)}</h1>`
  const body =
    text === ''
      ? ''
      : `<div class="text" style="padding-top:10px;font-size:15px;line-height:23px;color:#1b1f27;word-break:break-word">${textOf(text)}</div>`
  const rows = [
    row(badge + heading + body, '22px 28px 20px'),
    itemRows(message),
    factRows(message),
    links.length === 0 ? '' : row(links.map(button).join(''), '0 28px 16px'),
    footer(message),
  ]
  const preview =
    message.group === undefined
      ? text.slice(0, 140)
      : message.group.items
          .map(({ summary }) => summary)
          .join(', ')
          .slice(0, 140)
  return page(headline(message), preview, bar + rows.filter((part) => part !== '').join('\n'))
}

const table = (rows: string): string =>
  `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0">${rows}</table>`
const CELL = 'padding:7px 0;border-top:1px solid #e6e8ec;font-size:14px;line-height:20px;vertical-align:top'

function itemRows(message: Message): string {
  const rows = itemParts(message).map(({ time, summary, count, severity }) => {
    const bad =
      severity === null
        ? ''
        : `<strong class="${severity}" style="color:${LOOK[severity].colour}">${severityWord(severity)}</strong> `
    const times = count > 1 ? ` <strong>× ${count}</strong>` : ''
    return `<tr><td class="time soft line" style="${CELL};${MONO};font-size:13px;color:#5a6270;white-space:nowrap;padding-right:16px" width="1">${time}</td><td class="text line" style="${CELL};color:#1b1f27;word-break:break-word">${bad}${htmlEscape(summary)}${times}</td></tr>`
  })
  const more = message.group?.more ?? 0
  if (more > 0)
    rows.push(`<tr><td colspan="2" class="soft line" style="${CELL};color:#5a6270">and ${more} more</td></tr>`)
  return rows.length === 0 ? '' : row(table(rows.join('')), '0 28px 18px')
}

function factRows({ facts, more_facts }: Message): string {
  const rows = facts.map(factRow)
  if (more_facts > 0)
    rows.push(`<tr><td colspan="2" class="soft line" style="${CELL};color:#5a6270">and ${more_facts} more</td></tr>`)
  return rows.length === 0 ? '' : row(table(rows.join('')), '0 28px 18px')
}

const factRow = ({ name, value }: Fact): string =>
  `<tr><td class="soft line" style="${CELL};color:#5a6270;padding-right:16px;word-break:break-word" width="30%">${htmlEscape(name)}</td><td class="text line" style="${CELL};color:#1b1f27;word-break:break-word">${textOf(value)}</td></tr>`

const button = ({ title, url }: Link): string =>
  `<a href="${htmlEscape(url)}" class="button" style="display:inline-block;margin:0 8px 8px 0;padding:8px 14px;border:1px solid #c3c8d1;border-radius:6px;background:#f6f7f9;color:#1b1f27;font-size:14px;line-height:20px;font-weight:600;text-decoration:none">${htmlEscape(title)}</a>`

const footer = (message: Message): string =>
  row(
    `<div class="soft line" style="border-top:1px solid #e6e8ec;padding-top:12px;font-size:12px;line-height:18px;color:#5a6270;word-break:break-word">${[...sourceParts(message), atText(message)].map(htmlEscape).join(' &nbsp;·&nbsp; ')}<br>id ${htmlEscape(message.source.action_id)}</div>`,
    '0 28px 18px',
  )

/** A letter: its words, and nothing around them. */
export const letterHtml = (subject: string, text: string): string =>
  page(
    subject,
    '',
    row(
      text
        .split(/\n{2,}/)
        .map(
          (paragraph) =>
            `<p class="text" style="margin:0 0 14px;font-size:15px;line-height:23px;color:#1b1f27;word-break:break-word">${textOf(paragraph)}</p>`,
        )
        .join(''),
      '26px 28px 12px',
    ),
  )
