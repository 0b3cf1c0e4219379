import * as v from 'valibot'
import { recordOf } from './record-of.ts'

const Group = v.pipe(
  v.string(),
  v.minLength(1),
  v.maxLength(128),
  v.description('An own group by its name, one of an identity provider as provider/name, everybody as *.'),
)

const Rule = v.strictObject({
  resources: v.optional(
    v.pipe(
      v.array(v.pipe(v.string(), v.minLength(1))),
      v.minLength(1),
      v.description('The path or URI of each MCP server that it is about; all of them where left out.'),
    ),
  ),
  scopes: v.pipe(
    v.array(v.pipe(v.string(), v.minLength(1))),
    v.minLength(1),
    v.description('What members may have there, with what that contains; * for every scope.'),
  ),
})

/** Which groups may have what. */
export const GroupsSchema = v.pipe(
  recordOf(Group, v.union([Rule, v.pipe(v.array(Rule), v.minLength(1))])),
  v.description(
    'Which groups may have which scopes. An MCP server that stands in no rule is for everybody; one that stands in any is for those that its rules name.',
  ),
)

export type GroupsConfig = v.InferOutput<typeof GroupsSchema>
