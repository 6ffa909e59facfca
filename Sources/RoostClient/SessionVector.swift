/// A vector that a session keeps for as long as it lives.
public struct SessionVector: Sendable {
    /// A vector with an id that exists replaces the one before.
    public var id: String

    /// As many numbers as the server's model has (384); its length does not matter, only its direction.
    public var vector: [Float]

    /// At most 10 KB of JSON; comes back with the results, and filters look into it.
    public var metadata: [String: JSONValue]

    public init(id: String, vector: [Float], metadata: [String: JSONValue] = [:]) {
        self.id = id
        self.vector = vector
        self.metadata = metadata
    }
}

/// What became of an upload.
public struct UploadReport: Hashable, Sendable {
    public var uploaded = 0
    public var rejected = 0

    /// A sentence for each vector that was rejected; the others were stored.
    public var errors: [String] = []
}

/// What a search found.
public struct SearchReport: Sendable {
    public struct Hit: Sendable {
        public let id: String

        /// The cosine of the angle between the two vectors, from -1 to 1.
        public let score: Double
        public let metadata: [String: JSONValue]
    }

    /// Best first; the search is exact.
    public let hits: [Hit]

    /// Vectors of the session, found or not.
    public let totalVectors: Int

    /// What the server needed for it.
    public let milliseconds: Double
}

/// A text's direction in the space of meanings.
public struct Embedding: Sendable {
    /// Of length one: the dot product of two is their cosine similarity.
    public let vector: [Float]

    /// Word pieces of the text.
    public let tokenCount: Int

    /// How many windows of the model the text filled; with more than one the vector is the mean of theirs.
    public let windows: Int
}

/// What comes back for a prompt, in this order: pieces, then the end.
public enum AnswerEvent: Sendable {
    case text(String)
    case end(AnswerEnd)
}

public struct AnswerEnd: Sendable {
    /// `complete` or `cancelled`.
    public let reason: String
    public let promptTokens: Int
    public let completionTokens: Int

    /// The session's vectors that the answer cites, by their ids.
    public let citations: [String]
}

/// How a prompt is answered.
public struct AskOptions: Sendable {
    /// The session's vectors that may help: the server embeds the prompt, searches, and puts the passages' `text` before the
    /// model.
    public struct VectorUse: Sendable {
        public var k: Int

        /// Similarity below which a vector is of no use, from 0 to 1.
        public var threshold: Double

        /// Which vectors may be used.
        public var filter: Filter?

        public init(k: Int = 5, threshold: Double = 0.5, filter: Filter? = nil) {
            self.k = k
            self.threshold = threshold
            self.filter = filter
        }
    }

    public var vectors: VectorUse?
    public var maximumTokens: Int?

    /// What was said before.
    public var conversation: String?

    public init(vectors: VectorUse? = VectorUse(), maximumTokens: Int? = nil, conversation: String? = nil) {
        self.vectors = vectors
        self.maximumTokens = maximumTokens
        self.conversation = conversation
    }
}
