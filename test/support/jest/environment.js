/** The worker's own globals as the environment of a suite, which are after it as they were before. */
import { ModernFakeTimers } from '@jest/fake-timers';
import { ModuleMocker } from 'jest-mock';

/** Made before the set-up files of the suite are loaded. */
export default class NativeEnvironment {
  global = globalThis;
  fakeTimers = null;
  moduleMocker = new ModuleMocker(globalThis);
  #before = { env: { ...process.env }, exit: process.exit, globals: globals(), listeners: listeners() };

  constructor({ projectConfig }) {
    this.fakeTimersModern = new ModernFakeTimers({ config: projectConfig, global: globalThis });
  }

  async setup() {}

  async teardown() {
    this.fakeTimersModern.dispose();
    restoreEnv(this.#before.env);
    process.exit = this.#before.exit;
    restoreGlobals(this.#before.globals);
    removeListeners(this.#before.listeners);
  }

  getVmContext() {
    return globalThis;
  }
}

function restoreEnv(env) {
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
  Object.assign(process.env, env);
}

function globals() {
  return Object.getOwnPropertyDescriptors(globalThis);
}

function restoreGlobals(before) {
  const now = globals();
  for (const name of Object.keys(now)) if (!(name in before)) delete globalThis[name];
  for (const [name, was] of Object.entries(before)) {
    const isSame = Object.is(now[name]?.value, was.value) && now[name]?.get === was.get;
    if (!isSame) Object.defineProperty(globalThis, name, was);
  }
}

function listeners() {
  return new Map(process.eventNames().map((name) => [name, process.rawListeners(name)]));
}

/** Those that the suite has added. */
function removeListeners(before) {
  for (const [name, all] of listeners()) {
    for (const listener of all) if (!before.get(name)?.includes(listener)) process.removeListener(name, listener);
  }
}
