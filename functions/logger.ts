import { Logger } from '@aws-lambda-powertools/logger';
import { settings } from '#engine/settings';

// Every function loads this file: wrong settings fail its start.
settings();

/** One JSON line per entry; service name and level come from Powertools' own variables. */
export const logger = new Logger();
