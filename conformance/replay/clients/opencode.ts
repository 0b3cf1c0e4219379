import { DATED, type ReplayClient, SDK_RESOURCE } from '../client.ts'

export const opencode: ReplayClient = {
  name: 'opencode',
  dated: DATED,
  sources: ['opencode#35625 #40767 #31033 #18955'],
  evidence: ['issues'],
  registration: {
    kind: 'metadata-document',
    url: 'https://opencode.ai/oauth/opencode/client.json',
    needsPublicClients: true,
    document: {
      client_id: 'https://opencode.ai/oauth/opencode/client.json',
      client_name: 'opencode',
      application_type: 'native',
      redirect_uris: ['http://127.0.0.1/callback', 'http://localhost/callback'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
    otherwise: {
      kind: 'dynamic',
      body: {
        client_name: 'OpenCode',
        client_uri: 'https://opencode.ai',
        redirect_uris: ['{redirect}'],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'none',
      },
      redirect: 'http://127.0.0.1:19876/mcp/oauth/callback',
    },
  },
  redirect: 'http://127.0.0.1:{port}/callback',
  resource: SDK_RESOURCE,
  scope: 'challenge',
  authentication: 'as-registered',
  refresh: { processes: 1 },
  expects: [],
  // It registered anew at every login.
  prefers: ['registration-again-same-id'],
  assumed: ['client_uri', 'grant_types', 'response_types', 'resource', 'scope'],
}
