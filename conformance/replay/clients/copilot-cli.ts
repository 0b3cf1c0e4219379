import { DATED, type ReplayClient, SDK_RESOURCE } from '../client.ts'

export const copilotCli: ReplayClient = {
  name: 'copilot-cli',
  dated: DATED,
  sources: ['copilot-cli#4793 #3456 #2783 #3039 #1951', 'boardoil#11'],
  evidence: ['issues'],
  registration: {
    kind: 'metadata-document',
    url: 'https://github.com/copilot/cli/client-metadata.json',
    document: {
      client_id: 'https://github.com/copilot/cli/client-metadata.json',
      client_name: 'GitHub Copilot CLI',
      application_type: 'native',
      // It declares this port and listens on any.
      redirect_uris: ['http://127.0.0.1:33418/'],
      token_endpoint_auth_method: 'none',
    },
    otherwise: {
      kind: 'dynamic',
      body: {
        client_name: 'GitHub Copilot CLI',
        redirect_uris: ['{redirect}'],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'none',
        application_type: 'native',
      },
    },
  },
  redirect: 'http://127.0.0.1:{port}/',
  resource: SDK_RESOURCE,
  scope: 'challenge',
  authentication: 'as-registered',
  refresh: { processes: 2 },
  expects: [],
  prefers: ['registration-has-scope'],
  assumed: ['client_name', 'token_endpoint_auth_method of the document', 'resource', 'scope'],
}
