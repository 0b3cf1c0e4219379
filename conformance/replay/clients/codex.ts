import { DATED, type ReplayClient } from '../client.ts'

export const codex: ReplayClient = {
  name: 'codex',
  dated: DATED,
  sources: ['codex perform_oauth_login.rs', 'codex#30460 #29630 #17265'],
  evidence: ['source', 'issues'],
  registration: {
    kind: 'metadata-document',
    url: 'https://chatgpt.com/oauth/codex/client.json',
    document: {
      client_id: 'https://chatgpt.com/oauth/codex/client.json',
      client_name: 'Codex',
      redirect_uris: ['http://127.0.0.1/callback', 'http://localhost/callback'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
    otherwise: {
      kind: 'dynamic',
      body: {
        client_name: 'Codex',
        redirect_uris: ['{redirect}'],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'none',
      },
      // Each MCP server has a path of its own, so that no answer is taken for another's.
      redirect: 'http://127.0.0.1:{port}/callback/{server}',
    },
  },
  redirect: 'http://127.0.0.1:{port}/callback',
  resource: { spelling: 'verbatim', at: ['authorize', 'token', 'refresh'] },
  scope: 'none',
  authentication: 'as-registered',
  refresh: { processes: 1 },
  expects: [],
  prefers: ['token-says-scope-and-lifetime'],
  assumed: ['client_name', 'the registration body', 'resource on refresh'],
}
