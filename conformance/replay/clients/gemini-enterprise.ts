import { DATED, type ReplayClient } from '../client.ts'

export const geminiEnterprise: ReplayClient = {
  name: 'gemini-enterprise',
  dated: DATED,
  sources: ['worldmonitor'],
  evidence: ['issues'],
  registration: {
    kind: 'dynamic',
    body: {
      client_name: 'Gemini Enterprise',
      redirect_uris: ['https://vertexaisearch.cloud.google.com/oauth-redirect'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_post',
    },
  },
  redirect: 'https://vertexaisearch.cloud.google.com/oauth-redirect',
  resource: { spelling: 'none', at: [] },
  scope: 'none',
  authentication: 'as-registered',
  refresh: { processes: 1 },
  expects: ['registration-has-secret'],
  assumed: ['everything but the redirect URI'],
}
