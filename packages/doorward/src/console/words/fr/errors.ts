import { type Html, html } from '../../html.ts'
import type { errors as english } from '../en/errors.ts'

export const errors: typeof english = {
  title: 'Pourquoi quelque chose a été refusé',
  lead: (command: Html) =>
    html`Chaque erreur porte le nom de sa raison, entre crochets. Chaque nom mène à ce qu’il signifie et à ce qui aide. Les responsables de ce serveur voient ce qui s’est passé avec ${command} et la référence de l’erreur.`,
  reference: (command: Html) =>
    html`Les responsables de ce serveur voient ce qui s’est passé avec ${command} et la référence de l’erreur.`,
  helps: 'Ce qui aide :',
}
