import { Logger } from '@aws-lambda-powertools/logger';
import { settings } from '#engine/settings';

// Every function loads this file, so wrong settings fail its start.
settings();

/** Writes one JSON line per entry; Powertools reads the service's name and the level from variables of its own. */
export const logger = new Logger();
