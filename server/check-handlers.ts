/** The program that checks the handlers file in its one argument: exit code 0, or 1 with the reason on stderr. */
import { mapSdkSpecifier } from '#server/execution/host/sdk-specifier';
import { loadHandlers } from '#server/handlers/load';

mapSdkSpecifier();
try {
  await loadHandlers(process.argv[2]);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
process.exit(0);
