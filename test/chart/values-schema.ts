/** The chart's values.schema.json with the configuration's schema in its place: `config` takes what the file takes. */
export const withConfig = (values: unknown, config: unknown): unknown => {
  const schema = values as { readonly properties: object }
  const { $schema: _, title: __, ...own } = config as Record<string, unknown>
  return { ...schema, properties: { ...schema.properties, config: own } }
}
