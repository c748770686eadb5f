import { useState } from 'react'
import { answer, api } from '../../api/client.ts'
import { queryClient } from '../../api/queries.ts'
import { toast } from '../../frame/toasts.tsx'
import { duration } from '../../lib/formats.ts'
import { AskForm } from '../../parts/ask-form.tsx'

/** Sends one test action past the rules. What the provider answers is said in a toast; a refusal stays in the form. */
export function TestSend({ provider, close }: { provider: string; close: () => void }) {
  const [type, setType] = useState('test')
  const [text, setText] = useState(() =>
    JSON.stringify({ subject: 'Test from Acteon', message: `This is a test of provider "${provider}".` }, null, 2),
  )
  return (
    <AskForm
      title={`Send a test to ${provider}`}
      text="It really is sent: one try, past the rules, without retries and without a record."
      yes={`Send to ${provider}`}
      close={close}
      run={async () => {
        const body = { action_type: type, payload: JSON.parse(text) as unknown }
        const sent = await answer(api.POST('/v1/providers/{name}/test', { params: { path: { name: provider } }, body }))
        await queryClient.invalidateQueries({ queryKey: ['providers'] })
        if (!sent.success)
          throw new Error(
            sent.excerpt === undefined
              ? (sent.error ?? 'It was not taken.')
              : `${sent.error} It answered: ${sent.excerpt}`,
          )
        toast(`${provider} took the test in ${duration(sent.duration_ms)}`)
      }}
    >
      <label className="field">
        Action type
        <input className="input" required value={type} onChange={({ currentTarget }) => setType(currentTarget.value)} />
      </label>
      <label className="field">
        Payload, JSON
        <textarea
          className="input edit"
          spellCheck={false}
          value={text}
          onChange={({ currentTarget }) => setText(currentTarget.value)}
        />
      </label>
    </AskForm>
  )
}
