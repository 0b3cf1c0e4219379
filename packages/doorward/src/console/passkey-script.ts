/**
 * Asks for a passkey, or makes one, and sends the answer with the form. Without it the form stays hidden: a passkey is the one way in that
 * no page can offer without a script.
 */
export const PASSKEY_SCRIPT = `(() => {
  const form = document.getElementById('passkey')
  const known = window.PublicKeyCredential
  if (!form || !known || !known.parseRequestOptionsFromJSON) return
  const note = form.querySelector('[role=alert]')
  form.hidden = false
  for (const other of document.querySelectorAll('[data-without-passkeys]')) other.hidden = true
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    note.hidden = true
    try {
      const options = JSON.parse(form.dataset.options)
      const credential = options.user
        ? await navigator.credentials.create({ publicKey: known.parseCreationOptionsFromJSON(options) })
        : await navigator.credentials.get({ publicKey: known.parseRequestOptionsFromJSON(options) })
      form.elements.response.value = JSON.stringify(credential.toJSON())
      form.submit()
    } catch {
      note.hidden = false
    }
  })
})()`
