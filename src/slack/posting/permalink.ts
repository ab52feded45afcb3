/** Where a message can be read: Slack sends a reader on to the workspace. Undefined: these are not Slack's ids. */
export const permalinkOf = ({
  channel,
  ts,
}: {
  readonly channel: string
  readonly ts: string
}): string | undefined =>
  /^[A-Z0-9]{1,30}$/.test(channel) && /^\d{1,12}\.\d{6}$/.test(ts)
    ? `https://slack.com/archives/${channel}/p${ts.replace('.', '')}`
    : undefined
