import { Ajv, type ValidateFunction } from 'ajv'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CACHE, type Manifest } from './helm'

/** Checks objects against Kubernetes' own OpenAPI schemas, strictly: a key that the schema does not know is a mistake. */

type Definition = {
  readonly properties?: Readonly<Record<string, unknown>>
  readonly additionalProperties?: unknown
  readonly 'x-kubernetes-group-version-kind'?: readonly Kind[]
}
type Kind = { readonly group: string; readonly version: string; readonly kind: string }

type Swagger = { readonly definitions: Readonly<Record<string, Definition>> }

const ID = 'kubernetes'

/** Returns a check that tells an object's mistakes, or undefined when the kind is none of Kubernetes' own. */
export const kubernetesSchemas = (): ((manifest: Manifest) => readonly string[] | undefined) => {
  const { definitions } = JSON.parse(
    readFileSync(join(CACHE, 'kubernetes.json'), 'utf8'),
  ) as Swagger
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false })
  ajv.addSchema({ $id: ID, definitions: strict(definitions) })
  return (manifest) => {
    const name = nameOf(definitions, manifest)
    if (name === undefined) return undefined
    const check = ajv.getSchema(`${ID}#/definitions/${name}`) as ValidateFunction
    if (check(manifest) === true) return []
    return (check.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `${instancePath} ${message ?? ''} ${JSON.stringify(params)}`,
    )
  }
}

/** A number or a text: the schema says text, the API takes both. */
const EITHER = [
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
  'io.k8s.apimachinery.pkg.api.resource.Quantity',
]

const strict = (definitions: Swagger['definitions']) =>
  Object.fromEntries(
    Object.entries(definitions).map(([name, definition]) => {
      if (EITHER.includes(name)) return [name, { type: ['string', 'number'] }]
      const isOpen =
        definition.properties === undefined || definition.additionalProperties !== undefined
      return [name, isOpen ? definition : { ...definition, additionalProperties: false }]
    }),
  )

const nameOf = (
  definitions: Swagger['definitions'],
  { apiVersion, kind }: Manifest,
): string | undefined => {
  const [version, group = ''] = apiVersion.split('/').toReversed()
  const isIt = (one: Kind): boolean =>
    one.kind === kind && one.version === version && one.group === group
  return Object.entries(definitions).find(([, definition]) =>
    definition['x-kubernetes-group-version-kind']?.some(isIt),
  )?.[0]
}
