import type { device as english } from '../en/device.ts'
import { counter } from '../plural.ts'

const seconds = counter('fr', { one: 'seconde', other: 'secondes' })

export const device: typeof english = {
  title: 'Connecter un appareil',
  lead: 'Un programme sans navigateur vous affiche un code. Saisissez-le ici ; vous décidez à la page suivante.',
  code: 'Code affiché par l’appareil',
  warning:
    'Ne saisissez qu’un code que vous voyez sur un appareil à vous. Personne n’a de bonne raison de vous en envoyer un.',
  submit: 'Continuer',
  malformed: 'Un code a huit consonnes et aucun chiffre. Regardez à nouveau votre appareil.',
  unknown:
    'Aucun appareil n’attend avec ce code. Comparez-le avec votre appareil ; après dix minutes, il en affiche un autre.',
  answered:
    'Ce code a déjà reçu une réponse. Regardez votre appareil ; s’il attend encore, recommencez depuis celui-ci.',
  wait: (count: number) => `Trop de codes ont été essayés. Attendez ${seconds(count)}, puis réessayez.`,
  denied: 'Refusé',
  deniedHeading: 'L’appareil n’obtient aucun accès',
  deniedHint:
    'Vous pouvez fermer cette page. Quelqu’un vous a envoyé le code ? Prévenez les responsables de ce serveur.',
  approved: 'Autorisé',
  approvedHeading: 'Revenez à votre appareil',
  approvedHint: 'Il continue de lui-même dans quelques secondes. Vous pouvez fermer cette page.',
}
