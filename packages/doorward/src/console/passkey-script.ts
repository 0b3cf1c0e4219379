/**
 * Asks for a passkey, or makes one, and sends the answer with the form. Without it the form stays hidden: a passkey is the one way in that
 * no page can offer without a script. Where a field says that it takes passkeys (WebAuthn §5.1.4, conditional mediation), the browser
 * also offers them there.
 */
export const PASSKEY_SCRIPT = `(() => {
  const form = document.getElementById('passkey')
  const known = window.PublicKeyCredential
  if (!form || !known || !known.parseRequestOptionsFromJSON) return
  const note = form.querySelector('[role=alert]')
  const options = JSON.parse(form.dataset.options)
  const send = (credential) => {
    form.elements.response.value = JSON.stringify(credential.toJSON())
    form.submit()
  }
  let offered
  form.hidden = false
  for (const other of document.querySelectorAll('[data-without-passkeys]')) other.hidden = true
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    note.hidden = true
    offered?.abort()
    try {
      send(options.user
        ? await navigator.credentials.create({ publicKey: known.parseCreationOptionsFromJSON(options) })
        : await navigator.credentials.get({ publicKey: known.parseRequestOptionsFromJSON(options) }))
    } catch {
      note.hidden = false
    }
  })
  const offer = async () => {
    if (!document.querySelector('[autocomplete~=webauthn]') || !(await known.isConditionalMediationAvailable?.())) return
    offered = new AbortController()
    const publicKey = known.parseRequestOptionsFromJSON(options)
    send(await navigator.credentials.get({ publicKey, mediation: 'conditional', signal: offered.signal }))
  }
  offer().catch(() => {})
})()`
