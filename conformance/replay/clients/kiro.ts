import { DATED, type ReplayClient, SDK_RESOURCE } from '../client.ts'

export const kiro: ReplayClient = {
  name: 'kiro',
  dated: DATED,
  sources: ['Kiro#3911 #10927 #10817'],
  evidence: ['issues'],
  registration: {
    kind: 'dynamic',
    body: {
      client_name: 'Kiro',
      redirect_uris: ['{redirect}'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
  },
  redirect: 'http://localhost:{port}/oauth/callback',
  resource: SDK_RESOURCE,
  scope: 'all-of-resource',
  authentication: 'as-registered',
  unencoded: true,
  refresh: { processes: 1 },
  // It cannot read resource metadata without scopes.
  expects: ['resource-has-scopes'],
  assumed: ['the registration body', 'resource', 'scope', 'refresh'],
}
