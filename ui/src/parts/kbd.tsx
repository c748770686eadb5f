const NAMES: Record<string, string> = { Escape: 'Esc', Enter: '↵', ArrowDown: '↓', ArrowUp: '↑' }
/** A key, printed on what it presses. */
export const Kbd = ({ of }: { of: string }) => <kbd>{NAMES[of] ?? of.toUpperCase()}</kbd>
