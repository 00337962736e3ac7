/** Turns of phrase that no native engineer writes, by their kind. */
const TURNS = [
  'whoever|whomever|nobody|somebody|of whom|by whom',
  'of which|none of whose|all of whose',
  'in vain|in the midst|is there for|so many',
  'is told|be told|(?:is|are) to be|gives? (?:what|whether|undefined)',
  '(?:comes?|came) to (?:its|an) end|brings? \\w+ to (?:its|an) end',
];

/** Matches a line with one of these turns. */
export const CROOKED = new RegExp(`\\b(?:${TURNS.join('|')})\\b`, 'i');
