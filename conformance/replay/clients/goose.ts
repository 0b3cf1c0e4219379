import { DATED, type ReplayClient } from '../client.ts'

export const goose: ReplayClient = {
  name: 'goose',
  dated: DATED,
  sources: ['goose crates/goose oauth', 'rmcp'],
  evidence: ['source'],
  registration: {
    kind: 'metadata-document',
    url: 'https://goose-docs.ai/oauth/client-metadata.json',
    document: {
      client_id: 'https://goose-docs.ai/oauth/client-metadata.json',
      client_name: 'goose',
      redirect_uris: ['http://127.0.0.1/oauth_callback'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
    otherwise: {
      kind: 'dynamic',
      body: {
        client_name: 'goose',
        redirect_uris: ['{redirect}'],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'none',
      },
    },
  },
  redirect: 'http://127.0.0.1:{port}/oauth_callback',
  resource: { spelling: 'verbatim', at: ['authorize', 'token', 'refresh'] },
  scope: 'challenge',
  authentication: 'as-registered',
  refresh: { processes: 1 },
  expects: ['iss-exact'],
  assumed: ['the redirect URIs of the document', 'the registration body beyond its name', 'scope'],
}
