/// What is under way about vectors, for whoever asks how the server is.
package struct EmbeddingState: Sendable {
    /// Every passage is being embedded by another model than the one that searches go by.
    package struct Change: Encodable, Hashable, Sendable {
        /// What the next embedder is called.
        package let to: String
        package internal(set) var embedded: Int
        package internal(set) var passages: Int

        package var missing: Int { max(0, passages - embedded) }
    }

    /// What has to wait for an embedder.
    enum Work: String, Sendable {
        case filling = "giving passages their vectors"
        case changing = "preparing the configured embedder"
    }

    package internal(set) var change: Change?
    var problems: [Work: String] = [:]

    /// Why something has to wait, in sentences for people.
    package var waiting: [String] {
        problems.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.key.rawValue) has to wait: \($0.value)" }
    }
}
