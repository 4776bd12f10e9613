/** For a metrics store that is away for a moment. */
export const PATIENCE = { forMs: 15_000, everyMs: 1000 } as const;
