import type { adminRules as english } from '../en/admin-rules.ts'

export const adminRules: typeof english = {
  title: 'Regeln',
  lead: 'Welche Anwendungen immer zugelassen oder immer abgelehnt werden. Ablehnen geht vor Zulassen und beendet die Verbindungen derer, die es trifft.',
  none: 'Es gibt noch keine Regel; allein die Richtlinie entscheidet.',
  effect: 'Wirkung',
  effects: { allow: 'Immer zulassen', deny: 'Immer ablehnen' },
  kind: 'Erkannt an',
  kinds: {
    clientId: 'Client-ID',
    domain: 'Domain ihrer Metadaten',
    redirectHost: 'Host oder Schema ihrer Antworten',
    statementIssuer: 'Aussteller ihrer Software-Erklärung',
    softwareId: 'Software-ID',
  },
  value: 'Wert',
  valueHint: 'Eine Domain ist wie example.com, oder *.example.com für jeden Namen darunter; ein Schema ist wie cursor:',
  note: 'Notiz',
  by: 'Von',
  configured: 'Konfigurationsdatei',
  remove: 'Entfernen',
  preview: 'Sehen, was sie ändern würde',
  previewTitle: 'Was diese Regel letzte Woche entschieden hätte',
  looked: (clients: number, attempts: number) =>
    `Angesehen: Anwendungen ${clients}, Versuche der letzten sieben Tage ${attempts}.`,
  nothing: 'Sie hätte nichts geändert.',
  changed: (clients: number, attempts: number, grants: number) =>
    `Anders entschieden: Anwendungen ${clients}, Versuche ${attempts}. Verbindungen, die enden: ${grants}.`,
  application: 'Anwendung',
  before: 'Vorher',
  after: 'Nachher',
  attempts: 'Versuche',
  grants: 'Verbindungen',
  verdicts: { allow: 'zugelassen', ask: 'wartet auf einen Betreiber', refuse: 'abgelehnt' },
  add: 'Diese Regel in Kraft setzen',
  wrong: 'Das ist keine Regel.',
}
