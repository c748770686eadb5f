/** At most `length` characters, with an ellipsis when something was left out. */
export const cut = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length - 1)}…` : text
