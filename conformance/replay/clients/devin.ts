import { DATED, type ReplayClient, SDK_RESOURCE } from '../client.ts'

export const devin: ReplayClient = {
  name: 'devin',
  dated: DATED,
  sources: ['worldmonitor'],
  evidence: ['documentation', 'issues'],
  registration: {
    kind: 'dynamic',
    body: {
      client_name: 'Devin',
      redirect_uris: ['https://api.devin.ai/mcp/oauth/callback'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
  },
  redirect: 'https://api.devin.ai/mcp/oauth/callback',
  resource: SDK_RESOURCE,
  scope: 'none',
  authentication: 'as-registered',
  refresh: { processes: 1 },
  expects: [],
  assumed: ['the registration body beyond its redirect URI', 'resource', 'scope', 'refresh'],
}
