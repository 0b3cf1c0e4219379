import { type Html, html } from '../../html.ts'
import type { approval as english } from '../en/approval.ts'

export const approval: typeof english = {
  titleAsked: 'En attente d’un administrateur',
  title: 'Un administrateur doit d’abord donner son accord',
  leadAsked:
    'Un administrateur de ce serveur a été sollicité. Vous pouvez laisser cette page ouverte : elle continue d’elle-même dès qu’il a donné son accord.',
  lead: 'Personne ne se porte garant de cette application : un administrateur de ce serveur doit l’admettre avant que vous puissiez la connecter.',
  decline: 'Ne pas connecter',
  ask: 'Demander à un administrateur',
  notAnswered: 'Pas encore de réponse.',
  howOperators: (command: Html) => html`Les administrateurs l’admettent avec ${command}.`,
  lookAgain: 'Regarder à nouveau',
}
