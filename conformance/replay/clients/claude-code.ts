import { DATED, type ReplayClient, SDK_RESOURCE } from '../client.ts'

export const claudeCode: ReplayClient = {
  name: 'claude-code',
  dated: DATED,
  sources: ['claude-code#42301 #52871 #91641 #74250 #84440 #28258 #53066', 'RevenueCat/ai-toolkit#58', 'litellm#34848'],
  evidence: ['documentation', 'issues'],
  registration: {
    kind: 'metadata-document',
    url: 'https://claude.ai/oauth/claude-code-client-metadata',
    document: {
      client_id: 'https://claude.ai/oauth/claude-code-client-metadata',
      client_name: 'Claude Code',
      // Without a port: the server has to take any.
      redirect_uris: ['http://localhost/callback', 'http://127.0.0.1/callback'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
    otherwise: {
      kind: 'dynamic',
      body: {
        client_name: 'Claude Code',
        redirect_uris: ['{redirect}'],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'none',
      },
    },
  },
  redirect: 'http://localhost:{port}/callback',
  resource: SDK_RESOURCE,
  scope: 'challenge',
  authentication: 'as-registered',
  // Its sessions share one refresh token, and the one that loses a race clears the keychain of all.
  refresh: { processes: 5 },
  expects: [],
  prefers: ['registration-again-same-id'],
  assumed: ['the registration body', 'grant_types and response_types of the document'],
}
