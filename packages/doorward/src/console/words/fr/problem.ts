import { type Html, html } from '../../html.ts'
import type { problem as english } from '../en/problem.ts'

export const problem: typeof english = {
  titles: {
    connection: 'Cette connexion ne peut pas aboutir',
    page: 'Cela n’a pas fonctionné',
    signIn: 'Vous n’êtes pas connecté',
    nothingHere: 'Il n’y a rien ici',
  },
  nothingHere: 'Cette adresse n’est pas servie.',
  startPage: (address: string) => `La page d’accueil, à l’adresse ${address}, dit ce qui l’est.`,
  whatYouCanDo: 'Ce que vous pouvez faire',
  forDevelopers: 'Pour les développeurs, en anglais',
  why: 'Pourquoi cela arrive :',
  goBackTo: (place: string) => `Revenir à ${place}`,
  tryAgain: 'Réessayer',
  openAnew: 'Ouvrir à nouveau la page',
  reference: 'Référence',
  referenceWhat: 'la référence',
  referenceHint: (command: Html) =>
    html`Donnez cette référence aux responsables de ce serveur. Ils voient ce qui s’est passé avec ${command}.`,
}
