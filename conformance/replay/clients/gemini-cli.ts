import { DATED, type ReplayClient } from '../client.ts'

export const geminiCli: ReplayClient = {
  name: 'gemini-cli',
  dated: DATED,
  sources: ['gemini-cli packages/core/src/mcp/oauth-provider.ts'],
  evidence: ['source'],
  registration: {
    kind: 'dynamic',
    body: {
      client_name: 'Gemini CLI MCP Client',
      redirect_uris: ['{redirect}'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      scope: '',
    },
  },
  redirect: 'http://localhost:{port}/oauth/callback',
  resource: { spelling: 'typed', at: ['authorize', 'token', 'refresh'] },
  scope: 'all-of-server',
  authentication: 'as-registered',
  refresh: { processes: 1, repeatsScope: true },
  expects: [],
  prefers: ['registration-has-scope'],
  assumed: [],
}
