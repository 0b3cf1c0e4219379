import { type Html, html } from '../../html.ts'
import type { consent as english } from '../en/consent.ts'
import { counter } from '../plural.ts'

const days = counter('fr', { one: 'jour', other: 'jours' })
const minutes = counter('fr', { one: 'minute', other: 'minutes' })
const tools = counter('fr', { one: 'outil', other: 'outils' })

export const consent: typeof english = {
  title: 'Autoriser l’accès ?',
  titleMore: 'Autoriser un accès plus large ?',
  heading: (server: Html) => html`Autoriser l’accès à ${server} ?`,
  headingMore: (server: Html) => html`Autoriser un accès plus large à ${server} ?`,
  may: 'Elle pourra',
  mayAlso: 'Elle pourra aussi',
  undivided: 'Utiliser ce serveur MCP en votre nom ; le serveur ne distingue rien de plus fin.',
  opens: (scope: Html, names: Html) => html`${scope} ouvre ${names}`,
  opensMany: (scope: Html, count: number) => html`${scope} ouvre ${tools(count)}`,
  offline: 'Rester connectée jusqu’à ce que vous la déconnectiez',
  read: 'Lecture',
  write: 'Modification',
  choose: 'Seul ce que vous cochez est autorisé. L’application pourra demander davantage plus tard.',
  chooseSomething: 'Rien n’est coché. Cochez ce que vous voulez autoriser, ou refusez.',
  asBefore: 'Comme avant',
  asBeforeHint:
    'Vous l’avez déjà autorisé à une application ayant cette identité. Celle qui demande maintenant l’obtient aussi.',
  inDetail: 'En détail',
  forHowLong: 'Durée',
  untilDisconnected: 'Jusqu’à ce que vous la déconnectiez',
  days,
  idle: (count: number) => `Il prend aussi fin après ${days(count)} sans utilisation.`,
  eachToken: (count: number) => `Chaque jeton est valable ${minutes(count)}.`,
  admits: (places: Html) =>
    html`Vous êtes administrateur : votre accord admet aussi cette application pour tout le monde ici, où que ses réponses puissent aller : ${places}.`,
  anyDevice: 'n’importe quel appareil',
  allow: 'Autoriser',
  deny: 'Refuser',
  returnTo: (scheme: Html) => html`Vous pouvez maintenant revenir à ${scheme}`,
  returnHint: (scheme: Html) =>
    html`Votre réponse est partie vers l’application qui ouvre les liens ${scheme} et vous pouvez fermer cette page.`,
  returnAgain: (again: Html) => html`Rien ne s’est passé là-bas ? ${again}`,
  answerAgain: 'Répondre à nouveau',
  afterwards: (scheme: Html) =>
    html`Votre réponse ouvre l’application des liens ${scheme} et, une fois là-bas, vous pouvez fermer cette page.`,
  elsewhere: 'Mon application tourne sur une autre machine',
  elsewhereHint:
    'Pour un terminal atteint par SSH, ou un conteneur. La réponse s’affiche ici, et vous l’y portez vous-même.',
  elsewhereCaution:
    'Pendant quelques minutes, la réponse vaut un mot de passe. Quiconque vous demande de la lui envoyer, ou de la saisir dans une page web ou une discussion, en veut à votre compte.',
  showAnswer: 'Autoriser et afficher la réponse',
}
