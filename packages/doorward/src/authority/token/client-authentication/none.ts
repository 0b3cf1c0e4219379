import type { ClientAuthentication } from './client-authentication.ts'

/** A public client only names itself (OAuth 2.1 §2.4); PKCE and rotation carry the weight. */
export const none: ClientAuthentication = {
  method: 'none',
  read: (authorization, form) => {
    const clientId = form.get('client_id')
    return authorization === null && clientId !== undefined && form.get('client_secret') === undefined
      ? { clientId }
      : undefined
  },
}
