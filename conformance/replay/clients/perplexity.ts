import { DATED, type ReplayClient, SDK_RESOURCE } from '../client.ts'

export const perplexity: ReplayClient = {
  name: 'perplexity',
  dated: DATED,
  sources: ['worldmonitor'],
  evidence: ['documentation', 'issues'],
  registration: {
    kind: 'dynamic',
    body: {
      client_name: 'Perplexity',
      redirect_uris: ['https://www.perplexity.ai/rest/connections/oauth_callback'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
  },
  redirect: 'https://www.perplexity.ai/rest/connections/oauth_callback',
  resource: SDK_RESOURCE,
  scope: 'none',
  authentication: 'as-registered',
  refresh: { processes: 1 },
  expects: [],
  assumed: ['the registration body beyond its redirect URI', 'resource', 'scope', 'refresh'],
}
