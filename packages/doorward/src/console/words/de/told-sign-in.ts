import type { SignInKind, Telling } from '../told.ts'

export const toldOfSignIn: Readonly<Record<SignInKind, Telling>> = {
  account_disabled: {
    cause: 'Ein Betreiber hat dieses Konto gesperrt.',
    mend: 'Fragen Sie die Betreiber dieses Servers.',
  },
  domain_of_another_provider: {
    cause:
      'Adressen dieser Domain melden sich bei einem anderen Identitätsanbieter an; diesem hier wird über sie nicht geglaubt.',
    mend: 'Geben Sie auf der Anmeldeseite Ihre E-Mail-Adresse ein; sie führt zum richtigen.',
  },
  email_unverified: {
    cause: 'Der Identitätsanbieter bestätigt Ihre E-Mail-Adresse nicht, oder er nennt keine.',
    mend: 'Bestätigen Sie die Adresse dort und melden Sie sich noch einmal an. Hilft das nicht, fragen Sie die Betreiber dieses Servers.',
  },
  groups_overage: {
    cause:
      'Sie sind dort in mehr Gruppen, als der Identitätsanbieter in einer Antwort nennt. Nach den Gruppen richtet sich, was Sie hier dürfen; eine unvollständige Liste wird deshalb nicht angenommen.',
    mend: 'Wenden Sie sich an die Betreiber dieses Servers: Beim Identitätsanbieter lässt sich einstellen, dass er nur die Gruppen nennt, auf die es hier ankommt.',
  },
  identity_taken: {
    cause: 'Dieses Konto beim Identitätsanbieter ist hier mit jemand anderem verknüpft.',
    mend: 'Melden Sie sich damit an und lösen Sie die Verknüpfung dort zuerst, oder verknüpfen Sie ein anderes.',
  },
  last_way: {
    cause: 'Das ist Ihr einziger Weg, sich anzumelden.',
    mend: 'Fügen Sie zuerst einen Passkey hinzu oder verknüpfen Sie ein Konto.',
  },
  link_expired: {
    cause:
      'Die Frage, ob die beiden Konten zusammengehören, ist schon beantwortet, älter als zehn Minuten oder wurde in einem anderen Browser gestellt.',
    mend: 'Melden Sie sich noch einmal beim Identitätsanbieter an.',
  },
  link_other_account: {
    cause: 'Sie sind mit einem anderen Konto angemeldet als dem, das verknüpft werden sollte, oder gar nicht mehr.',
    mend: 'Melden Sie sich hier mit dem Konto an, um das es geht, und beginnen Sie von vorn.',
  },
  only_a_password: {
    cause:
      'Zu Ihrer Adresse gibt es hier ein Konto, das nur ein Passwort hat, und dafür wird keines angenommen: Diese Domain meldet sich bei einem Identitätsanbieter an.',
    mend: 'Bitten Sie die Betreiber dieses Servers, das Passwort aufzugeben; danach öffnet die Anmeldung beim Identitätsanbieter das Konto.',
  },
  passkey_challenge: {
    cause:
      'Die Frage an Ihren Passkey ist schon beantwortet, älter als zehn Minuten oder wurde in einem anderen Browser gestellt.',
    mend: 'Öffnen Sie die Seite neu und versuchen Sie es noch einmal.',
  },
  passkey_copied: {
    cause:
      'Der Passkey zählt mit, wie oft er benutzt wurde, und diese Zahl gab es schon. Vielleicht gibt es eine Kopie von ihm.',
    mend: 'Melden Sie sich auf einem anderen Weg an, entfernen Sie den Passkey und fügen Sie einen neuen hinzu.',
  },
  passkey_limit: {
    cause: 'Sie haben so viele Passkeys, wie eine Person haben kann.',
    mend: 'Entfernen Sie einen, den Sie nicht mehr benutzen.',
  },
  passkey_refused: {
    cause:
      'Der Passkey ist hier nicht bekannt, hat nicht geprüft, dass Sie es sind, oder gehört zu einer anderen Adresse.',
    mend: 'Versuchen Sie es mit einem anderen Passkey, oder melden Sie sich anders an.',
  },
  password_not_offered: {
    cause: 'Hier meldet sich niemand mit einem Passwort an.',
    mend: 'Benutzen Sie einen der Wege auf der Anmeldeseite.',
  },
  password_unusable: {
    cause: 'Das alte Passwort stimmt nicht, oder das neue hat weniger als zwölf oder mehr als 1024 Zeichen.',
    mend: 'Prüfen Sie beide und versuchen Sie es noch einmal.',
  },
  person_not_admitted: {
    cause: 'Der Identitätsanbieter kennt Sie, dieser Server nicht, und er nimmt niemanden von sich aus auf.',
    mend: 'Bitten Sie die Betreiber, Sie mit dieser E-Mail-Adresse hinzuzufügen, und melden Sie sich dann noch einmal an.',
  },
  provider_answer: {
    cause:
      'Die Antwort des Identitätsanbieters ist nicht so, wie das Protokoll es verlangt, oder nicht von ihm unterschrieben.',
    mend: 'Versuchen Sie es noch einmal. Bleibt es dabei, nennen Sie den Betreibern den Vorgang.',
  },
  provider_declined: {
    cause: 'Die Anmeldung dort wurde abgelehnt, von Ihnen oder vom Identitätsanbieter.',
    mend: 'Beginnen Sie von vorn, oder melden Sie sich auf einem anderen Weg an.',
  },
  provider_refused: {
    cause: 'Der Identitätsanbieter hat die Anfrage dieses Servers abgelehnt. Sie haben nichts falsch gemacht.',
    mend: 'Nennen Sie den Betreibern dieses Servers den Vorgang; bei ihnen oder beim Anbieter ist etwas anders eingetragen.',
  },
  provider_unreachable: {
    cause: 'Der Identitätsanbieter ist nicht zu erreichen oder antwortet nicht rechtzeitig.',
    mend: 'Warten Sie einen Moment und versuchen Sie es noch einmal, oder melden Sie sich auf einem anderen Weg an.',
  },
  provider_wrong_issuer: {
    cause: 'Die Antwort kommt nach eigenen Angaben von einem anderen Identitätsanbieter als dem, der gefragt wurde.',
    mend: 'Beginnen Sie auf der Anmeldeseite von vorn. Bleibt es dabei, sagen Sie es den Betreibern: Vielleicht bringt jemand zwei Anbieter durcheinander.',
  },
  sign_in_limit: {
    cause: 'Aus Ihrem Netz wurden zu viele Anmeldungen begonnen.',
    mend: 'Warten Sie einen Moment und versuchen Sie es dann noch einmal.',
  },
  sign_in_state: {
    cause:
      'Die Antwort des Identitätsanbieters wurde schon benutzt, ist älter als zehn Minuten oder gehört zu einem anderen Browser.',
    mend: 'Beginnen Sie auf der Anmeldeseite von vorn, in diesem Browser und mit erlaubten Cookies.',
  },
}
