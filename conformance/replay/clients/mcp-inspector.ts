import { DATED, type ReplayClient, SDK_RESOURCE } from '../client.ts'

/** Version 1, which runs in a browser and so lives by CORS. */
export const mcpInspector: ReplayClient = {
  name: 'mcp-inspector',
  dated: DATED,
  sources: ['inspector client/src/lib/auth.ts', 'inspector#2110'],
  evidence: ['source'],
  registration: {
    kind: 'dynamic',
    body: {
      client_name: 'MCP Inspector',
      client_uri: 'https://github.com/modelcontextprotocol/inspector',
      redirect_uris: ['http://localhost:6274/oauth/callback', 'http://localhost:6274/oauth/callback/debug'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      scope: '{scope}',
    },
  },
  redirect: 'http://localhost:6274/oauth/callback',
  resource: SDK_RESOURCE,
  scope: 'all-of-resource',
  authentication: 'as-registered',
  refresh: { processes: 1 },
  origin: 'http://localhost:6274',
  expects: ['strict-openid', 'registration-keeps-every-redirect'],
  assumed: ['the port', 'client_uri'],
}
