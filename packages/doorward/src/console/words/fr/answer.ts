import type { answer as english } from '../en/answer.ts'
import { counter } from '../plural.ts'

const minutes = counter('fr', { one: 'minute', other: 'minutes' })

export const answer: typeof english = {
  title: 'Portez la réponse vous-même',
  badge: 'Autorisé',
  lead: (seconds: number) =>
    `Collez-la sur la machine où vous avez commencé, dans les ${minutes(Math.round(seconds / 60))}. Elle ne sert qu’une fois.`,
  caution:
    'Ne la collez nulle part ailleurs. Quiconque la détient et a lancé cette demande à votre place accède à votre compte : aucun support, aucune page web, aucune discussion n’en a besoin.',
  paste: 'Si l’application demande l’adresse du navigateur, ou le code, collez cette adresse',
  pasteWhat: 'l’adresse avec la réponse',
  command: 'Sinon, lancez ceci dans un autre terminal de cette machine, pendant que l’application attend',
  commandWhat: 'la commande',
  done: 'L’application continue d’elle-même. Vous pourrez alors fermer cette page.',
}
