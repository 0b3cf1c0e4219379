import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Place } from '../../store/transfer/places.ts'
import { readConfig } from '../config.ts'
import { configFile, DEV_DATABASE, SERVE_DATABASE } from '../database.ts'
import { isPostgres, shownDatabase } from '../database-address.ts'
import { UsageError } from '../problem.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The database that `--from` or `--to` means: a path, an address, or one of the words `sqlite` and `postgres` for the one of that kind
 * which `DOORWARD_DATABASE`, the config file or this folder names, so that no password has to stand on a command line.
 * @throws UsageError where there is none, or it is of a kind that nobody speaks here.
 */
export function namedDatabase(option: string, named: string, config: string | undefined, env: Environment): Place {
  if (named === ':memory:') throw new UsageError(`${option} is a database in memory; give a file path or postgres://….`)
  if (named !== 'sqlite' && named !== 'postgres')
    return placeOf(readConfig(undefined, { DOORWARD_DATABASE: named }).database ?? named)
  const file = configFile(config === undefined ? {} : { config }, env)
  const { DOORWARD_DATABASE: set, ...others } = env
  const here = [SERVE_DATABASE, DEV_DATABASE].filter((path) => existsSync(path))
  const known = [set, readConfig(file, others).database, ...here].filter((one) => one !== undefined)
  const meant = known.find((one) => isPostgres(one) === (named === 'postgres'))
  if (meant !== undefined) return placeOf(meant)
  throw new UsageError(
    named === 'postgres'
      ? `${option} is 'postgres', and neither DOORWARD_DATABASE nor the config file names one; set DOORWARD_DATABASE to its address, or give that.`
      : `${option} is 'sqlite', and neither DOORWARD_DATABASE nor the config file names one, nor is there one here; give its path.`,
  )
}

/** The file has to be there: a mistyped path must not become a new, empty database. */
export function existingDatabase(place: Place): Place {
  if (isPostgres(place.location) || existsSync(place.location)) return place
  throw new UsageError(`There is no Doorward database at '${place.location}'; check the path.`)
}

export function placeOf(location: string): Place {
  // A file is known by its whole path: the same command has to mean the same from another folder.
  return isPostgres(location)
    ? { location, shown: shownDatabase(location) }
    : { location: resolve(location), shown: resolve(location) }
}
