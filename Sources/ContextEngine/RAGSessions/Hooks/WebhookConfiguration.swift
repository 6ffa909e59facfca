package import Runtime

/// Where what happens to RAG sessions is sent, with the defaults.
package struct WebhookConfiguration: Sendable {
    /// `nil`: nowhere.
    package var url: String?

    /// Signs what is sent; `nil` sends it unsigned.
    package var secret: Secret?

    /// Events that may wait; what comes while so many do is dropped and counted.
    package var queue = 1_000

    /// How often an event is sent before it is given up.
    package var attempts = 5

    /// Of one attempt.
    package var timeoutSeconds = 10

    /// Before the second attempt; doubled before each further one.
    package var pause = Duration.seconds(1)

    package init() {}
}
