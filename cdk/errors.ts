/** Why a synthesis fails. */

/** A setting of the installation is unknown or wrong. */
export class WrongSettings extends Error {
  override readonly name = 'WrongSettings';
}

/** Catalog, schema and workflows contradict each other, or say what AWS has not: a fault of Lastcall itself. */
export class WrongCatalog extends Error {
  override readonly name = 'WrongCatalog';
}
