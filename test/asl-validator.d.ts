/** The validator ships without types. */
declare module 'asl-validator' {
  function validate(definition: unknown): { isValid: boolean; errorsText(): string };
  export default validate;
}
