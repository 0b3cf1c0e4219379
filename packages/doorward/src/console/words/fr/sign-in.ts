import { type Html, html } from '../../html.ts'
import type { signIn as english } from '../en/sign-in.ts'
import { counter } from '../plural.ts'

const seconds = counter('fr', { one: 'seconde', other: 'secondes' })

export const signIn: typeof english = {
  title: 'Se connecter',
  email: 'Adresse e-mail',
  password: 'Mot de passe',
  submit: 'Se connecter',
  someServer: 'un serveur',
  onTheWay: (client: Html, server: Html | string) =>
    html`<p class="soft">${client} souhaite utiliser ${server} en votre nom. Vous décidez à la page suivante.</p>`,
  wrong: 'Cette adresse e-mail et ce mot de passe ne correspondent pas. Vérifiez les deux et réessayez.',
  wait: (count: number) => `Trop de tentatives. Attendez ${seconds(count)}, puis réessayez.`,
  busy: 'Trop de personnes se connectent en ce moment. Attendez un instant, puis réessayez.',
  next: 'Continuer',
  or: 'ou',
  withPasskey: 'Se connecter avec une clé d’accès',
  passkeyFailed: 'Cela n’a pas fonctionné. Réessayez ou connectez-vous autrement.',
  passkeyAgain: 'Cela n’a pas fonctionné. Réessayez ou utilisez une autre clé d’accès.',
  passkeyNeeds:
    'Pour vous connecter avec une clé d’accès, cette page a besoin de JavaScript et d’un navigateur qui connaît les clés d’accès.',
  noPasskey: (add: Html) => html`Vous n’en avez pas encore ? ${add}, puis revenez à cette page.`,
  addPasskey: 'Ajoutez-en une à votre compte',
  withProvider: (name: string) => `Continuer avec ${name}`,
  noWay: 'Personne ne peut se connecter ici avec cette adresse. Vérifiez-la ou choisissez un des moyens ci-dessous.',
  why: {
    link: 'Quelqu’un a ici l’adresse e-mail du compte que vous venez d’utiliser. Si c’est vous, connectez-vous comme d’habitude ; vous pourrez ensuite associer les deux.',
    again: 'L’étape suivante demande une connexion plus récente. Connectez-vous de nouveau.',
    passkey: 'L’application vous demande de vous connecter avec une clé d’accès.',
    select: 'L’application demande quel compte vous voulez utiliser.',
  },
}
