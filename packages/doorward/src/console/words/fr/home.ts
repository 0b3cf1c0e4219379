import type { home as english } from '../en/home.ts'

export const home: typeof english = {
  title: 'La porte est ouverte',
  lead: 'Donnez l’une de ces adresses à un client MCP. Il trouve tout le reste à partir de là.',
  nothing: 'Aucun serveur MCP n’est encore configuré.',
  addressOf: (server: string) => `l’adresse de ${server}`,
  linesFor: (client: string) => `les lignes pour ${client}`,
  connect: 'Connecter un client',
  hints: {
    claudeCode: 'Dans un terminal ; tapez ensuite /mcp dans Claude Code et choisissez Authenticate.',
    vsCode: 'Dans un terminal ; démarrez ensuite le serveur depuis la liste MCP.',
    cursor: 'Dans ~/.cursor/mcp.json ; appuyez ensuite sur Connect dans Settings, MCP.',
    inspector: 'Dans un terminal ; choisissez Streamable HTTP, collez l’URL, appuyez sur Connect.',
    mcpRemote: 'Pour les clients qui ne parlent que stdio.',
  },
  ownClients: 'Votre client demande un identifiant ?',
  device: 'Un appareil affiche un code ?',
  issuer: 'Émetteur',
  signIn: 'Se connecter',
  signedInAs: 'Connecté en tant que',
  signOut: 'Se déconnecter',
}
