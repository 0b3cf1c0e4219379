import { type Html, html } from '../../html.ts'
import type { errors as english } from '../en/errors.ts'

export const errors: typeof english = {
  title: 'Pourquoi quelque chose a été refusé',
  lead: (command: Html) =>
    html`Chaque erreur porte le nom de sa raison, entre crochets. Voici, en anglais, ce que chacune signifie et ce qui aide. Les responsables de ce serveur voient ce qui s’est passé avec ${command} et la référence de l’erreur.`,
  situations: 'Situations',
  helps: 'Ce qui aide :',
}
