export const serve = async (_: {
  configFile: string
  env: unknown
  version: string
}): Promise<number> => 0
