// Read by zod when it loads: else it would make functions from text, which the content security policy forbids.
globalThis.__zod_globalConfig = { jitless: true };
