/**
 * Every threshold that judging uses, by name. The numbers, their units and where each comes from stand in
 * config/limits.yaml; a cluster's configuration may override any of them. Units are in the names; `Share` is 0 to 1.
 */
export const LIMIT_NAMES = [
  // A member's state at one look
  'statusSlowMs',
  'scrapeSlowMs',
  'spaceWarningShare',
  'spaceCriticalShare',
  'fragmentedShare',
  'fragmentedMinBytes',
  'raftLagEntries',
  'applyLagEntries',
  'membersMax',
  'openFdsShare',
  'quotaWarningMs',
  'quotaCriticalMs',
  // What tells the causes apart, over a window
  'slowFactor',
  'pageSlowMs',
  'lateShare',
  'fsyncTimeShare',
  'slowFsyncMs',
  'stallShare',
  'stallFloorMs',
  'starvedFsyncMs',
  'spillSlowMs',
  'gcPauseSlowMs',
  'haltedLooks',
  'farShare',
  'farFloorMs',
  'saneRoundTripMs',
  'loadFactor',
  'loadCommitsPerSecond',
  'loadBytesPerSecond',
  'loadRangesPerSecond',
  'heavyShare',
  'failedWrites',
  'pendingStrain',
  'strainedStatusMs',
  'memberDownMs',
  'loopRestarts',
  'troubleGapMs',
  'unusualFactor',
  'unusualFsyncShare',
  'unusualHoldMs',
  // Who writes
  'writersEventsPerSecond',
  'writersBytesPerSecond',
  'writersDominantShare',
  // Storms
  'warningElections5Min',
  'warningElections15Min',
  'warningSpanMs',
  'warningLeaderlessLooks',
  'watchElectionsHour',
  'watchPrecursorLooks',
  'watchPrecursorMs',
  'watchPrecursorGapMs',
  'unknownPostLooks',
  'causeHoldLooks',
  'allClearMs',
  'stillPostMs',
  'reminderPostMs',
  'countEditMs',
  'noticePostMs',
  'certificateEndsMs',
  // How often it is looked at, and how much of it is kept
  'restlessLookMs',
  'wholeLooksMs',
  'thinLookMs',
  // Shifts
  'handoffAcceptMs',
  'handoffStoreWaitMs',
] as const

export type LimitName = (typeof LIMIT_NAMES)[number]
export type Limits = Readonly<Record<LimitName, number>>
