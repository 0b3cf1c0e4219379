import { DATED, type ReplayClient } from '../client.ts'

export const m365Copilot: ReplayClient = {
  name: 'm365-copilot',
  dated: DATED,
  sources: ['learn.microsoft.com plugin-authentication-dynamic-client-registration'],
  evidence: ['documentation'],
  registration: {
    kind: 'dynamic',
    body: {
      client_name: 'Microsoft 365 Copilot',
      redirect_uris: ['{redirect}'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_post',
    },
  },
  redirect: 'https://teams.microsoft.com/api/platform/v1.0/oAuthRedirect',
  resource: { spelling: 'none', at: [] },
  scope: 'all-of-server',
  authentication: 'as-registered',
  refresh: { processes: 1 },
  expects: ['registration-has-secret'],
  assumed: ['the registration body', 'the way of client authentication', 'resource', 'scope'],
}
