import { Dialog } from '@base-ui/react/dialog'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { answer, api, sendAlong } from '../api/client.ts'

/** Asks who it is, over the page: what was being written there stays. */
export default function SignIn({ done }: { done: () => void }) {
  const [username, setUsername] = useState('')
  const [password, setPassword] = useState('')
  const client = useQueryClient()
  const [known] = useState(() => client.getQueryData(['me']) !== undefined)
  const { mutate, error, isPending } = useMutation({
    mutationFn: () => answer(api.POST('/v1/auth/login', { body: { username, password, session: true } })),
    onSuccess: ({ csrf_token }) => {
      sendAlong(csrf_token)
      void client.invalidateQueries()
      done()
    },
    onError: () => setPassword(''),
  })
  return (
    <Dialog.Root open>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog">
          <Dialog.Title className="dialog-title">Sign in</Dialog.Title>
          <Dialog.Description className="dialog-text">
            {known
              ? 'Your sign-in has ended. What is on the page stays as it is.'
              : 'This gateway wants to know who you are before it shows anything.'}
          </Dialog.Description>
          <form
            onSubmit={(event) => {
              event.preventDefault()
              mutate()
            }}
          >
            <label className="field">
              Name
              <input
                className="input"
                autoComplete="username"
                required
                maxLength={256}
                value={username}
                onChange={({ target }) => setUsername(target.value)}
              />
            </label>
            <label className="field">
              Password
              <input
                className="input"
                type="password"
                autoComplete="current-password"
                required
                maxLength={1024}
                value={password}
                onChange={({ target }) => setPassword(target.value)}
              />
            </label>
            {error !== null && (
              <p className="f-broken" role="alert">
                {error.message}
              </p>
            )}
            <div className="dialog-acts">
              <button type="submit" className="btn pri" disabled={isPending}>
                Sign in
              </button>
            </div>
          </form>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}
