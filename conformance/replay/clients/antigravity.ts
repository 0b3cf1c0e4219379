import { DATED, type ReplayClient } from '../client.ts'

export const antigravity: ReplayClient = {
  name: 'antigravity',
  dated: DATED,
  sources: ['appwrite/mcp#101', 'worldmonitor'],
  evidence: ['documentation', 'issues'],
  registration: {
    kind: 'dynamic',
    body: {
      client_name: 'Antigravity',
      redirect_uris: ['https://antigravity.google/oauth-callback'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
  },
  redirect: 'https://antigravity.google/oauth-callback',
  // The opposite of the SDKs, which add a slash to an origin.
  resource: { spelling: 'without-slash', at: ['authorize', 'token', 'refresh'] },
  scope: 'all-of-server',
  authentication: 'as-registered',
  refresh: { processes: 1 },
  expects: [],
  assumed: ['the registration body', 'scope', 'refresh'],
}
