/**
 * Secrets in plain text. Everything here takes time linear in the text: what a caller or a provider sends is searched.
 */

interface Assignments {
  placeholder: string
  /** `inJson`: the text is JSON that does not parse (cut off), so places in it are not known. */
  isMasked(name: string, inJson: boolean): boolean
  inJson: boolean
}

const LONGEST_NAME = 256

/**
 * Masks the values of `name=value`, `name: value`, `"name": "value"`, `\"name\": \"value\"` (JSON within JSON) and
 * `list[name]=value`, where the name is one that is masked. A value that is an object or a list is masked whole, and
 * one that is cut off up to the end.
 */
export function maskAssignments(text: string, options: Assignments): string {
  const { placeholder, isMasked, inJson } = options
  let out = ''
  let done = 0
  for (let at = nextSign(text, 0); at !== -1; at = nextSign(text, Math.max(at + 1, done))) {
    const name = nameBefore(text, at)
    if (name === '' || !isMasked(name, inJson)) continue
    const value = valueAfter(text, at + 1, placeholder, inJson ? /\s/ : /[ \t=>]/)
    if (value === null) continue
    out += text.slice(done, value.start) + (inJson && value.bare ? JSON.stringify(placeholder) : placeholder)
    done = value.end
  }
  return done === 0 ? text : out + text.slice(done)
}

function nextSign(text: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === 0x3a || c === 0x3d) return i
  }
  return -1
}

/** The name that ends right before `at`, without its quotes; empty when there is none. */
function nameBefore(text: string, at: number): string {
  let end = at
  while (end > 0 && at - end < 8 && /\s/.test(text[end - 1]!)) end--
  const last = text[end - 1]
  if (last === '"' || last === "'" || last === ']') {
    const opening = last === ']' ? '[' : last
    end--
    // The quotes of JSON within JSON are escaped.
    while (end > 0 && text[end - 1] === '\\') end--
    // Only so far back: a text made of closing brackets must not cost its square.
    const before = text.slice(Math.max(0, end - LONGEST_NAME), end)
    const start = before.lastIndexOf(opening)
    return start === -1 ? '' : before.slice(start + 1).replaceAll(/^["']|["']$/g, '')
  }
  let start = end
  while (start > 0 && end - start < LONGEST_NAME && /[\p{L}\p{N}_.$-]/u.test(text[start - 1]!)) start--
  return text.slice(start, end)
}

/** Where the value after a sign begins and ends, without quotes; null when there is none, or it is masked already. */
function valueAfter(
  text: string,
  from: number,
  placeholder: string,
  between: RegExp,
): { start: number; end: number; bare: boolean } | null {
  let start = from
  while (start < text.length && between.test(text[start]!)) start++
  let escapes = 0
  while (text[start + escapes] === '\\') escapes++
  const quote = text[start + escapes]
  if (quote === '"' || quote === "'") {
    const inside = start + escapes + 1
    const end = escapes === 0 ? endOfQuoted(text, inside, quote) : text.indexOf('\\'.repeat(escapes) + quote, inside)
    return unlessMasked(text, { start: inside, end: end === -1 ? text.length : end, bare: false }, placeholder)
  }
  if (text.startsWith(placeholder, start)) return null
  if (text[start] === '{' || text[start] === '[') return { start, end: endOfNested(text, start), bare: true }
  const scheme = /^(?:bearer|basic|digest|token|negotiate)\s+/i.exec(text.slice(start, start + 16))
  let end = start + (scheme?.[0].length ?? 0)
  while (end < text.length && !/[\s,;&"'<>)}\]\\]/.test(text[end]!)) end++
  return end === start || text.slice(start, end) === 'null' ? null : { start, end, bare: true }
}

const unlessMasked = <V extends { start: number; end: number }>(
  text: string,
  value: V,
  placeholder: string,
): V | null => (value.end === value.start || text.slice(value.start, value.end) === placeholder ? null : value)

function endOfQuoted(text: string, from: number, quote: string): number {
  for (let i = from; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === quote) return i
  }
  return -1
}

function endOfNested(text: string, from: number): number {
  let depth = 0
  for (let i = from; i < text.length; i++) {
    const c = text[i]
    if (c === '"') {
      const end = endOfQuoted(text, i + 1, '"')
      if (end === -1) return text.length
      i = end
    } else if (c === '{' || c === '[') depth++
    else if ((c === '}' || c === ']') && --depth === 0) return i + 1
  }
  return text.length
}

// Lengths are bounded so that a text made of beginnings does not cost its square.
const PRIVATE_KEY = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g
const JWT = /\beyJ[\w-]{5,2048}\.eyJ[\w-]{5,2048}\.[\w-]{0,2048}/g
const AWS_KEY_ID = /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g
const URL_PASSWORD = /(\/\/[^\s/:@]{0,256}:)([^\s/@]{1,256})(?=@)/g
const CARD = /(?<![\d+])[2-6]\d(?:[ -]?\d){11,17}(?!\d)/g

/** Masks what is a secret whatever its name: private keys, JWTs, AWS key ids, card numbers, passwords in addresses. */
export function maskSecrets(text: string, placeholder: string): string {
  let masked = text
  const put = (): string => placeholder
  if (masked.includes('-----BEGIN')) masked = masked.replace(PRIVATE_KEY, put)
  if (masked.includes('eyJ')) masked = masked.replace(JWT, put)
  if (masked.includes('AKIA') || masked.includes('ASIA')) masked = masked.replace(AWS_KEY_ID, put)
  if (masked.includes('@') && masked.includes('//'))
    masked = masked.replace(URL_PASSWORD, (all, before: string, password: string) =>
      password === placeholder ? all : before + placeholder,
    )
  if (masked.length >= 13) masked = masked.replace(CARD, (digits) => (isCard(digits) ? placeholder : digits))
  return masked
}

/** Whether it is a payment card's number: a network's prefix and length, and the check digit of ISO/IEC 7812 (Luhn). */
function isCard(written: string): boolean {
  const digits = written.replaceAll(/[ -]/g, '')
  const known =
    /^4\d{15}(?:\d{3})?$/.test(digits) ||
    /^(?:5[1-5]|2[2-7])\d{14}$/.test(digits) ||
    /^3[47]\d{13}$/.test(digits) ||
    /^3(?:0[0-5]|[68]\d)\d{11}$/.test(digits) ||
    /^(?:6011|65\d\d|64[4-9]\d|35\d\d)\d{12}$/.test(digits)
  if (!known) return false
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i])
    sum += i % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2
  }
  return sum % 10 === 0
}
