import { useState } from 'react'
import { api } from '../../api/client.ts'
import { toast } from '../../frame/toasts.tsx'
import { plural } from '../../lib/formats.ts'
import { AskForm } from '../../parts/ask-form.tsx'
import type { Letter } from './letters.ts'
import { renew } from './replay.ts'

/** Gives dead letters up, with a reason that the audit trail keeps. */
export function Discard({ letters, close }: { letters: Letter[]; close: () => void }) {
  const [reason, setReason] = useState('')
  const what = plural(letters.length, 'dead letter')
  return (
    <AskForm
      title={`Give up ${letters.length === 1 ? `${letters[0]!.action_type} for ${letters[0]!.provider}` : what}?`}
      text={`${letters.length === 1 ? 'It is' : 'They are'} never sent, and this cannot be undone. The reason is kept in the audit trail.`}
      yes={`Discard ${letters.length === 1 ? 'it' : letters.length}`}
      close={close}
      run={async () => {
        try {
          for (const { id } of letters)
            await api.DELETE('/v1/dead-letters/{id}', { params: { path: { id }, query: { reason } } })
        } finally {
          await renew()
        }
        toast(`${what} discarded`, { description: reason })
      }}
    >
      <label className="field">
        Reason
        <input
          className="input"
          required
          maxLength={1024}
          value={reason}
          onChange={({ currentTarget }) => setReason(currentTarget.value)}
        />
      </label>
    </AskForm>
  )
}
