/** The reaper's attempts for tests that call a part of it: what it logs is not looked at. */
import { Attempts } from '#engine/reaper/attempts';

export const attempts = new Attempts({ error: () => {}, warn: () => {} });
