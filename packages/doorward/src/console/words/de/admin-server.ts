import type { adminServer as english } from '../en/admin-server.ts'

export const adminServer: typeof english = {
  title: 'Server',
  lead: 'Was in der Konfigurationsdatei steht, in Worten, und die Schlüssel, mit denen Tokens signiert werden.',
  resources: 'MCP-Server und ihre Scopes',
  noResources: 'Kein MCP-Server ist eingerichtet.',
  scope: 'Scope',
  meaning: 'Was er bedeutet',
  tools: 'Werkzeuge, die er öffnet',
  byDefault: 'wird vergeben, wo nichts verlangt wird',
  constrained: 'Seine Tokens müssen an einen Schlüssel gebunden sein.',
  policy: 'Richtlinie',
  preset: (name: string) => `Die Voreinstellung ist ${name}.`,
  who: 'Ein Client, der bekannt ist durch …',
  verdicts: {
    allow: 'darf Menschen sofort fragen',
    ask: 'wartet, bis ein Betreiber ihn zulässt',
    refuse: 'wird abgelehnt',
  },
  claimedRedirects: {
    any: 'Clients, für die niemand bürgt, dürfen ihre Antworten überall entgegennehmen.',
    'loopback-and-known':
      'Clients, für die niemand bürgt, dürfen ihre Antworten ohne Rückfrage auf dem Rechner der Person und an Adressen bekannter Clients entgegennehmen.',
  },
  senderConstraint: {
    optional: 'Tokens dürfen an einen Schlüssel gebunden sein, müssen es aber nicht.',
    required: 'Jedes Token muss an einen Schlüssel seines Clients gebunden sein.',
  },
  pushed: {
    optional: 'Anfragen dürfen vorab übermittelt werden, müssen es aber nicht.',
    required: 'Jede Anfrage muss vorab übermittelt werden.',
  },
  devices: {
    allow: 'Geräte ohne Browser dürfen mit einem Code fragen.',
    refuse: 'Codes von Geräten werden nicht angenommen.',
  },
  keys: 'Signaturschlüssel',
  kid: 'Schlüssel',
  algorithm: 'Verfahren',
  made: 'Erzeugt',
  use: 'Verwendung',
  uses: {
    signs: 'Signiert jetzt',
    next: 'Signiert als nächster',
    verifies: 'Prüft frühere Tokens',
  },
  rotate: 'Den nächsten Schlüssel erzeugen',
  rotateText: 'Er wird jetzt veröffentlicht und signiert in einer Stunde. Schlüssel wechseln auch von selbst.',
  replace: 'Ein Schlüssel ist bekannt geworden: alle jetzt ersetzen',
  issuers: 'Aussteller von Software-Erklärungen',
  noIssuers: 'Niemandes Software-Erklärungen wird geglaubt.',
  issuer: 'Aussteller',
  limits: 'Für',
  anySoftware: 'jede Software',
}
