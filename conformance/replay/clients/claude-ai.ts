import { DATED, type ReplayClient } from '../client.ts'

/** One hosted runtime behind claude.ai, Claude Desktop, the mobile apps and Cowork. */
export const claudeAi: ReplayClient = {
  name: 'claude-ai',
  dated: DATED,
  sources: [
    'claude-ai-mcp#1043 #96 #228 #124 #85 #593 #100 #514',
    'lion-reader#1519 #975',
    'mcphub#1174',
    'vault-cortex#483',
    'support.claude.com/11503834',
  ],
  evidence: ['documentation', 'issues'],
  registration: {
    kind: 'metadata-document',
    url: 'https://claude.ai/oauth/mcp-oauth-client-metadata',
    needsPublicClients: true,
    document: {
      client_id: 'https://claude.ai/oauth/mcp-oauth-client-metadata',
      client_name: 'Claude',
      redirect_uris: ['https://claude.ai/api/mcp/auth_callback'],
      // It declares a grant type for workload identity as well, which a server has to pass over.
      grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:jwt-bearer'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
    otherwise: {
      kind: 'dynamic',
      body: {
        client_name: 'Claude',
        redirect_uris: ['https://claude.ai/api/mcp/auth_callback'],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_post',
      },
    },
  },
  redirect: 'https://claude.ai/api/mcp/auth_callback',
  resource: { spelling: 'href', at: ['authorize', 'token', 'refresh'] },
  scope: 'all-of-server',
  authentication: 'as-registered',
  refresh: { processes: 1 },
  userAgent: 'python-httpx/0.28.1',
  expects: ['registration-has-secret'],
  // It registers at every connect, twice within a second, and anew after a 401 invalid_client.
  prefers: ['registration-again-same-id', 'forgotten-told-at-token', 'token-says-scope-and-lifetime'],
  assumed: ['grant_types', 'response_types', 'resource on refresh', 'the order of the redirect URIs'],
}

/** The same as it was seen elsewhere: a space before the only scope, and prompt=consent. */
export const claudeAiLeadingSpace: ReplayClient = {
  ...claudeAi,
  name: 'claude-ai-leading-space',
  scope: { literal: ' offline_access' },
  authorize: { prompt: 'consent' },
}

/** The same with a scope of its own, which no server knows. */
export const claudeAiOwnScope: ReplayClient = {
  ...claudeAi,
  name: 'claude-ai-own-scope',
  scope: { literal: 'claudeai' },
}
