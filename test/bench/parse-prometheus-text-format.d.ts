/** The package has no types. */
declare module 'parse-prometheus-text-format' {
  const parse: (page: string) => unknown
  export default parse
}
