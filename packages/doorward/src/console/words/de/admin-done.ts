import type { adminDone as english } from '../en/admin-done.ts'

export const adminDone: typeof english = {
  once: 'Das wird nur dieses eine Mal gezeigt. Kopieren Sie es jetzt.',
  goOn: 'Weiter',
  notices: {
    'client-approved': 'Die Anwendung ist zugelassen. Wer darauf gewartet hat, macht im selben Tab weiter.',
    'client-blocked': 'Die Anwendung ist gesperrt, und ihre Verbindungen sind beendet.',
    'client-unblocked': 'Die Anwendung darf wieder fragen. Was beendet ist, bleibt beendet.',
    'client-removed': 'Die Anwendung ist vergessen, und ihre Verbindungen sind beendet.',
    'grant-narrowed': 'Die Verbindung darf jetzt weniger. Der Client erneuert von selbst.',
    'grant-revoked': 'Die Verbindung ist beendet.',
    'person-disabled': 'Die Person ist ausgesperrt. Alle Sitzungen und Verbindungen dieser Person sind beendet.',
    'person-enabled': 'Die Person darf sich wieder anmelden.',
    'person-groups': 'Die Gruppen sind geändert.',
    'person-no-password':
      'Die Person hat kein Passwort. Wem der Identitätsanbieter ihrer Domain diese Adresse zuspricht, der wird eingelassen.',
    'person-signed-out': 'Alle Sitzungen der Person sind beendet.',
    'invite-revoked': 'Mit der Einladung lässt sich nichts mehr registrieren.',
    'key-rotated': 'Ein neuer Schlüssel ist veröffentlicht. Er signiert in einer Stunde, wenn ihn alle kennen.',
    'key-replaced':
      'Ein neuer Schlüssel signiert, und die anderen sind weg. Frühere Tokens werden abgelehnt; Clients erneuern sie von selbst.',
    'rule-added': 'Die Regel gilt.',
    'rule-removed': 'Die Regel ist zurückgenommen. Was sie beendet hat, bleibt beendet.',
  },
  sure: {
    'client-blocked': {
      title: 'Diese Anwendung sperren?',
      text: 'Alle ihre Verbindungen enden jetzt, für alle. Sie bleibt gesperrt, auch wenn sie sich neu registriert, bis ein Betreiber das zurücknimmt.',
      button: 'Sperren',
    },
    'client-secret': {
      title: 'Dieser Anwendung ein neues Secret geben?',
      text: 'Die früheren gelten sofort nicht mehr: Wo sie verwendet werden, geht nichts, bis sie ersetzt sind. Verbindungen und Tokens bleiben. Das neue wird einmal gezeigt.',
      button: 'Neues Secret erzeugen',
    },
    'client-removed': {
      title: 'Diese Anwendung entfernen?',
      text: 'Sie wird vergessen, und alle ihre Verbindungen enden jetzt. Eine, die sich selbst registriert, kann wiederkommen; sperren Sie sie, um sie fernzuhalten.',
      button: 'Entfernen',
    },
    'grant-revoked': {
      title: 'Diese Verbindung beenden?',
      text: 'Der nächste Aufruf des Clients wird abgelehnt. Die Person kann sich wieder verbinden, wenn sie möchte.',
      button: 'Beenden',
    },
    'person-disabled': {
      title: 'Diese Person aussperren?',
      text: 'Alle Sitzungen und Verbindungen dieser Person enden jetzt. Verbindungen kommen nicht zurück, wenn sie sich wieder anmelden darf.',
      button: 'Aussperren',
    },
    'person-password': {
      title: 'Dieser Person ein neues Passwort geben?',
      text: 'Das alte gilt nicht mehr, und alle Sitzungen dieser Person enden jetzt. Das neue wird einmal gezeigt.',
      button: 'Neues Passwort erzeugen',
    },
    'person-no-password': {
      title: 'Das Passwort wegnehmen?',
      text: 'Alle Sitzungen dieser Person enden jetzt. Hat sie weder einen Passkey noch ein verknüpftes Konto, wird in ihr Konto eingelassen, wem der Identitätsanbieter ihrer Domain diese Adresse zuspricht.',
      button: 'Wegnehmen',
    },
    'person-enabled': {
      title: 'Diese Person wieder zulassen?',
      text: 'Sie darf sich wieder anmelden. Was beendet ist, bleibt beendet.',
      button: 'Zulassen',
    },
    'key-rotated': {
      title: 'Einen neuen Signaturschlüssel erzeugen?',
      text: 'Er wird jetzt veröffentlicht und signiert in einer Stunde, wenn alle ihn kennen.',
      button: 'Erzeugen',
    },
    'invite-revoked': {
      title: 'Diese Einladung widerrufen?',
      text: 'Niemand kann sich mehr damit registrieren. Was damit registriert wurde, bleibt.',
      button: 'Widerrufen',
    },
    'rule-removed': {
      title: 'Diese Regel entfernen?',
      text: 'Ab der nächsten Entscheidung zählt sie nicht mehr. Was sie beendet hat, bleibt beendet.',
      button: 'Entfernen',
    },
    'key-replaced': {
      title: 'Alle Signaturschlüssel jetzt ersetzen?',
      text: 'Für den Fall, dass ein Schlüssel bekannt geworden ist. Jedes frühere Zugriffstoken wird sofort abgelehnt. Clients erneuern ihre; Server, die sich die Schlüssel lange merken, lehnen vielleicht gute Tokens ab, bis sie sie neu lesen.',
      button: 'Jetzt ersetzen',
    },
  },
  sureOfAnything: {
    title: 'Sind Sie sicher?',
    text: 'Das lässt sich nicht zurücknehmen.',
    button: 'Ja, ausführen',
  },
  made: {
    client: { title: 'Die Anwendung ist registriert', id: 'Client-ID', secret: 'Client-Secret' },
    secret: { title: 'Das Secret ist neu', id: 'Client-ID', secret: 'Client-Secret' },
    person: { title: 'Die Person ist hinzugefügt', id: 'E-Mail', secret: 'Erstes Passwort' },
    password: { title: 'Das Passwort ist neu', id: 'E-Mail', secret: 'Passwort' },
    invite: { title: 'Die Einladung ist erstellt', id: 'Einladung', secret: 'Registrierungstoken' },
  },
}
