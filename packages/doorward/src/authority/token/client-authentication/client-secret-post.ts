import type { ClientAuthentication } from './client-authentication.ts'

/** RFC 6749 §2.3.1, credentials in the body; OAuth 2.1 requires servers to support it. */
export const clientSecretPost: ClientAuthentication = {
  method: 'client_secret_post',
  read: (_authorization, form) => {
    const secret = form.get('client_secret')
    return secret === undefined ? undefined : { clientId: form.require('client_id'), secret }
  },
}
