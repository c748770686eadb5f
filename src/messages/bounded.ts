import { webAddress } from './links.js'

/** Joins pieces that are whole (an escaped character, a link) up to `limit` characters; `…` stands for what is left out. */
export function within(pieces: Iterable<string>, limit: number): string {
  let text = ''
  // How much of `text` may stay when something has to be left out.
  let kept = 0
  for (const piece of pieces) {
    if (text.length + piece.length > limit) return `${text.slice(0, kept).trimEnd()}…`
    text += piece
    if (text.length < limit) kept = text.length
  }
  return text
}

/** Escapes a text, at most `limit` characters of the result, and never cuts inside an escape. */
export const escaped = (text: string, escape: (text: string) => string, limit: number): string => {
  const whole = escape(text.slice(0, limit + 1))
  return text.length <= limit && whole.length <= limit ? whole : within(eachCharacter(text, escape), limit)
}

function* eachCharacter(text: string, escape: (text: string) => string): Generator<string> {
  for (const character of text) yield escape(character)
}

const ADDRESS = /https?:\/\/[^\s<>"|`\\^{}]+/gi
const AFTER_ADDRESS = /[.,;:!?)\]'*_~]+$/

/**
 * The same for a text whose addresses shall be links: `escape` is not applied to them, and none is cut.
 * @param link what is written for an address, given it in canonical spelling and as it was written
 */
export const linked = (
  text: string,
  escape: (text: string) => string,
  link: (url: string, written: string) => string,
  limit: number,
): string => within(piecesOf(text, escape, link), limit)

function* piecesOf(
  text: string,
  escape: (text: string) => string,
  link: (url: string, written: string) => string,
): Generator<string> {
  let at = 0
  for (const match of text.matchAll(ADDRESS)) {
    const written = match[0].replace(AFTER_ADDRESS, '')
    const url = webAddress(written)
    if (url === null) continue
    yield* eachCharacter(text.slice(at, match.index), escape)
    yield link(url, written)
    at = match.index + written.length
  }
  yield* eachCharacter(text.slice(at), escape)
}
