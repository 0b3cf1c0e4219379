import { isLoopback } from '@doorward/core/oauth/redirect-uri'

/** One of the clients that people know by name. */
export interface WellKnownClient {
  readonly name: string
  /** Words of its name and of its maker's, in small letters without spaces. */
  readonly words: readonly string[]
  /** Its maker's domains; names below them count too. */
  readonly domains: readonly string[]
  /** Hosts and schemes (with colon) that it takes its answers at. */
  readonly redirects: readonly string[]
  /** Paths at which it listens on the person's own computer. */
  readonly loopback: readonly string[]
}

/** As of 2026-11-21, from what each client sends and its makers document. */
export const WELL_KNOWN_CLIENTS: readonly WellKnownClient[] = [
  {
    name: 'Claude',
    words: ['claude', 'claudecode', 'anthropic'],
    domains: ['claude.ai', 'claude.com', 'anthropic.com'],
    redirects: ['claude.ai', 'claude.com', 'claude:'],
    loopback: ['/callback'],
  },
  {
    name: 'ChatGPT and Codex',
    words: ['chatgpt', 'openai', 'codex'],
    domains: ['chatgpt.com', 'openai.com'],
    redirects: ['chatgpt.com'],
    loopback: ['/callback'],
  },
  {
    name: 'Visual Studio Code',
    words: ['visualstudiocode', 'vscode'],
    domains: ['vscode.dev', 'code.visualstudio.com'],
    redirects: ['vscode.dev', 'insiders.vscode.dev', 'vscode:', 'vscode-insiders:'],
    loopback: ['/'],
  },
  {
    name: 'Copilot',
    words: ['copilot', 'githubcopilot', 'copilotstudio', 'microsoft'],
    domains: ['github.com', 'microsoft.com', 'vscode.dev'],
    redirects: ['teams.microsoft.com', 'global.consent.azure-apim.net', 'vscode.dev', 'insiders.vscode.dev'],
    loopback: ['/'],
  },
  {
    name: 'Cursor',
    words: ['cursor'],
    domains: ['cursor.com'],
    redirects: ['www.cursor.com', 'cursor:'],
    loopback: ['/callback'],
  },
  {
    name: 'Gemini',
    words: ['gemini', 'antigravity', 'google'],
    domains: ['google.com', 'antigravity.google'],
    redirects: ['vertexaisearch.cloud.google.com', 'antigravity.google'],
    loopback: ['/oauth/callback'],
  },
  // Ourselves: nothing that comes from outside is us.
  { name: 'Doorward', words: ['doorward'], domains: [], redirects: [], loopback: [] },
  { name: 'Zed', words: ['zed'], domains: ['zed.dev'], redirects: ['zed:'], loopback: ['/callback'] },
  {
    name: 'Goose',
    words: ['goose'],
    domains: ['goose-docs.ai'],
    redirects: ['goose:'],
    loopback: ['/oauth_callback'],
  },
  {
    name: 'opencode',
    words: ['opencode'],
    domains: ['opencode.ai'],
    redirects: [],
    loopback: ['/callback', '/mcp/oauth/callback'],
  },
  {
    name: 'MCP Inspector',
    words: ['mcpinspector'],
    domains: ['modelcontextprotocol.io'],
    redirects: [],
    loopback: ['/oauth/callback', '/oauth/callback/debug'],
  },
  {
    name: 'Grok',
    words: ['grok', 'xai'],
    domains: ['grok.com', 'x.ai'],
    redirects: ['grok.com', 'console.x.ai'],
    loopback: [],
  },
  {
    name: 'Perplexity',
    words: ['perplexity'],
    domains: ['perplexity.ai'],
    redirects: ['www.perplexity.ai', 'enterprise.perplexity.ai'],
    loopback: [],
  },
  {
    name: 'Mistral',
    words: ['mistral', 'lechat'],
    domains: ['mistral.ai'],
    redirects: ['callback.mistral.ai'],
    loopback: [],
  },
  { name: 'Devin', words: ['devin'], domains: ['devin.ai'], redirects: ['api.devin.ai'], loopback: [] },
  { name: 'Warp', words: ['warp'], domains: ['warp.dev'], redirects: ['warp:'], loopback: [] },
  { name: 'Windsurf', words: ['windsurf'], domains: ['windsurf.com'], redirects: ['windsurf:'], loopback: [] },
  {
    name: 'Kiro',
    words: ['kiro', 'amazonq'],
    domains: ['kiro.dev'],
    redirects: ['kiro:'],
    loopback: ['/oauth/callback'],
  },
]

/** Whether a well-known client takes its answers at this very host or scheme. */
export function isWellKnownRedirect(uri: string): boolean {
  return !isLoopback(uri) && WELL_KNOWN_CLIENTS.some((client) => takesAnswersAt(client, uri))
}

/** Whether the answer goes where this client takes answers, or, on this computer, where it listens. */
export function takesAnswersAt(client: WellKnownClient, uri: string): boolean {
  const url = URL.parse(uri)
  if (url === null) return false
  if (isLoopback(uri))
    return client.loopback.some((path) => url.pathname === path || url.pathname.startsWith(`${path}/`))
  return client.redirects.includes(url.protocol === 'https:' ? url.hostname : url.protocol)
}
