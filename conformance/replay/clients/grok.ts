import { DATED, type ReplayClient, SDK_RESOURCE } from '../client.ts'

export const grok: ReplayClient = {
  name: 'grok',
  dated: DATED,
  sources: ['worldmonitor'],
  evidence: ['issues'],
  registration: {
    kind: 'metadata-document',
    // It lies behind a challenge for bots, so servers that fetch it may get 403.
    url: 'https://grok.com/oauth/mcp-client.json',
    document: {
      client_id: 'https://grok.com/oauth/mcp-client.json',
      client_name: 'Grok',
      redirect_uris: [
        'https://grok.com/connectors-oauth-exchange-code/',
        'https://console.x.ai/connectors-oauth-exchange-code/',
      ],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
    otherwise: {
      kind: 'dynamic',
      body: {
        client_name: 'Grok',
        redirect_uris: [
          'https://grok.com/connectors-oauth-exchange-code/',
          'https://console.x.ai/connectors-oauth-exchange-code/',
        ],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'none',
      },
    },
  },
  // The slash at the end is part of it.
  redirect: 'https://grok.com/connectors-oauth-exchange-code/',
  resource: SDK_RESOURCE,
  scope: 'none',
  authentication: 'as-registered',
  refresh: { processes: 1 },
  expects: [],
  assumed: ['the document beyond its redirect URIs', 'dynamic registration', 'resource', 'scope', 'refresh'],
}
