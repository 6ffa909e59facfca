/// Everything that can be set about compaction, with the defaults.
package struct CompactionConfiguration: Sendable {
    package var isEnabled = true

    /// Messages of one request.
    package var messages = 1_000

    /// Characters of one message.
    package var contentCharacters = 32_000

    /// Seconds for which the vector of a text is remembered.
    package var cacheTimeToLive = 3_600

    /// Vectors that are remembered; one takes about 1.7 KB.
    package var cachedVectors = 10_000

    /// Messages that are embedded between two reports of progress.
    package var batch = 32

    /// Tasks that may wait; more are refused, because an accepted one is never given up.
    package var waitingTasks = 1_000

    /// How often a task is begun that a stop of the server interrupts again and again.
    package var attempts = 3

    /// Seconds for which the result of a task is kept.
    package var resultTimeToLive = 86_400

    package init() {}
}
