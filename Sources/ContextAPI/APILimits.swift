/// What a request may ask for where the engine sets no bound of its own.
package struct APILimits: Sendable {
    /// Results of a search that does not say how many.
    package var defaultResults = 10

    package var maximumResults = 100

    /// Ids in `exclude_ids`.
    package var excludedIDs = 10_000

    /// Silence on a stream of events after which a comment is sent, so that proxies keep it open.
    package var eventSilence = Duration.seconds(15)

    package init() {}
}
