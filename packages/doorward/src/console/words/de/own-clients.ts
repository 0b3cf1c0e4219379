import type { ownClients as english } from '../en/own-clients.ts'

export const ownClients: typeof english = {
  title: 'Ihre eigenen Anwendungen',
  lead: 'Für einen Client, der Sie nach einer Client-ID fragt. Sie bürgen für ihn; er kann sich deshalb nur in Ihrem Namen verbinden.',
  name: 'Name',
  noName: 'Ohne Namen',
  redirects: 'Wohin seine Antwort geht (eine Adresse je Zeile)',
  secret: 'Er fragt auch nach einem Client-Secret',
  register: 'Registrieren',
  registered: 'Registriert',
  paste: 'Fügen Sie dies in Ihren Client ein',
  idWhat: 'die Client-ID',
  secretWhat: 'das Client-Secret',
  secretOnce: 'Das Secret wird nur dieses eine Mal angezeigt.',
  remove: 'Entfernen',
  renew: 'Neues Secret',
  renewLead: 'Das bisherige Secret gilt sofort nicht mehr. Was der Anwendung erlaubt wurde, bleibt.',
  renewNow: 'Neues Secret ausgeben',
  renewed: 'Setzen Sie dies an die Stelle des alten Secrets',
}
