const PATHS = {
  overview: 'M2 4h3.5c3 0 2.5 8 5.5 8h3M2 12h3M9 4h5',
  actions: 'M2.5 4h11M2.5 8h11M2.5 12h7',
  events: 'M3 3v10M8 3v6M13 3v8',
  groups: 'M3 5.5L8 3l5 2.5L8 8zM3 9l5 2.5L13 9',
  rules: 'M4 3v10M4 5h5l3 3-3 3H4',
  providers: 'M8 8m-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0M8 2v4M8 10v4M2 8h4M10 8h4',
  'dead-letters': 'M2.5 4.5h11v8h-11zM2.5 4.5L8 9l5.5-4.5',
  dispatch: 'M13.5 2.5L7 9M13.5 2.5L9.5 13.5 7 9 2.5 6.5z',
  settings: 'M2.5 5h6M11.5 5h2M2.5 11h2M7.5 11h6M10 3.5v3M6 9.5v3',
  more: 'M3 5h10M3 8h10M3 11h10',
  filter: 'M3 4.5h10M5 8h6M7 11.5h2',
  close: 'M4 4l8 8M12 4l-8 8',
  back: 'M10 3.5L5.5 8l4.5 4.5',
  up: 'M3.5 10L8 5.5l4.5 4.5',
  down: 'M3.5 6L8 10.5 12.5 6',
  choose: 'M5 6l3-3 3 3M5 10l3 3 3-3',
  copy: 'M5.5 5.5h7v7h-7zM3.5 10.5v-7h7',
  check: 'M3.5 8.5l3 3 6-7',
} as const
export type IconName = keyof typeof PATHS

/** One of our own icons: 16 px grid, 1.5 px stroke. Never alone: the text or label beside it says what it means. */
export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  )
}
