/** The apps of a suite, synthesized by one process: to load the CDK and to bundle takes longer than an app. */
import { beforeAll } from '@jest/globals';
import { type AppToSynthesize, type Synthesis, synthesizeApps } from './synthesis.ts';

const LIMIT_MS = 150_000;

const asked = new Map<string, AppToSynthesize>();
const made = new Map<string, Synthesis>();

beforeAll(async () => {
  const syntheses = await synthesizeApps([...asked.values()]);
  for (const [index, key] of [...asked.keys()].entries()) {
    const synthesis = syntheses[index];
    if (synthesis) made.set(key, synthesis);
  }
}, LIMIT_MS);

/** The synthesis of an app, for tests and hooks. Two modules that ask for the same app get the same synthesis. */
export function synthesisOf(app: AppToSynthesize): Synthesis {
  const key = JSON.stringify(app);
  asked.set(key, app);
  const done = () => {
    const synthesis = made.get(key);
    if (!synthesis) throw new Error('Apps are synthesized before the first test.');
    return synthesis;
  };
  return {
    get directory() {
      return done().directory;
    },
    get seconds() {
      return done().seconds;
    },
    get templates() {
      return done().templates;
    },
    resources: (type) => done().resources(type),
  };
}
