package import ContextCore

/// What is to be done, as the table of tasks keeps it.
package enum CompactionWork: Hashable, Codable, Sendable {
    case embeddings([Message])
    case summary([Message], maxTokens: Int?)

    package var messages: [Message] {
        switch self {
        case .embeddings(let messages), .summary(let messages, _): messages
        }
    }
}

/// What came of it.
package enum CompactionResult: JSONWritable, Sendable {
    case embeddings(EmbeddedMessages)
    case summary(MessageSummary)

    package func write(to json: inout JSONWriter) {
        switch self {
        case .embeddings(let embedded): embedded.write(to: &json)
        case .summary(let summary): summary.write(to: &json)
        }
    }

    /// Bytes that it has as JSON, about: a number and its comma have twelve.
    package var byteEstimate: Int {
        switch self {
        case .embeddings(let embedded): embedded.vectors.count * (embedded.dimensions * 12 + 2) + 256
        case .summary(let summary): summary.text.utf8.count + 512
        }
    }
}

/// One vector a message, in order.
package struct EmbeddedMessages: JSONWritable, Sendable {
    package let vectors: [[Float]]
    package let model: String
    package let dimensions: Int

    /// How many of the messages were remembered.
    package let cached: Int

    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("embeddings", array: vectors) { json, vector in json.array(vector) { $1.write(to: &$0) } }
            json.member("model", model)
            json.member("dimensions", dimensions)
            json.member("cached", cached)
        }
    }
}

/// A summary with the account of what it stands for.
package struct MessageSummary: JSONWritable, Sendable {
    package let text: String
    package let tokens: Int
    package let messages: Int

    /// Tokens of what it stands for.
    package let sourceTokens: Int
    package let method: String

    /// `nil` for sentences that were quoted.
    package let model: String?

    /// SHA-256 of the messages as canonical JSON.
    package let contentHash: String

    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("summary", text)
            json.member("token_count", tokens)
            json.member("message_count", messages)
            json.member("compaction") { json in
                json.member("source_tokens", sourceTokens)
                json.member("ratio", Double(tokens) / Double(max(1, sourceTokens)))
                json.member("covers") { json in
                    json.member("from", 0)
                    json.member("to", messages - 1)
                }
                json.member("method", method)
                json.member("model", json: model.map { JSONValue.string($0).description } ?? "null")
                json.member("content_hash", contentHash)
            }
        }
    }
}
