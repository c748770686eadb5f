import { count, time } from '../lib/formats.ts'
import type { Told } from './shapes.ts'

/** The story as Markdown, for a ticket or a chat. */
export function storyMarkdown(told: Told, link: string): string {
  const steps = told.steps.map(({ atMs, title, text, note, attempts, rules, behind }) => {
    const more = [
      ...(rules ?? []).map(
        (rule) =>
          `  - ${rule.result === 'matched' ? '**matched**' : rule.result.replaceAll('_', ' ')} \`${rule.rule}\`${(rule.parts ?? []).map(({ part, found }) => `; \`${part}\` found \`${JSON.stringify(found) ?? 'nothing'}\``).join('')}`,
      ),
      ...(behind === undefined ? [] : [`  - ${count(behind)} not looked at`]),
      ...(attempts ?? []).map(({ attempt, status, result }) => `  - attempt ${attempt}: ${status ?? result}`),
      ...(note === undefined ? [] : [`  - ${note}`]),
    ]
    return [`- ${time(atMs, { ms: true })} **${title}** ${text}`.trimEnd(), ...more].join('\n')
  })
  return [
    `### ${told.title}`,
    '',
    ...told.answers.map(({ strong, text }) => `${strong} ${text}`),
    '',
    ...steps,
    '',
    `\`${told.id}\` ${link}`,
    '',
  ].join('\n')
}
