import type { Kind, Telling } from '../told.ts'
import { toldOfSignIn } from './told-sign-in.ts'

const UPDATE =
  'Aktualisieren Sie die Anwendung und verbinden Sie sie dann noch einmal. Hilft das nicht, geben Sie ihren Herstellern die Angaben unten.'

export const told: Readonly<Record<Kind, Telling>> = {
  ...toldOfSignIn,
  administration: {
    cause:
      'Das ist hier nicht möglich, oder es steht inzwischen anders als auf der Seite. Der genaue Grund steht unten auf Englisch.',
    mend: 'Gehen Sie zurück, laden Sie die Seite neu und sehen Sie nach, wie es jetzt steht.',
  },
  admin_not_an_operator: {
    cause: 'Nur Betreiber können Zugriff auf die Verwaltung dieses Servers geben.',
    mend: 'Melden Sie sich mit dem Konto eines Betreibers an.',
  },
  application: {
    cause:
      'Die Anwendung hat eine Anfrage geschickt, die dieser Server nicht annehmen kann. Sie haben nichts falsch gemacht.',
    mend: UPDATE,
  },
  approval_missing: {
    cause: 'Ein Betreiber dieses Servers muss diese Anwendung zulassen, bevor sich jemand mit ihr verbinden kann.',
    mend: 'Bitten Sie auf der Seite darum, die Ihnen gezeigt wurde, und warten Sie dort; es geht von selbst weiter.',
  },
  client_blocked: {
    cause: 'Ein Betreiber dieses Servers hat diese Anwendung gesperrt.',
    mend: 'Fragen Sie die Betreiber dieses Servers nach dem Grund.',
  },
  client_of_another_person: {
    cause: 'Jemand hat diese Anwendung für sich allein registriert; niemand sonst kann sie verbinden oder ändern.',
    mend: 'Registrieren Sie sie für sich unter Ihren eigenen Anwendungen, oder bitten Sie einen Betreiber, sie für alle zu registrieren.',
  },
  client_unknown: {
    cause: 'Dieser Server kennt die Anwendung nicht, oder nicht mehr.',
    mend: 'Entfernen Sie die Verbindung in der Anwendung und verbinden Sie sie neu; dabei meldet sie sich noch einmal an.',
  },
  consent_of_another_account: {
    cause: 'Die Frage wurde einem anderen Konto gezeigt als dem, das jetzt angemeldet ist.',
    mend: 'Kehren Sie zu Ihrer Anwendung zurück und verbinden Sie noch einmal mit dem Konto, das Sie verwenden möchten.',
  },
  device_code_answered: {
    cause: 'Dieser Code wurde schon beantwortet.',
    mend: 'Sehen Sie auf Ihr Gerät. Wenn es noch wartet, beginnen Sie dort von vorn.',
  },
  device_code_expired: {
    cause: 'Dieser Code ist abgelaufen.',
    mend: 'Lassen Sie sich von Ihrem Gerät einen neuen zeigen und geben Sie ihn ein.',
  },
  document: {
    cause:
      'Die Anwendung beschreibt sich auf einer Webseite selbst, und diese Beschreibung war nicht zu lesen oder ist fehlerhaft.',
    mend: 'Versuchen Sie es in ein paar Minuten noch einmal. Hilft das nicht, geben Sie ihren Herstellern die Angaben unten.',
  },
  form_expired: {
    cause: 'Die Seite war länger als eine Stunde offen; was sie sendet, zählt nicht mehr.',
    mend: 'Öffnen Sie die Seite neu und senden Sie sie noch einmal ab.',
  },
  form_foreign: {
    cause: 'Dieses Formular wurde nicht für diesen Browser erstellt, oder Cookies sind hier nicht erlaubt.',
    mend: 'Öffnen Sie die Seite neu, mit erlaubten Cookies, und senden Sie sie noch einmal ab.',
  },
  form_of_another_account: {
    cause: 'Die Seite wurde einem anderen Konto gezeigt als dem, das jetzt angemeldet ist.',
    mend: 'Öffnen Sie die Seite neu und senden Sie sie noch einmal ab.',
  },
  form_repeated: {
    cause: 'Dieses Formular wurde schon einmal gesendet; was es ausgibt, wird nur einmal angezeigt.',
    mend: 'Sehen Sie nach, ob schon da ist, was Sie wollten. Wenn nicht, öffnen Sie die Seite neu und senden Sie sie noch einmal ab.',
  },
  groups_lack: {
    cause:
      'Wer diesen MCP-Server oder das Gewünschte dort benutzen darf, bestimmen Gruppen, und Sie sind in keiner davon.',
    mend: 'Fragen Sie die Betreiber dieses Servers nach den Gruppen und verbinden Sie dann noch einmal.',
  },
  not_for_this_application: {
    cause: 'Die Regeln dieses Servers lassen diese Anwendung hier nicht zu.',
    mend: 'Fragen Sie die Betreiber dieses Servers, ob sie sie zulassen.',
  },
  other: {
    cause: 'Dieser Server hat die Anfrage abgelehnt. Der genaue Grund steht unten auf Englisch.',
    mend: 'Verbinden Sie noch einmal aus Ihrer Anwendung. Hilft das nicht, nennen Sie den Betreibern den Vorgang.',
  },
  own_clients_too_many: {
    cause: 'Sie haben schon so viele eigene Anwendungen registriert, wie eine Person haben darf.',
    mend: 'Entfernen Sie eine, die Sie nicht mehr brauchen.',
  },
  pending_expired: {
    cause: 'Die Anfrage hat zu lange auf eine Antwort gewartet.',
    mend: 'Kehren Sie zu Ihrer Anwendung zurück, verbinden Sie noch einmal und antworten Sie dann bald.',
  },
  pending_foreign: {
    cause:
      'Die Anfrage wurde in einem anderen Browser begonnen, Cookies sind hier nicht erlaubt, oder der Link ist beschädigt.',
    mend: 'Öffnen Sie den Link in dem Browser, in dem Sie begonnen haben, mit erlaubten Cookies, oder verbinden Sie noch einmal aus Ihrer Anwendung.',
  },
  person_declined: {
    cause: 'Sie wurden gefragt und haben abgelehnt.',
    mend: 'Nichts, wenn das so gemeint war. Sonst verbinden Sie noch einmal aus Ihrer Anwendung und wählen Sie „Erlauben“.',
  },
  pushed_used: {
    cause: 'Diese Anfrage hat schon jemand anderes beantwortet. Sie gilt nur für eine Person.',
    mend: 'Verbinden Sie noch einmal aus Ihrer Anwendung. Öffnen Sie nie einen Link zum Verbinden, den Ihnen jemand geschickt hat.',
  },
  redirect: {
    cause:
      'Die Anwendung möchte ihre Antwort an eine Adresse haben, die sie hier nicht oder nicht richtig registriert hat.',
    mend: UPDATE,
  },
  request: {
    cause: 'Ihr Browser hat etwas geschickt, das dieser Server so nicht annimmt.',
    mend: 'Gehen Sie zurück, laden Sie die Seite neu und benutzen Sie ihre Schaltflächen.',
  },
  resource: {
    cause: 'Die Anwendung nennt keinen MCP-Server, oder einen, für den dieser Server keinen Zugriff gibt.',
    mend: 'Prüfen Sie die Adresse des MCP-Servers in Ihrer Anwendung, mit ihrem Pfad.',
  },
  scope_not_allowed: {
    cause: 'Nichts von dem, worum die Anwendung bittet, ist ihr hier erlaubt.',
    mend: 'Fragen Sie die Betreiber dieses Servers. Sie haben festgelegt, was die Anwendung höchstens darf.',
  },
  unexpected_error: {
    cause: 'Hier ist etwas schiefgegangen. Der Fehler liegt bei diesem Server.',
    mend: 'Versuchen Sie es noch einmal. Bleibt es dabei, nennen Sie den Betreibern den Vorgang.',
  },
}
