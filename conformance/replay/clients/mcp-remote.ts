import { DATED, type ReplayClient, SDK_RESOURCE } from '../client.ts'

export const mcpRemote: ReplayClient = {
  name: 'mcp-remote',
  dated: DATED,
  sources: ['mcp-remote src/lib/node-oauth-client-provider.ts'],
  evidence: ['source'],
  registration: {
    kind: 'dynamic',
    body: {
      client_name: 'MCP CLI Client',
      client_uri: 'https://github.com/modelcontextprotocol/mcp-cli',
      redirect_uris: ['{redirect}'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      software_id: '2e6dc280-f3c3-4e01-99a7-8181dbd1d23d',
      software_version: '0.1.38',
      scope: '{scope}',
    },
  },
  redirect: 'http://localhost:{port}/oauth/callback',
  resource: SDK_RESOURCE,
  scope: 'challenge',
  authentication: 'as-registered',
  refresh: { processes: 1 },
  // It asks for the authorization page as JSON first, to learn whether the server still knows it.
  looksAhead: true,
  expects: [],
  prefers: ['forgotten-told-at-authorize'],
  assumed: ['software_version', 'the end of software_id', 'client_uri'],
}
