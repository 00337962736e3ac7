/** Turns of phrase that no native engineer writes. */
export const CROOKED =
  /\b(whoever|whomever|nobody|of which|of whom|in vain|is there for|is told|comes to (its|an) end)\b/i;
