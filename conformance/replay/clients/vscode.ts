import { DATED, type DynamicRegistration, type ReplayClient, SDK_RESOURCE } from '../client.ts'

const body: DynamicRegistration = {
  kind: 'dynamic',
  body: {
    client_name: 'Visual Studio Code',
    client_uri: 'https://code.visualstudio.com',
    // The third of its grant types, device_code, is left out where the server does not offer it.
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    redirect_uris: [
      'https://insiders.vscode.dev/redirect',
      'https://vscode.dev/redirect',
      'http://127.0.0.1/',
      'http://127.0.0.1:33418/',
    ],
    scope: '{scope}',
    token_endpoint_auth_method: 'none',
    application_type: 'native',
  },
}

export const vscode: ReplayClient = {
  name: 'vscode',
  dated: DATED,
  sources: ['src/vs/base/common/oauth.ts@05f882b', 'vscode#278512'],
  evidence: ['source', 'issues'],
  registration: {
    kind: 'metadata-document',
    url: 'https://vscode.dev/oauth/client-metadata.json',
    document: {
      client_name: 'Visual Studio Code',
      logo_uri: 'https://code.visualstudio.com/assets/branding/code-stable.png',
      grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      application_type: 'native',
      client_id: 'https://vscode.dev/oauth/client-metadata.json',
      client_uri: 'https://vscode.dev/product',
      redirect_uris: ['http://127.0.0.1:33418/', 'https://vscode.dev/redirect'],
    },
    otherwise: body,
  },
  // A second window takes a port at random.
  redirect: 'http://127.0.0.1:{port}/',
  resource: SDK_RESOURCE,
  scope: 'challenge',
  authentication: 'as-registered',
  refresh: { processes: 1 },
  expects: ['resource-as-typed', 'registration-keeps-every-redirect'],
  assumed: ['client_name of the registration', 'scope', 'resource on refresh'],
}
