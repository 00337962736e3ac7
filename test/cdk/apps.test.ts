/** The apps whose synthesis needs no command: one process synthesizes them all. */
import './apps/console.ts';
import './apps/environment.ts';
import './apps/full-settings.ts';
import './apps/handlers-folder.ts';
import './apps/other-apps.ts';
import './apps/permissions.ts';
