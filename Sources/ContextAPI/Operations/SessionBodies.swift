import ContextCore
import ContextEngine

/// `POST /context/multi_turn`.
struct MultiTurnBody: Decodable, KnownKeys {
    var sessionID: String?
    var query: String
    var level: String?
    var previousContextIDs: [String]?
    var maxTokens: Fitting<Int>?
    var metadata: JSONValue?
    var collections: [String]?
    var filter: JSONValue?
    var explain: Bool?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case query, metadata, collections, filter, explain
        case sessionID = "session_id"
        case level = "context_level"
        case previousContextIDs = "previous_context_ids"
        case maxTokens = "max_tokens"
    }

    static var keys: [String] { CodingKeys.allCases.map(\.rawValue) }

    func request(limits: ContextLimits) throws(ContextError) -> ContextRequest {
        var request = ContextRequest(query)
        request.sessionID = sessionID
        request.level = try Choice.read(level, "context_level") ?? .standard
        request.previousContextIDs = previousContextIDs ?? []
        request.maxTokens = maxTokens?.value ?? limits.defaultTokens
        request.metadata = metadata == .null ? nil : metadata
        request.collections = collections
        request.filter = try filter.flatMap { (json) throws(ContextError) in try MetadataFilter(json) }
        request.filterJSON = request.filter == nil ? nil : filter
        request.explain = explain ?? false
        return request
    }
}

/// `POST /feedback/evaluate`.
struct FeedbackBody: Decodable, KnownKeys {
    var sessionID: String
    var response: String
    var confidence: Fitting<Double>
    var gaps: [String]?
    var metadata: JSONValue?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case response, confidence, gaps, metadata
        case sessionID = "session_id"
    }

    static var keys: [String] { CodingKeys.allCases.map(\.rawValue) }

    var request: FeedbackRequest {
        FeedbackRequest(
            sessionID: sessionID,
            response: response,
            confidence: confidence.value,
            gaps: gaps ?? [],
            metadata: metadata == .null ? nil : metadata
        )
    }
}

/// `POST /interactions/record`.
struct InteractionBody: Decodable, KnownKeys {
    var sessionID: String?
    var query: String
    var response: String
    var outcome: String
    var userFeedback: Fitting<Int>?
    var metadata: JSONValue?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case query, response, outcome, metadata
        case sessionID = "session_id"
        case userFeedback = "user_feedback"
    }

    static var keys: [String] { CodingKeys.allCases.map(\.rawValue) }

    func interaction() throws(ContextError) -> Interactions.Interaction {
        guard let outcome = try Choice.read(outcome, "outcome", of: Interactions.Interaction.Outcome.self) else {
            throw .invalid("outcome", "outcome is required.")
        }
        return Interactions.Interaction(
            sessionID: sessionID,
            query: query,
            response: response,
            outcome: outcome,
            userFeedback: userFeedback?.value ?? 0,
            metadata: metadata == .null ? nil : metadata
        )
    }
}

/// One of a few words.
enum Choice {
    /// - Throws: ``ContextError`` that lists the words.
    static func read<Value: RawRepresentable<String> & CaseIterable>(
        _ text: String?,
        _ field: String,
        of type: Value.Type = Value.self
    ) throws(ContextError) -> Value? {
        guard let text else { return nil }
        guard let value = Value(rawValue: text) else {
            let known = Value.allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalid(field, "\(field) is “\(text.clipped(to: 40))”; use one of: \(known).")
        }
        return value
    }
}
