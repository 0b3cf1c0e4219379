import { DATED, type ReplayClient } from '../client.ts'

export const zed: ReplayClient = {
  name: 'zed',
  dated: DATED,
  sources: ['zed crates/context_server'],
  evidence: ['source'],
  registration: {
    kind: 'metadata-document',
    url: 'https://zed.dev/oauth/client-metadata.json',
    document: {
      client_id: 'https://zed.dev/oauth/client-metadata.json',
      client_name: 'Zed',
      redirect_uris: ['http://127.0.0.1/callback'],
      grant_types: ['authorization_code'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
    otherwise: {
      kind: 'dynamic',
      body: {
        client_name: 'Zed',
        redirect_uris: ['{redirect}'],
        // It refreshes all the same.
        grant_types: ['authorization_code'],
        response_types: ['code'],
        token_endpoint_auth_method: 'none',
      },
    },
  },
  redirect: 'http://127.0.0.1:{port}/callback',
  resource: { spelling: 'verbatim', at: ['authorize', 'token', 'refresh'] },
  scope: 'challenge',
  authentication: 'as-registered',
  refresh: { processes: 1 },
  // A real Zed goes to no server on a private address either; a replay has to.
  expects: ['s256-advertised'],
  assumed: ['grant_types and response_types of the document', 'scope'],
}
