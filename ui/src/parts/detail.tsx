import type { ReactNode } from 'react'
import { Icon } from './icon.tsx'
import { Kbd } from './kbd.tsx'

/** A list and, beside it where there is room and in its place where there is none, what is open of it. */
export const WithDetail = ({ list, label, detail }: { list: ReactNode; label: string; detail: ReactNode | null }) => (
  <main className={`with-detail ${detail === null ? 'alone' : ''}`}>
    <section className="of" aria-label={label}>
      {list}
    </section>
    {detail}
  </main>
)

/** What is open: where it belongs, its sentence, and a way back. */
export const Detail = ({
  label,
  crumb,
  title,
  close,
  children,
}: {
  label: string
  crumb: ReactNode
  title: string
  close: () => void
  children: ReactNode
}) => (
  <article className="detail" aria-label={label}>
    <div className="crumb">
      <span>{crumb}</span>
      <button type="button" className="btn ghost small detail-close" onClick={close}>
        <Icon name="back" size={12} />
        Close
        <Kbd of="Escape" />
      </button>
    </div>
    <h2>{title}</h2>
    {children}
  </article>
)

/** Names and values; what has no value is left out. */
export const Facts = ({ facts }: { facts: [string, ReactNode][] }) => (
  <dl className="pairs">
    {facts.map(([name, value]) =>
      value === undefined || value === null || value === '' ? null : (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ),
    )}
  </dl>
)
