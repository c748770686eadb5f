import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const css = readFileSync(join(import.meta.dirname, 'tokens.css'), 'utf8')
type Lab = [l: number, c: number, h: number]

/** The tokens of a theme: those of :root, with what a dark block puts in their place. */
function tokensOf(selector: string): Map<string, Lab> {
  const read = (block: string) =>
    [...block.matchAll(/--([\w-]+):\s*oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)/g)].map(
      ([, name, l, c, h]): [string, Lab] => [name!, [Number(l), Number(c), Number(h)]],
    )
  const block = (start: string): string => {
    const from = css.indexOf(start)
    if (from < 0) throw new Error(`tokens.css has no ${start}`)
    return css.slice(from, css.indexOf('}', from))
  }
  return new Map([...read(block(':root {')), ...(selector === '' ? [] : read(block(selector)))])
}

/** Relative luminance (WCAG 2.2) of an OKLCH colour, by the matrices of Björn Ottosson's Oklab. */
function luminance([l, c, h]: Lab): number {
  const a = c * Math.cos((h * Math.PI) / 180)
  const b = c * Math.sin((h * Math.PI) / 180)
  const [x, y, z] = [
    (l + 0.3963377774 * a + 0.2158037573 * b) ** 3,
    (l - 0.1055613458 * a - 0.0638541728 * b) ** 3,
    (l - 0.0894841775 * a - 1.291485548 * b) ** 3,
  ] as const
  const clamp = (value: number): number => Math.min(1, Math.max(0, value))
  return (
    0.2126 * clamp(4.0767416621 * x - 3.3077115913 * y + 0.2309699292 * z) +
    0.7152 * clamp(-1.2684380046 * x + 2.6097574011 * y - 0.3413193965 * z) +
    0.0722 * clamp(-0.0041960863 * x - 0.7034186147 * y + 1.707614701 * z)
  )
}
const contrast = (a: Lab, b: Lab): number => {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

const BACKS = ['bg', 'surface', 'sunken', 'hover', 'selected']
const RESULTS = ['delivered', 'held', 'waiting', 'broken']
const PAIRS: [string, string, number][] = [
  ...BACKS.flatMap((back): [string, string, number][] => [
    ['text', back, 7],
    ['text-2', back, 4.5],
    ['text-3', back, 4.5],
    ['accent', back, 4.5],
  ]),
  ...RESULTS.flatMap((name): [string, string, number][] => [
    [name, 'surface', 4.5],
    [name, `${name}-tint`, 4.5],
    [name, 'selected', 4.5],
    [`${name}-fill`, 'surface', 3],
  ]),
  ['on-accent', 'accent', 4.5],
  ['control', 'surface', 3],
  ['focus', 'bg', 3],
]

describe.each([
  ['light', ''],
  ['dark', ":root[data-theme='dark'] {"],
  ['dark, as the system says', ":root:not([data-theme='light']) {"],
])('the colours of the theme %s', (_, selector) => {
  const tokens = tokensOf(selector)
  it.each(PAIRS)('%s stands out from %s at least %d : 1', (front, back, least) => {
    const [a, b] = [tokens.get(front), tokens.get(back)]
    if (a === undefined || b === undefined) throw new Error(`tokens.css has no ${a === undefined ? front : back}`)
    expect(contrast(a, b)).toBeGreaterThanOrEqual(least)
  })
})
