import { DATED, type ReplayClient } from '../client.ts'

export const warp: ReplayClient = {
  name: 'warp',
  dated: DATED,
  sources: ['warp#9088', 'warpdotdev/docs#422'],
  evidence: ['issues'],
  registration: {
    kind: 'dynamic',
    body: {
      client_name: 'Warp',
      redirect_uris: ['warp://mcp/oauth2callback'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
  },
  redirect: 'warp://mcp/oauth2callback',
  resource: { spelling: 'none', at: [] },
  scope: 'none',
  authentication: 'as-registered',
  refresh: { processes: 1 },
  expects: [],
  assumed: ['the registration body beyond its redirect URI', 'scope', 'that the closed warp#9088 is mended'],
}

/** Before warp#9088 was closed: another URI at the authorization endpoint than was registered, which no server may take. */
export const warpWithServerId: ReplayClient = {
  ...warp,
  name: 'warp-with-server-id',
  redirect: 'warp://mcp/oauth2callback?server_id={id}',
  // It has to be told both strings; relaxing the comparison would open the door to others.
  stopped: { at: 'authorize', says: /oauth2callback\?server_id=[0-9a-f]+.*warp:\/\/mcp\/oauth2callback/ },
}
