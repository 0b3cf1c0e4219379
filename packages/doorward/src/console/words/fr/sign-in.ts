import { type Html, html } from '../../html.ts'
import type { signIn as english } from '../en/sign-in.ts'

export const signIn: typeof english = {
  title: 'Se connecter',
  email: 'Adresse e-mail',
  password: 'Mot de passe',
  submit: 'Se connecter',
  someServer: 'un serveur',
  onTheWay: (client: Html, server: Html | string) =>
    html`<p class="soft">${client} souhaite utiliser ${server} en votre nom. Vous décidez à la page suivante.</p>`,
  wrong: 'Cette adresse e-mail et ce mot de passe ne correspondent pas. Vérifiez les deux et réessayez.',
  wait: (seconds: number) => `Trop de tentatives. Attendez ${seconds} secondes, puis réessayez.`,
  busy: 'Trop de personnes se connectent en ce moment. Attendez un instant, puis réessayez.',
}
