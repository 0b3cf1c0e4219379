import { DATED, type ReplayClient } from '../client.ts'

export const openWebui: ReplayClient = {
  name: 'open-webui',
  dated: DATED,
  sources: ['open-webui#29967 #26068 #28555'],
  evidence: ['issues'],
  registration: {
    kind: 'dynamic',
    body: {
      client_name: 'Open WebUI',
      redirect_uris: ['{redirect}'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      scope: '{scope}',
    },
  },
  redirect: 'https://webui.example.com/oauth/clients/mcp:demo/callback',
  resource: { spelling: 'verbatim', at: ['authorize', 'token'] },
  // It takes the scope from the answer of its registration and asks for none where that names none.
  scope: 'as-registered',
  authentication: 'as-registered',
  refresh: { processes: 1 },
  expects: [],
  prefers: ['registration-has-scope'],
  assumed: ['grant_types', 'response_types', 'the way of client authentication', 'resource'],
}
