import { type Html, html } from '../../html.ts'
import type { connections as english } from '../en/connections.ts'
import { counter } from '../plural.ts'

const days = counter('de', { one: 'Tag', other: 'Tagen' })

export const connections: typeof english = {
  title: 'Ihre Verbindungen',
  lead: 'Diese Anwendungen dürfen für Sie handeln. Was Sie hier zurücknehmen, gilt ab ihrem nächsten Aufruf.',
  none: 'Keine Anwendung darf für Sie handeln.',
  noneYet: (start: Html) =>
    html`Geben Sie einer die Adresse eines MCP-Servers; sie wird Sie fragen und steht dann hier. Die Adressen finden Sie auf der ${start}.`,
  start: 'Startseite',
  done: {
    narrow: 'Sie darf jetzt weniger.',
    end: 'Das Ende ist festgelegt.',
    disconnect: 'Sie ist getrennt.',
    'disconnect-all': 'Alles ist getrennt.',
  },
  server: 'MCP-Server',
  may: 'Sie darf',
  undivided: 'Diesen MCP-Server in Ihrem Namen benutzen; der Server unterteilt das nicht weiter.',
  opened: 'Verbunden',
  used: 'Zuletzt benutzt',
  from: (network: Html) => html`aus ${network}`,
  fromHere: (network: Html) => html`aus ${network}, wie dieser Browser`,
  tokens: 'Tokens der Anwendung',
  bound: {
    key: 'sind ohne ihren Schlüssel nichts wert.',
    certificate: 'sind ohne ihr Zertifikat nichts wert.',
    nothing: 'nutzen jedem, der sie hat, jeweils für einige Minuten.',
  },
  ends: 'Endet',
  endsUnused: (count: number) => `Wenn Sie sie trennen oder nach ${days(count)} ohne Benutzung.`,
  change: 'Weniger Zugriff oder ein Ende',
  keepWhich: 'Sie darf weiterhin',
  keepOnly: 'Nur das Angekreuzte lassen',
  lastDay: 'Letzter Tag',
  aboutLastDay: 'Mit diesem Tag (UTC) endet die Verbindung. Leer heißt: kein Ende.',
  setEnd: 'Ende festlegen',
  disconnect: 'Trennen',
  all: 'Alles trennen',
  aboutAll: 'Danach darf keine Anwendung mehr für Sie handeln, bis Sie es wieder erlauben.',
  disconnectAll: 'Alle trennen',
}
