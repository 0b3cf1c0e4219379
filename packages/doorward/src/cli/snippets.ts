import type { Hint } from '../console/views.ts'

/** What to paste into one client to reach one MCP server. */
export interface Snippet {
  readonly client: string
  /** Which words say what to do with it. */
  readonly hint: Hint
  readonly text: string
}

export function snippetsFor(name: string, url: string): Snippet[] {
  const entry = JSON.stringify({ name, type: 'http', url })
  return [
    {
      client: 'Claude Code',
      hint: 'claudeCode',
      text: `claude mcp add --transport http ${name} ${url}`,
    },
    {
      client: 'VS Code',
      hint: 'vsCode',
      text: `code --add-mcp '${entry}'`,
    },
    {
      client: 'Cursor',
      hint: 'cursor',
      text: JSON.stringify({ mcpServers: { [name]: { url } } }, null, 2),
    },
    {
      client: 'MCP Inspector',
      hint: 'inspector',
      text: `npx @modelcontextprotocol/inspector    # URL: ${url}`,
    },
    { client: 'mcp-remote', hint: 'mcpRemote', text: `npx mcp-remote ${url}` },
  ]
}

/** A name that clients take: `Acme Notes` becomes `acme-notes`. */
export function slug(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
}
