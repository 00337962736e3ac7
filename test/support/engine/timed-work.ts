/** The reaper's work on records, for tests that call a part of it: what it logs is not looked at. */
import { TimedWork } from '#engine/reaper/timed-work';

export const timedWork = new TimedWork({ error: () => {}, warn: () => {} });
