import { useEffect, useId, useMemo, useRef, useState } from 'react'
import { useFilter, type Counts } from '../api/traffic.ts'
import { filterText, termText, typedFilter, type Term } from '../lib/filter.ts'
import { upTo } from '../lib/formats.ts'
import type { Listed } from '../lib/keys.ts'
import { Icon } from '../parts/icon.tsx'
import { useOffers, type Offer } from './filter-offers.ts'
import { useAskedFor, usePlace } from './url.ts'

const PLACEHOLDERS: Readonly<Record<Listed, string>> = {
  actions: 'Filter: outcome, rule, type, provider, or text',
  events: 'Filter: state, severity, type, or text',
  groups: 'Filter: type, rule, provider, or text',
  dead_letters: 'Filter: type, provider, status, or text',
}

/** The filter as chips and as text; what is in the URL is exactly its text. */
export function FilterBar() {
  const { search, change } = usePlace()
  const text = search['q'] ?? ''
  const asked = useAskedFor()
  const { terms, counts, problem } = useFilter(asked)
  const [draft, setDraft] = useState('')
  const [raw, setRaw] = useState(false)
  const [armed, setArmed] = useState(false)
  const [open, setOpen] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  const list = useId()
  const [near, setNear] = useState(-1)
  useEffect(() => setArmed(false), [text])

  // While a term is edited it is not part of what its values are counted among.
  const offers = useOffers(draft, asked, open && problem === undefined)
  const write = (next: string): void => change({ q: next === '' ? undefined : next, open: undefined })
  const type = (typed: string): void => {
    setDraft(typed)
    setNear(-1)
  }
  const take = (typed: string): void => {
    if (raw) write(typed.trim())
    else if (typed.trim() !== '') write([text, typedFilter(typed)].filter((part) => part !== '').join(' '))
    type('')
    setRaw(false)
    setOpen(false)
  }
  const choose = (offer: Offer): void => {
    if (offer.whole) take(offer.text)
    else type(offer.text)
  }
  const without = (index: number): string => filterText(terms.filter((_, other) => other !== index))
  const edit = (index: number): void => {
    setDraft(termText(terms[index]!))
    write(without(index))
    input.current?.focus()
  }
  const isOpen = open && !raw && offers.length > 0
  useEffect(() => {
    // No expression: newer browsers answer with a promise, which is no way to end an effect.
    void document.getElementById(`${list}-${near}`)?.scrollIntoView({ block: 'nearest' })
  }, [list, near])
  return (
    <div className="q-box" role="search">
      <div className="q">
        {!raw &&
          terms.map((term, index) => (
            <Chip
              key={`${index} ${term.text}`}
              term={term}
              armed={armed && index === terms.length - 1}
              counts={counts}
              index={index}
              edit={() => edit(index)}
              remove={() => write(without(index))}
            />
          ))}
        <input
          ref={input}
          data-filter
          value={draft}
          role="combobox"
          aria-label="Filter"
          aria-autocomplete="list"
          aria-expanded={isOpen}
          aria-controls={isOpen ? list : undefined}
          aria-activedescendant={isOpen && near >= 0 ? `${list}-${near}` : undefined}
          autoComplete="off"
          spellCheck={false}
          placeholder={terms.length === 0 ? PLACEHOLDERS[asked.of] : 'Add a filter'}
          onChange={(event) => {
            type(event.target.value)
            setOpen(true)
          }}
          onFocus={() => setOpen(true)}
          onClick={() => setOpen(true)}
          onBlur={() => setOpen(false)}
          onKeyDown={(event) => {
            if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
              event.preventDefault()
              setOpen(true)
              const next = near + (event.key === 'ArrowDown' ? 1 : -1)
              setNear(next < -1 ? offers.length - 1 : next >= offers.length ? -1 : next)
            } else if (event.key === 'Enter' || (event.key === 'Tab' && isOpen && near >= 0)) {
              const offer = isOpen ? offers[near] : undefined
              if (event.key === 'Tab') event.preventDefault()
              if (offer === undefined) take(draft)
              else choose(offer)
            } else if (event.key === 'Escape') {
              type('')
              setRaw(false)
              setOpen(false)
              event.currentTarget.blur()
            } else if (event.altKey && (event.key === '/' || event.code === 'Slash')) {
              event.preventDefault()
              setRaw(true)
              setDraft(text)
            } else if (event.key === 'Backspace' && draft === '' && terms.length > 0 && !raw) {
              if (armed) write(without(terms.length - 1))
              else setArmed(true)
            }
          }}
        />
        <kbd className="hide">/</kbd>
      </div>
      {isOpen && (
        <ul className="pop offers" role="listbox" id={list} aria-label="Proposals">
          {offers.map((offer, index) => (
            <li
              key={offer.text}
              id={`${list}-${index}`}
              role="option"
              aria-selected={index === near}
              className="menu-item"
              data-highlighted={index === near ? '' : undefined}
              // The field keeps the focus.
              onMouseDown={(event) => event.preventDefault()}
              onMouseEnter={() => setNear(index)}
              onClick={() => choose(offer)}
            >
              <span>{offer.title}</span>
              <small>{offer.note}</small>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

/** A term with how many pass it among those that pass the others. */
function Chip({
  term: { text, key, values, not, problem },
  index,
  armed,
  counts,
  edit,
  remove,
}: {
  term: Term & { problem: string | undefined }
  index: number
  armed: boolean
  counts: Counts | undefined
  edit: () => void
  remove: () => void
}) {
  const own = counts?.chips[index]
  const title = useMemo(
    () =>
      problem ??
      (own === undefined || counts === undefined
        ? undefined
        : `${upTo(counts.total)} with the other terms, ${upTo(own.alone)} alone; without it ${upTo(own.without)}`),
    [problem, own, counts],
  )
  return (
    <span className={`chip ${problem === undefined ? '' : 'bad'} ${armed ? 'armed' : ''}`} title={title}>
      <button type="button" className="chip-text" onClick={edit}>
        <span className="heard">Edit </span>
        <i>
          {not ? 'not ' : ''}
          {key === '' ? '' : `${key}:`}
        </i>
        {values.join(', ')}
        {own !== undefined && counts !== undefined && <em> {upTo(counts.total)}</em>}
        {problem !== undefined && <span className="heard">: {problem}</span>}
      </button>
      <button type="button" className="chip-x" aria-label={`Remove ${text}`} onClick={remove}>
        <Icon name="close" size={10} />
      </button>
    </span>
  )
}
