import { useState } from 'react'
import { usePlace } from '../../frame/url.ts'
import { Icon } from '../../parts/icon.tsx'

/** No action yet: how to send the first. */
export function FirstAction() {
  const { scope } = usePlace()
  const [copied, setCopied] = useState(false)
  const body = JSON.stringify({
    namespace: scope.namespace ?? 'shop',
    tenant: scope.tenant ?? 'acme',
    provider: 'email',
    action_type: 'hello',
    payload: { to: 'ada@example.com' },
  })
  const command = `curl ${location.origin}/v1/dispatch -d '${body}'`
  return (
    <section className="panel">
      <div className="state">
        <h2>No actions in this window</h2>
        <p>Once programs hand in actions, this page shows what became of them. To send one:</p>
        <pre tabIndex={0}>{command}</pre>
        <button
          type="button"
          className="btn"
          onClick={() => void navigator.clipboard.writeText(command).then(() => setCopied(true))}
        >
          <Icon name={copied ? 'check' : 'copy'} />
          {copied ? 'Copied' : 'Copy'}
        </button>
      </div>
    </section>
  )
}
