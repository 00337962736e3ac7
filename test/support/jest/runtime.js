/**
 * Jest's runtime, with Node's own modules in place of jest's in a VM context: there, every suite would compile all that
 * it imports anew, and run it cold. All else is jest's: hooks, limits, reports.
 */
import { createRequire } from 'node:module';
import Runtime from 'jest-runtime';
import { SuiteModules } from './modules.js';

const require = createRequire(import.meta.url);

/** Runs one suite. */
export default class NativeRuntime extends Runtime {
  #modules = new SuiteModules();

  unstable_shouldLoadAsEsm() {
    return true;
  }

  /** An `await` at the top level of a suite has the limit of a test. */
  async unstable_importModule(path) {
    const limitMs = this._config.testTimeout;
    const late = Promise.withResolvers();
    const timer = setTimeout(() => late.reject(new Error(`${path} was not loaded within ${limitMs} ms.`)), limitMs);
    const loading = this.#modules.import(path, this.requireModuleOrMock(path, '@jest/globals'));
    return await Promise.race([loading, late.promise]).finally(() => clearTimeout(timer));
  }

  requireModule(from, name = from) {
    return createRequire(from)(name);
  }

  /** Anew for each suite: the module keeps what it knows of the suite's tests. */
  requireInternalModule(path) {
    delete require.cache[path];
    return require(path);
  }

  /** The process is the worker's own, not a copy. */
  installGetBuiltinModule() {}
}
