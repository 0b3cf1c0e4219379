import type { Kind, Telling } from '../told.ts'
import { toldOfSignIn } from './told-sign-in.ts'

const UPDATE =
  'Mettez l’application à jour, puis connectez-la à nouveau. Si cela ne suffit pas, transmettez à ses auteurs les indications ci-dessous.'

export const told: Readonly<Record<Kind, Telling>> = {
  ...toldOfSignIn,
  administration: {
    cause:
      'Cela n’est pas possible ici, ou les choses ont changé depuis l’affichage de la page. La raison exacte figure ci-dessous en anglais.',
    mend: 'Revenez en arrière, rechargez la page et regardez ce qu’il en est maintenant.',
  },
  admin_not_an_operator: {
    cause: 'Seuls les administrateurs peuvent donner accès à l’administration de ce serveur.',
    mend: 'Connectez-vous avec le compte d’un administrateur.',
  },
  application: {
    cause: 'L’application a envoyé une demande que ce serveur ne peut pas accepter. Vous n’y êtes pour rien.',
    mend: UPDATE,
  },
  approval_missing: {
    cause: 'Un administrateur de ce serveur doit admettre cette application avant que quiconque puisse la connecter.',
    mend: 'Demandez-le sur la page qui vous a été montrée et attendez-y ; elle continue d’elle-même.',
  },
  client_blocked: {
    cause: 'Un administrateur de ce serveur a bloqué cette application.',
    mend: 'Demandez-en la raison aux responsables de ce serveur.',
  },
  client_of_another_person: {
    cause:
      'Quelqu’un a enregistré cette application pour son propre usage ; personne d’autre ne peut la connecter ni la modifier.',
    mend: 'Enregistrez-la pour vous parmi vos propres applications, ou demandez à un administrateur de l’enregistrer pour tous.',
  },
  client_unknown: {
    cause: 'Ce serveur ne connaît pas cette application, ou ne la connaît plus.',
    mend: 'Supprimez la connexion dans l’application, puis connectez-la à nouveau ; elle s’enregistrera une nouvelle fois.',
  },
  consent_of_another_account: {
    cause: 'La question a été posée à un autre compte que celui qui est connecté maintenant.',
    mend: 'Revenez à votre application et connectez-la à nouveau avec le compte que vous voulez utiliser.',
  },
  device_code_answered: {
    cause: 'Ce code a déjà reçu une réponse.',
    mend: 'Regardez votre appareil. S’il attend encore, recommencez depuis celui-ci.',
  },
  device_code_expired: {
    cause: 'Ce code a expiré.',
    mend: 'Faites afficher un nouveau code par votre appareil et saisissez-le.',
  },
  document: {
    cause: 'L’application se décrit elle-même sur une page web, et cette description était illisible ou erronée.',
    mend: 'Réessayez dans quelques minutes. Si cela ne suffit pas, transmettez à ses auteurs les indications ci-dessous.',
  },
  form_expired: {
    cause: 'La page est restée ouverte plus d’une heure ; ce qu’elle envoie ne compte plus.',
    mend: 'Ouvrez à nouveau la page et renvoyez-la.',
  },
  form_foreign: {
    cause: 'Ce formulaire n’a pas été créé pour ce navigateur, ou les cookies ne sont pas autorisés ici.',
    mend: 'Ouvrez à nouveau la page, avec les cookies autorisés, et renvoyez-la.',
  },
  form_of_another_account: {
    cause: 'La page a été montrée à un autre compte que celui qui est connecté maintenant.',
    mend: 'Ouvrez à nouveau la page et renvoyez-la.',
  },
  form_repeated: {
    cause: 'Ce formulaire a déjà été envoyé ; ce qu’il délivre n’est affiché qu’une fois.',
    mend: 'Regardez si ce que vous vouliez existe déjà. Sinon, ouvrez à nouveau la page et renvoyez-la.',
  },
  groups_lack: {
    cause:
      'Des groupes décident qui peut utiliser ce serveur MCP, ou ce qui y est demandé, et vous n’êtes dans aucun d’eux.',
    mend: 'Renseignez-vous sur les groupes auprès des responsables de ce serveur, puis connectez à nouveau.',
  },
  not_for_this_application: {
    cause: 'Les règles de ce serveur n’admettent pas cette application ici.',
    mend: 'Demandez aux responsables de ce serveur s’ils veulent l’admettre.',
  },
  other: {
    cause: 'Ce serveur a refusé la demande. La raison exacte figure ci-dessous, en anglais.',
    mend: 'Connectez à nouveau votre application. Si cela ne suffit pas, donnez la référence aux responsables.',
  },
  own_clients_too_many: {
    cause: 'Vous avez déjà enregistré autant d’applications qu’une personne peut en avoir.',
    mend: 'Supprimez-en une dont vous n’avez plus besoin.',
  },
  pending_expired: {
    cause: 'La demande a attendu trop longtemps une réponse.',
    mend: 'Revenez à votre application, connectez-la à nouveau et répondez sans tarder.',
  },
  pending_foreign: {
    cause:
      'La demande a été lancée dans un autre navigateur, les cookies ne sont pas autorisés ici, ou le lien est abîmé.',
    mend: 'Ouvrez le lien dans le navigateur où vous avez commencé, avec les cookies autorisés, ou connectez à nouveau votre application.',
  },
  person_declined: {
    cause: 'La question vous a été posée et vous avez refusé.',
    mend: 'Rien, si c’était voulu. Sinon, connectez à nouveau votre application et choisissez « Autoriser ».',
  },
  pushed_used: {
    cause: 'Quelqu’un d’autre a déjà répondu à cette demande. Elle ne vaut que pour une personne.',
    mend: 'Connectez à nouveau votre application. N’ouvrez jamais un lien de connexion que quelqu’un vous a envoyé.',
  },
  redirect: {
    cause: 'L’application veut recevoir sa réponse à une adresse qu’elle n’a pas enregistrée ici, ou mal enregistrée.',
    mend: UPDATE,
  },
  request: {
    cause: 'Votre navigateur a envoyé quelque chose que ce serveur n’accepte pas sous cette forme.',
    mend: 'Revenez en arrière, rechargez la page et servez-vous de ses boutons.',
  },
  resource: {
    cause: 'L’application ne nomme aucun serveur MCP, ou en nomme un auquel ce serveur ne donne pas accès.',
    mend: 'Vérifiez l’adresse du serveur MCP dans votre application, avec son chemin.',
  },
  scope_not_allowed: {
    cause: 'Rien de ce que l’application demande ne lui est permis ici.',
    mend: 'Adressez-vous aux responsables de ce serveur. Ils ont fixé le maximum que l’application peut obtenir.',
  },
  unexpected_error: {
    cause: 'Quelque chose s’est mal passé ici. L’erreur vient de ce serveur.',
    mend: 'Réessayez. Si cela persiste, donnez la référence aux responsables.',
  },
}
