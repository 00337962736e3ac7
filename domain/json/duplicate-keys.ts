/** Keys that stand twice in one object of a JSON text: `JSON.parse` keeps the last of them and drops the others. */

const MAX_PLACE_CHARACTERS = 200;

/**
 * The place of the first key of this JSON text that its object has already: `body.tasks[0].input`. Undefined if there
 * is none. `value` is what the text was parsed into, by which a text without such keys is known sooner.
 */
export function duplicateKey(text: string, { value, place }: { value: unknown; place: string }): string | undefined {
  if (countKeys(text) === countMembers(value)) return undefined;
  return findDuplicate(text, place)?.slice(0, MAX_PLACE_CHARACTERS);
}

function countKeys(text: string): number {
  let count = 0;
  for (let start = text.indexOf('"'); start >= 0; ) {
    const end = endOfString(text, start);
    if (isKey(text, end)) count += 1;
    start = text.indexOf('"', end + 1);
  }
  return count;
}

/** The members of all objects in a parsed value. */
function countMembers(value: unknown): number {
  let count = 0;
  const objects = [Object(value)];
  for (let each = objects.pop(); each !== undefined; each = objects.pop()) {
    const members = Object.values(each);
    if (!Array.isArray(each)) count += members.length;
    for (const member of members) if (typeof member === 'object' && member !== null) objects.push(member);
  }
  return count;
}

/** The place of the string's closing quote. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let before = end - 1;
    while (text[before] === '\\') before -= 1;
    // A quote after an odd number of backslashes belongs to the string.
    if ((end - before) % 2 === 1) return end;
  }
}

function isKey(text: string, end: number): boolean {
  let next = end + 1;
  while (/\s/.test(text.charAt(next))) next += 1;
  return text[next] === ':';
}

/** An object that has begun, with its keys, or an array; `at` is its present member or item. */
type Open = { readonly place: string; readonly keys?: Set<string>; at: string | number };

function findDuplicate(text: string, place: string): string | undefined {
  const open: Open[] = [];
  for (const token of tokensOf(text)) {
    const last = open.at(-1);
    if (token === '}' || token === ']') open.pop();
    else if (token === '{') open.push({ place: placeIn(last, place), keys: new Set(), at: '' });
    else if (token === '[') open.push({ place: placeIn(last, place), at: 0 });
    else if (token === ',') goOn(last);
    else if (isRepeated(last, token)) return placeIn(last, place);
  }
  return undefined;
}

function placeIn(open: Open | undefined, outermost: string): string {
  if (open === undefined) return outermost;
  return typeof open.at === 'number' ? `${open.place}[${open.at}]` : `${open.place}.${open.at}`;
}

function goOn(array: Open | undefined): void {
  if (typeof array?.at === 'number') array.at += 1;
}

function isRepeated(object: Open | undefined, token: string): boolean {
  if (!object?.keys) return false;
  object.at = String(JSON.parse(token));
  if (object.keys.has(object.at)) return true;
  object.keys.add(object.at);
  return false;
}

/** Brackets, commas and keys. */
function* tokensOf(text: string): Generator<string> {
  const mark = /["{}[\],]/g;
  for (let found = mark.exec(text); found; found = mark.exec(text)) {
    if (found[0] !== '"') {
      yield found[0];
      continue;
    }
    const end = endOfString(text, found.index);
    if (isKey(text, end)) yield text.slice(found.index, end + 1);
    mark.lastIndex = end + 1;
  }
}
