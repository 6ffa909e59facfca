/// Everything that can be set about RAG sessions, with the defaults.
package struct RAGSessionConfiguration: Sendable {
    /// How a host shows that it is the one of `act.sub`.
    package enum HostRule: Sendable {
        /// It names itself: all that can be had where nobody is authenticated. The name is recorded and logged.
        case named

        /// It is authenticated, and the principal's subject is that name.
        case authenticated
    }

    package var isEnabled = true
    package var hosts = HostRule.named

    /// Seconds without use after which a session ends.
    package var timeout = 1_800

    /// Sessions that may be open.
    package var maximumOpen = 10_000

    package var webhook = WebhookConfiguration()

    package init() {}
}
