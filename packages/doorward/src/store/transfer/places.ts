import { MIGRATIONS } from '../migrations/index.ts'
import { postgresDriver } from '../postgres.ts'
import { sqliteDriver } from '../sqlite.ts'
import { postgresSide } from './postgres-side.ts'
import { NEWEST_SCHEMA, schemaOf } from './schema.ts'
import { type Side, TransferRefused } from './side.ts'
import { sqliteSide } from './sqlite-side.ts'

/** A database: what leads to it, and what may be printed of that. */
export interface Place {
  readonly location: string
  readonly shown: string
}

const isPostgres = ({ location }: Place): boolean => /^postgres(?:ql)?:\/\//i.test(location)

/** Makes a SQLite file where there is none. */
export async function openPlace(place: Place): Promise<Side> {
  const side = isPostgres(place) ? await postgresSide(place.location) : sqliteSide(place.location)
  try {
    const schema = await schemaOf(side)
    if (schema > NEWEST_SCHEMA) {
      throw new TransferRefused(
        `The database ${place.shown} was made by a newer Doorward (schema ${schema}, this one knows ${NEWEST_SCHEMA}); run that version or a newer one.`,
      )
    }
    return side
  } catch (error) {
    await side.close()
    throw error
  }
}

/** Nothing that is moved is judged by the time. */
const NO_CLOCK = () => 0

/** Brings a database to the newest schema, as a server that starts on it does. */
export async function migratePlace(place: Place): Promise<void> {
  const driver = isPostgres(place)
    ? postgresDriver(place.location, NO_CLOCK, MIGRATIONS)
    : sqliteDriver(place.location, MIGRATIONS)
  try {
    await driver.read(function* (tx) {
      yield* tx.get('SELECT 1 AS one')
    })
  } finally {
    await driver.close()
  }
}
