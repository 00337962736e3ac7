/** The engine ships without types. */
declare module 'dynalite' {
  import type { Server } from 'node:http';

  /** The times that a table is said to take. */
  function dynalite(options: { createTableMs: number; deleteTableMs: number; updateTableMs: number }): Server;
  export default dynalite;
}
