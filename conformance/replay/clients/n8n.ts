import { DATED, type ReplayClient } from '../client.ts'

export const n8n: ReplayClient = {
  name: 'n8n',
  dated: DATED,
  sources: ['n8n#30733 #22103 #21791', 'nanoidp#336'],
  evidence: ['issues'],
  registration: {
    kind: 'dynamic',
    body: {
      client_name: 'n8n',
      client_uri: 'https://n8n.io/',
      redirect_uris: ['{redirect}'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_basic',
    },
  },
  redirect: 'https://oauth.n8n.cloud/oauth2/callback',
  resource: { spelling: 'verbatim', at: ['authorize', 'token', 'refresh'] },
  scope: 'none',
  authentication: 'as-registered',
  refresh: { processes: 1 },
  // Before 2.38.7 it used PKCE only where it was advertised.
  expects: ['s256-advertised'],
  assumed: ['the registration body', 'scope', 'resource on refresh'],
}
