import type { home as english } from '../en/home.ts'

export const home: typeof english = {
  title: 'Die Tür ist offen',
  lead: 'Geben Sie einem MCP-Client eine dieser Adressen. Alles Weitere findet er von dort aus.',
  nothing: 'Es ist noch kein MCP-Server eingerichtet.',
  addressOf: (server: string) => `die Adresse von ${server}`,
  linesFor: (client: string) => `die Zeilen für ${client}`,
  connect: 'Einen Client verbinden',
  hints: {
    claudeCode: 'In einem Terminal; geben Sie dann in Claude Code /mcp ein und wählen Sie Authenticate.',
    vsCode: 'In einem Terminal; starten Sie dann den Server aus der MCP-Liste.',
    cursor: 'In ~/.cursor/mcp.json; drücken Sie dann Connect unter Settings, MCP.',
    inspector: 'In einem Terminal; wählen Sie Streamable HTTP, fügen Sie die URL ein und drücken Sie Connect.',
    mcpRemote: 'Für Clients, die nur stdio sprechen.',
  },
  ownClients: 'Ihr Client fragt nach einer Client-ID?',
  device: 'Ein Gerät zeigt einen Code?',
  issuer: 'Aussteller',
  signIn: 'Anmelden',
  signedInAs: 'Angemeldet als',
  signOut: 'Abmelden',
}
