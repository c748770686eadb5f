import { useState } from 'react'
import { usePlace } from '../frame/url.ts'

/** Asks for the id of a past action, and puts it into the address. */
export function PastAction({ id }: { id: string | undefined }) {
  const { change } = usePlace()
  const [wanted, setWanted] = useState(id ?? '')
  return (
    <form
      className="past"
      onSubmit={(event) => {
        event.preventDefault()
        change({ action: wanted.trim() })
      }}
    >
      <input
        className="input"
        aria-label="Id of a past action"
        placeholder="Id of a past action"
        value={wanted}
        onChange={({ target }) => setWanted(target.value)}
      />
      <button type="submit" className="btn small" disabled={wanted.trim() === ''}>
        Load
      </button>
    </form>
  )
}
