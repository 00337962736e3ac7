import { registerHooks } from 'node:module';

/** Maps `lastcall/sdk` to this server's own SDK, for every module of this thread, wherever its file is. */
export function mapSdkSpecifier(): void {
  const url = import.meta.resolve('#server/sdk');
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'lastcall/sdk' ? { url, shortCircuit: true } : next(specifier, context),
  });
}
