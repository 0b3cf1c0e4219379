import { DATED, type ReplayClient } from '../client.ts'

export const librechat: ReplayClient = {
  name: 'librechat',
  dated: DATED,
  sources: ['LibreChat packages/api/src/mcp/oauth (of a fork)', 'LibreChat#9464'],
  evidence: ['source', 'issues'],
  registration: {
    kind: 'dynamic',
    body: {
      client_name: 'LibreChat MCP Client',
      redirect_uris: ['{redirect}'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_basic',
      scope: '{scope}',
    },
  },
  redirect: 'https://librechat.example.com/api/mcp/demo/oauth/callback',
  resource: { spelling: 'verbatim', at: ['authorize', 'token'] },
  scope: 'all-of-server',
  authentication: 'as-registered',
  refresh: { processes: 1 },
  expects: ['registration-has-secret'],
  assumed: ['client_name', 'the path of the redirect URI', 'resource on refresh'],
}
