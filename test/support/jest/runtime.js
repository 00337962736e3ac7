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

  async unstable_importModule(path) {
    return await this.#modules.import(path, this.requireModuleOrMock(path, '@jest/globals'));
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
