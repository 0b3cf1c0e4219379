import { type Html, html } from '../../html.ts'
import type { connections as english } from '../en/connections.ts'
import { counter } from '../plural.ts'

const days = counter('fr', { one: 'jour', other: 'jours' })

export const connections: typeof english = {
  title: 'Vos connexions',
  lead: 'Ces applications peuvent agir pour vous. Ce que vous retirez ici prend effet dès leur prochain appel.',
  none: 'Aucune application ne peut agir pour vous.',
  noneYet: (start: Html) =>
    html`Donnez à une application l’adresse d’un serveur MCP ; elle vous demandera votre accord et figurera alors ici. Les adresses sont sur la ${start}.`,
  start: 'page d’accueil',
  done: {
    narrow: 'Elle peut désormais moins.',
    end: 'La fin est fixée.',
    disconnect: 'Elle est déconnectée.',
    'disconnect-all': 'Tout est déconnecté.',
  },
  server: 'Serveur MCP',
  may: 'Elle peut',
  undivided: 'Utiliser ce serveur MCP en votre nom ; le serveur ne le divise pas davantage.',
  opened: 'Connectée',
  used: 'Dernière utilisation',
  from: (network: Html) => html`depuis ${network}`,
  fromHere: (network: Html) => html`depuis ${network}, comme ce navigateur`,
  tokens: 'Ses jetons',
  bound: {
    key: 'ne valent rien sans sa clé.',
    certificate: 'ne valent rien sans son certificat.',
    nothing: 'servent à quiconque les détient, quelques minutes chacun.',
  },
  ends: 'Fin',
  endsUnused: (count: number) => `Quand vous la déconnectez, ou après ${days(count)} sans utilisation.`,
  change: 'Moins d’accès, ou une fin',
  keepWhich: 'Elle peut encore',
  keepOnly: 'Ne laisser que ce qui est coché',
  lastDay: 'Dernier jour',
  aboutLastDay: 'La connexion prend fin avec ce jour (UTC). Laissez vide pour ne pas fixer de fin.',
  setEnd: 'Fixer la fin',
  disconnect: 'Déconnecter',
  all: 'Tout déconnecter',
  aboutAll: 'Plus aucune application ne pourra agir pour vous, jusqu’à ce que vous l’autorisiez de nouveau.',
  disconnectAll: 'Déconnecter toutes les applications',
}
