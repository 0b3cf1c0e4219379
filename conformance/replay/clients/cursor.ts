import { DATED, type ReplayClient, SDK_RESOURCE } from '../client.ts'

export const cursor: ReplayClient = {
  name: 'cursor',
  dated: DATED,
  sources: ['accounted#2225', 'bytebase#20510', 'soflyy#111', 'fastmcp#2302'],
  evidence: ['issues'],
  registration: {
    kind: 'dynamic',
    body: {
      client_name: 'Cursor',
      // Desktop, web and command line in one request; one URI that is refused refuses them all.
      redirect_uris: [
        'cursor://anysphere.cursor-mcp/oauth/callback',
        'https://www.cursor.com/agents/mcp/oauth/callback',
        'http://localhost:8787/callback',
      ],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
  },
  redirect: 'cursor://anysphere.cursor-mcp/oauth/callback',
  resource: SDK_RESOURCE,
  scope: 'challenge',
  authentication: 'as-registered',
  refresh: { processes: 1 },
  expects: ['registration-keeps-every-redirect'],
  assumed: ['client_name', 'grant_types', 'response_types', 'resource', 'scope', 'refresh'],
}
