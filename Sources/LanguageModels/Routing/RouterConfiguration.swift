/// Everything that can be set about routing, with its defaults.
package struct RouterConfiguration: Sendable {
    /// How often the same model is asked again after a failure that may pass.
    package var retryAttempts = 3

    /// The first pause between two attempts; each later one may be twice as long.
    package var firstBackoff = Duration.milliseconds(250)
    package var longestBackoff = Duration.seconds(8)

    /// From when a request turns to a model, how long it may wait there for its turn, and until when it is sent again.
    package var longestWait = Duration.seconds(30)

    /// Requests that one model answers at once; the others wait.
    package var concurrentRequests = 512

    /// Requests that may wait for one model.
    package var waitingRequests = 1_024

    /// Failures in a row after which a provider is left alone.
    package var failuresUntilRest = 5

    /// How long it is left alone.
    package var rest = Duration.seconds(10)

    package init() {}
}
