/** The reaper's work on records, for tests that call a part of it: what it logs is not looked at. */
import { BoundedWork } from '#engine/reaper/bounded-work';

export const boundedWork = new BoundedWork({ error: () => {}, warn: () => {} });
