/** What stands where a secret is. */
export const SECRET = '[secret]'

const ADDRESS = /^[a-z][a-z0-9+.-]*:\/\//i
const SECRET_PARAMETER = /([?&][^=&#]*(?:secret|password|token|key|signature|sig|auth)[^=&#]*=)[^&#]*/gi

/** `redis://user:hunter2@host?api_key=1` without what must not be seen. */
export function withoutPassword(text: string): string {
  if (!ADDRESS.test(text)) return text
  return withoutUser(text.replace(SECRET_PARAMETER, `$1${SECRET}`))
}

function withoutUser(text: string): string {
  return text.replace(/^([a-z][a-z0-9+.-]*:\/\/)([^/?#\s]*)@/i, (_, scheme: string, user: string) => {
    const [name] = user.split(':')
    return user.includes(':') ? `${scheme}${name}:${SECRET}@` : `${scheme}${SECRET}@`
  })
}
