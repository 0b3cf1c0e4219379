import { DATED, type ReplayClient, SDK_RESOURCE } from '../client.ts'

export const mistral: ReplayClient = {
  name: 'mistral',
  dated: DATED,
  sources: ['worldmonitor'],
  evidence: ['documentation', 'issues'],
  registration: {
    kind: 'dynamic',
    body: {
      client_name: 'Mistral Le Chat',
      redirect_uris: ['https://callback.mistral.ai/v1/integrations_auth/oauth2_callback'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
  },
  redirect: 'https://callback.mistral.ai/v1/integrations_auth/oauth2_callback',
  resource: SDK_RESOURCE,
  scope: 'none',
  authentication: 'as-registered',
  refresh: { processes: 1 },
  expects: [],
  assumed: ['the registration body beyond its redirect URI', 'resource', 'scope', 'refresh'],
}
