import { DATED, type ReplayClient } from '../client.ts'

export const chatgpt: ReplayClient = {
  name: 'chatgpt',
  dated: DATED,
  sources: [
    'developers.openai.com/plugins/build/auth',
    'zuplo clients/chatgpt-connectors (2026-07-31)',
    'django-oauth-toolkit#1845',
    'altinity#118',
    'omi#8824',
    'worldmonitor',
  ],
  evidence: ['documentation', 'issues'],
  registration: {
    kind: 'metadata-document',
    url: 'https://chatgpt.com/oauth/client.json',
    document: {
      client_id: 'https://chatgpt.com/oauth/client.json',
      client_uri: 'https://chatgpt.com/',
      redirect_uris: ['https://chatgpt.com/connector_platform_oauth_redirect'],
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_methods_supported: ['none', 'private_key_jwt'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      client_name: 'ChatGPT',
      logo_uri: 'https://persistent.oaistatic.com/sonic/misc/openai-logo.png',
      token_endpoint_auth_signing_alg: 'RS256',
      jwks_uri: 'https://chatgpt.com/oauth/jwks.json',
    },
    otherwise: {
      kind: 'dynamic',
      body: {
        client_name: 'ChatGPT',
        redirect_uris: ['{redirect}'],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'none',
      },
    },
  },
  redirect: {
    withIssuer: 'https://chatgpt.com/connector_platform_oauth_redirect',
    without: 'https://chatgpt.com/connector/oauth/{id}',
  },
  resource: { spelling: 'verbatim', at: ['authorize', 'token'] },
  scope: { literal: 'offline_access' },
  authentication: 'as-registered',
  refresh: { processes: 1 },
  expects: ['s256-advertised', 'iss-exact', 'audience-verbatim'],
  assumed: ['the registration body', 'the audience of its assertions', 'resource on refresh'],
}
