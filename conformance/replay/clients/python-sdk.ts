import { DATED, type ReplayClient } from '../client.ts'

/** What FastMCP, LangChain and the Agents SDK of OpenAI get from the Python SDK. */
export const pythonSdk: ReplayClient = {
  name: 'python-sdk',
  dated: DATED,
  sources: ['python-sdk src/mcp/client/auth', 'Frappe_Assistant_Core#65'],
  evidence: ['source'],
  registration: {
    kind: 'dynamic',
    // It leaves the way of client authentication to the server, which makes it client_secret_basic (RFC 7591 §2).
    body: {
      client_name: 'An application of the Python SDK',
      redirect_uris: ['{redirect}'],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      application_type: 'native',
      scope: '{scope}',
    },
  },
  redirect: 'http://localhost:{port}/callback',
  resource: { spelling: 'verbatim', at: ['authorize', 'token', 'refresh'] },
  scope: 'challenge',
  wantsOfflineAccess: true,
  authentication: 'as-registered',
  refresh: { processes: 1 },
  userAgent: 'python-httpx/0.28.1',
  expects: ['iss-exact', 'token-type-exact', 'registration-has-secret'],
  assumed: ['client_name', 'redirect', 'userAgent'],
}
