/** What to paste into one client to reach one MCP server. */
export interface Snippet {
  readonly client: string
  readonly hint: string
  readonly text: string
}

export function snippetsFor(name: string, url: string): Snippet[] {
  const entry = JSON.stringify({ name, type: 'http', url })
  return [
    {
      client: 'Claude Code',
      hint: 'In a terminal; then type /mcp inside Claude Code and choose Authenticate.',
      text: `claude mcp add --transport http ${name} ${url}`,
    },
    {
      client: 'VS Code',
      hint: 'In a terminal; then start the server from the MCP list.',
      text: `code --add-mcp '${entry}'`,
    },
    {
      client: 'Cursor',
      hint: 'In ~/.cursor/mcp.json; then press Connect in Settings, MCP.',
      text: JSON.stringify({ mcpServers: { [name]: { url } } }, null, 2),
    },
    {
      client: 'MCP Inspector',
      hint: 'In a terminal; choose Streamable HTTP, paste the URL, press Connect.',
      text: `npx @modelcontextprotocol/inspector    # URL: ${url}`,
    },
    { client: 'mcp-remote', hint: 'For clients that speak stdio only.', text: `npx mcp-remote ${url}` },
  ]
}

/** A name that clients take: `Acme Notes` becomes `acme-notes`. */
export function slug(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
}
