/** The program that tells whether a file of handlers can be loaded, its one argument: exit code 0, or 1 with the reason on stderr. */
import { mapSdkSpecifier } from '#server/execution/sdk-specifier';
import { loadHandlers } from '#server/handlers/load';

mapSdkSpecifier();
try {
  await loadHandlers(process.argv[2]);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
process.exit(0);
