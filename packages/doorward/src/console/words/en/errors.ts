import { type Html, html } from '../../html.ts'

export const errors = {
  title: 'Why something was refused',
  lead: (command: Html) =>
    html`Every error carries the name of its reason, in square brackets. Here is what each means and what helps. Whoever runs this server sees what happened with ${command} and the reference of the error.`,
  situations: 'Situations',
  helps: 'What helps:',
}
