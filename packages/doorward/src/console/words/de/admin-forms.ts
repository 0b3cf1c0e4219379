import type { adminForms as english } from '../en/admin-forms.ts'

export const adminForms: typeof english = {
  title: 'Das wurde nicht angenommen.',
  wrong: 'Etwas darin geht so nicht.',
  signedInAgain: 'Sie sind wieder angemeldet. Sehen Sie es noch einmal durch und senden Sie es dann ab.',
  aboutTo: 'Sie sind wieder angemeldet. Das wollten Sie gerade tun.',
  fields: {
    'client-added name': 'Geben Sie ihr einen Namen von höchstens 120 Zeichen.',
    'client-added redirect_uris':
      'Prüfen Sie die Adressen, an die Antworten gehen dürfen, eine je Zeile: https, eine Loopback-Adresse oder ein Schema der Anwendung.',
    'client-added scope': 'Nennen Sie nur Scopes, die dieser Server kennt.',
    'person-added email': 'Geben Sie eine E-Mail-Adresse wie ada@example.com an.',
    'person-groups groups':
      'Eine Gruppe ist eine Zeile von höchstens 128 Zeichen ohne Schrägstrich; höchstens 100 davon.',
    'invite-created uses': 'Geben Sie eine ganze Zahl von 1 bis 100000 an.',
    'invite-created days': 'Geben Sie eine ganze Zahl von 1 bis 3650 an.',
    'invite-created hosts': 'Geben Sie Hostnamen an, einen je Zeile, etwa client.example.',
    'invite-created scopes': 'Nennen Sie nur Scopes, durch Leerzeichen getrennt.',
    'invite-created note': 'Die Notiz hat höchstens 200 Zeichen.',
    'rule-added value': 'Das ist kein Wert dieser Art.',
    'rule-added note': 'Die Notiz hat höchstens 200 Zeichen.',
  },
  reasons: {
    form_repeated:
      'Dieses Formular wurde schon einmal gesendet. Sehen Sie nach, ob schon da ist, was Sie wollten; für ein weiteres senden Sie es von hier noch einmal ab.',
    admin_person_taken: 'Eine Person mit dieser Adresse gibt es schon.',
    admin_groups_changed:
      'Jemand anders hat diese Gruppen inzwischen geändert. Unten steht, was Sie eingegeben haben; vergleichen Sie es mit den Angaben hier und speichern Sie noch einmal.',
    admin_rule_known: 'Eine solche Regel gibt es schon.',
    admin_rules_full: 'Mehr Regeln kann es nicht geben. Entfernen Sie zuerst eine.',
  },
}
