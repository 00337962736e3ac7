/** The job file that `lastcall init` writes: short, complete, and valid on every system. */

/** Its text. The first line makes editors complete and check it by the system's own schema. */
export function exampleFile(url: string): string {
  return `# yaml-language-server: $schema=${url}/job.schema.json
# A job for Lastcall. Check it:   lastcall validate FILE
# Run it and follow it:           lastcall submit FILE --watch

name: my first job
# batchGroup: default         # which servers run it: lastcall groups
# priority: Normal            # Low, Normal, High, Critical or ReservedCapacity
# startAt: 2030-01-31T22:00:00Z
# hold: true                  # waits for lastcall release

tasks:
  - taskId: prepare
    handler: echo             # the code that the task runs: lastcall handlers
    input: { say: "Last call!" }

  - taskId: work
    handler: sleep
    input: { seconds: 5, cooperative: true }
    dependsOn:
      - { taskId: prepare, expected: Finished }   # or Error, or FinishedOrError
    restartable: true         # may start again if its server stops
    maxRetries: 2             # attempts after one that has failed
    timeoutSeconds: 600       # then the attempt is ended

  - taskId: report
    handler: echo
    input: { say: "Done." }
    dependsOn:
      - { taskId: work, expected: FinishedOrError }
    ignoreFailure: true       # its failure is not that of the job
`;
}
