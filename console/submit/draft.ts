import { useState } from 'react';

const KEY = 'lastcall.draft';

/** A first job that works in every system. */
const EXAMPLE = `name: My first job
tasks:
  - taskId: hello
    handler: echo
    input: { text: Hello }
  - taskId: rest
    handler: sleep
    input: { seconds: 5 }
    dependsOn:
      - { taskId: hello, expected: Finished }
`;

/** The text of the job that is being written; it outlives a reload and a new sign-in. */
export function useDraft(): readonly [string, (text: string | undefined) => void] {
  const [text, setText] = useState(() => sessionStorage.getItem(KEY) ?? EXAMPLE);
  const keep = (next: string | undefined) => {
    if (next === undefined) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, next);
    setText(next ?? EXAMPLE);
  };
  return [text, keep];
}
