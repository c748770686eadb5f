// Logs in for a cookie that no page can read, and out again.

const $ = (id) => document.getElementById(id)

async function send(path, body, headers = {}) {
  const answer = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error((await answer.json()).message)
}

$('login').addEventListener('submit', async (event) => {
  event.preventDefault()
  $('problem').textContent = ''
  try {
    await send('/v1/auth/login', { username: $('username').value, password: $('password').value, session: true })
    location.assign('/')
  } catch (error) {
    $('password').value = ''
    $('problem').textContent = error.message
    $('password').focus()
  }
})

const known = await fetch('/v1/auth/me')
if (known.ok) {
  const { caller_id, role, auth_method, csrf_token } = await known.json()
  if (auth_method === 'session') {
    $('who').textContent = `${caller_id}, ${role}`
    $('logout').hidden = false
    $('logout').addEventListener('click', async () => {
      try {
        await send('/v1/auth/logout', {}, { 'x-csrf-token': csrf_token })
        location.reload()
      } catch (error) {
        $('problem').textContent = error.message
      }
    })
  }
}
