package import ContextCore
package import Retrieval

/// What a session asked and got, kept so that later sessions of the same scope find it.
package struct Interactions: Sendable {
    private let library: PassageLibrary
    private let limits: ContextLimits

    package init(library: PassageLibrary, limits: ContextLimits = .standard) {
        self.library = library
        self.limits = limits
    }

    package struct Interaction: Sendable {
        package enum Outcome: String, CaseIterable, Codable, Sendable {
            case success, partial, failure
        }

        package var sessionID: String?
        package var query: String
        package var response: String
        package var outcome: Outcome

        /// −1, 0 or 1.
        package var userFeedback: Int
        package var metadata: JSONValue?

        package init(
            sessionID: String? = nil,
            query: String,
            response: String,
            outcome: Outcome,
            userFeedback: Int = 0,
            metadata: JSONValue? = nil
        ) {
            self.sessionID = sessionID
            self.query = query
            self.response = response
            self.outcome = outcome
            self.userFeedback = userFeedback
            self.metadata = metadata
        }
    }

    /// Records an interaction; it is durable and can be found when this returns.
    ///
    /// - Returns: its id, which is that of the passage it became.
    package func record(_ interaction: Interaction, _ caller: RequestContext) async throws -> String {
        let query = try Validation.text(interaction.query, "query", limit: limits.query)
        let response = try Validation.text(interaction.response, "response", limit: limits.response)
        if let id = interaction.sessionID { try Validation.identifier(id, "session_id", limit: limits.sessionID) }
        guard (-1...1).contains(interaction.userFeedback) else {
            throw ContextError.invalid("user_feedback", "user_feedback is \(interaction.userFeedback); use -1, 0 or 1.")
        }
        if let metadata = interaction.metadata { try Validation.metadata(metadata, limit: limits.metadataBytes) }
        let id = Identifier.random("i_")
        let collection = try await library.collection("interaction-history", for: caller.principal)
        var metadata: [String: JSONValue] = [
            "outcome": .string(interaction.outcome.rawValue),
            "user_feedback": .number(Double(interaction.userFeedback)),
            "recorded_at": .string(caller.now.iso8601),
        ]
        metadata["session_id"] = interaction.sessionID.map(JSONValue.string)
        let draft = PassageDraft(
            id: id,
            fields: ["title": query, "text": response, "source": "interaction"],
            metadata: (interaction.metadata ?? .emptyObject).merging(.object(metadata))
        )
        let receipt = try await library.write([draft], to: collection, at: caller.now)
        if let refusal = receipt.errors.first {
            throw ContextError.invalid(refusal.param ?? "response", refusal.message)
        }
        return id
    }
}
