import { type Html, html } from '../../html.ts'
import type { consent as english } from '../en/consent.ts'
import { counter } from '../plural.ts'

const days = counter('de', { one: 'Tag', other: 'Tage' })
const idleDays = counter('de', { one: 'Tag', other: 'Tagen' })
const minutes = counter('de', { one: 'Minute', other: 'Minuten' })
const tools = counter('de', { one: 'Werkzeug', other: 'Werkzeuge' })

export const consent: typeof english = {
  title: 'Zugriff erlauben?',
  titleMore: 'Mehr Zugriff erlauben?',
  heading: (server: Html) => html`Zugriff auf ${server} erlauben?`,
  headingMore: (server: Html) => html`Mehr Zugriff auf ${server} erlauben?`,
  may: 'Sie darf',
  mayAlso: 'Sie darf auch',
  undivided: 'Diesen MCP-Server in Ihrem Namen benutzen; der Server unterteilt das nicht weiter.',
  opens: (scope: Html, names: Html) => html`${scope} öffnet ${names}`,
  opensMany: (scope: Html, count: number) => html`${scope} öffnet ${tools(count)}`,
  offline: 'Verbunden bleiben, bis Sie die Verbindung trennen',
  read: 'Liest',
  write: 'Ändert',
  choose: 'Erlaubt ist nur, was Sie ankreuzen. Die Anwendung kann später um mehr bitten.',
  chooseSomething: 'Nichts ist angekreuzt. Kreuzen Sie an, was Sie erlauben möchten, oder lehnen Sie ab.',
  asBefore: 'Wie bisher',
  asBeforeHint:
    'Das haben Sie einer Anwendung mit dieser Identität schon erlaubt. Wer jetzt fragt, erhält es ebenfalls.',
  inDetail: 'Im Einzelnen',
  forHowLong: 'Wie lange',
  untilDisconnected: 'Bis Sie die Verbindung trennen',
  days,
  idle: (count: number) => `Sie endet auch nach ${idleDays(count)} ohne Nutzung.`,
  eachToken: (count: number) => `Jedes Token gilt ${minutes(count)}.`,
  admits: (places: Html) =>
    html`Sie sind Betreiber: Ihre Erlaubnis lässt diese Anwendung hier auch für alle anderen zu, wohin auch immer ihre Antworten gehen dürfen: ${places}.`,
  anyDevice: 'jedes Gerät',
  allow: 'Erlauben',
  deny: 'Ablehnen',
  returnTo: (scheme: Html) => html`Sie können jetzt zu ${scheme} zurückkehren`,
  returnHint: (scheme: Html) =>
    html`Ihre Antwort ging an die Anwendung, die Links mit ${scheme} öffnet. Sie können diese Seite schließen.`,
  returnAgain: (again: Html) => html`Dort ist nichts geschehen? ${again}`,
  answerAgain: 'Noch einmal antworten',
  afterwards: (scheme: Html) =>
    html`Ihre Antwort öffnet die Anwendung für Links mit ${scheme} – sind Sie dort angekommen, können Sie diese Seite schließen.`,
  elsewhere: 'Meine Anwendung läuft auf einem anderen Rechner',
  elsewhereHint:
    'Für ein Terminal, das Sie über SSH erreichen, oder einen Container. Die Antwort wird hier angezeigt, und Sie bringen sie selbst dorthin.',
  elsewhereCaution:
    'Die Antwort ist einige Minuten lang so viel wert wie ein Passwort. Wer Sie bittet, sie ihm zu schicken oder in eine Webseite oder einen Chat einzugeben, will an Ihr Konto.',
  showAnswer: 'Erlauben und Antwort anzeigen',
}
