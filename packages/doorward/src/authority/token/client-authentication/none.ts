import type { ClientAuthentication } from './client-authentication.ts'

/** A public client only names itself (OAuth 2.1 §2.4); PKCE and rotation carry the weight. */
export const none: ClientAuthentication = {
  method: 'none',
  read: (authorization, form) => {
    const clientId = form.get('client_id')
    const isBare = form.get('client_secret') === undefined && form.get('client_assertion') === undefined
    return authorization === null && clientId !== undefined && isBare ? { clientId } : undefined
  },
}
