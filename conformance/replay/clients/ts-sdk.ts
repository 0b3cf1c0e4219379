import { DATED, type ReplayClient, SDK_RESOURCE } from '../client.ts'

/** What an application gets from the TypeScript SDK, version 2, without options of its own. */
export const tsSdk: ReplayClient = {
  name: 'ts-sdk',
  dated: DATED,
  sources: ['@modelcontextprotocol/client auth.ts'],
  evidence: ['source'],
  registration: {
    kind: 'dynamic',
    body: {
      client_name: 'An application of the TypeScript SDK',
      redirect_uris: ['{redirect}'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      application_type: 'native',
      scope: '{scope}',
    },
  },
  redirect: 'http://localhost:{port}/callback',
  resource: SDK_RESOURCE,
  scope: 'challenge',
  wantsOfflineAccess: true,
  authentication: 'as-registered',
  refresh: { processes: 1 },
  expects: ['iss-exact'],
  assumed: ['client_name', 'redirect'],
}
