export const home = {
  title: 'The door is open',
  lead: 'Give an MCP client one of these addresses. It finds everything else from there.',
  nothing: 'No MCP server is configured yet.',
  addressOf: (server: string) => `the address of ${server}`,
  linesFor: (client: string) => `the lines for ${client}`,
  connect: 'Connect a client',
  /** What to do with the lines for each client. */
  hints: {
    claudeCode: 'In a terminal; then type /mcp inside Claude Code and choose Authenticate.',
    vsCode: 'In a terminal; then start the server from the MCP list.',
    cursor: 'In ~/.cursor/mcp.json; then press Connect in Settings, MCP.',
    inspector: 'In a terminal; choose Streamable HTTP, paste the URL, press Connect.',
    mcpRemote: 'For clients that speak stdio only.',
  },
  ownClients: 'Your client asks for a client id?',
  device: 'A device shows a code?',
  issuer: 'Issuer',
  signIn: 'Sign in',
  signedInAs: 'Signed in as',
  signOut: 'Sign out',
}
