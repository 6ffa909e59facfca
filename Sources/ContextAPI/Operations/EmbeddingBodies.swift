import ContextCore

/// What a request for embeddings may hold.
package struct EmbeddingLimits: Sendable {
    /// Texts of one `POST /v1/embed`.
    package var texts = 96

    /// Texts of one `POST /v1/embeddings`: as many as OpenAI takes, because its clients make batches of that size.
    package var openAITexts = 2_048

    /// UTF-8 bytes of one text.
    package var textBytes = 8_192

    package init() {}
}

/// `POST /v1/embed` and `POST /v1/embeddings`.
struct EmbeddingBody: Decodable, KnownKeys {
    var input: EmbeddingInput?
    var texts: [String]?
    var model: String?
    var encodingFormat: String?
    var dimensions: Fitting<Int>?
    var user: String?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case input, texts, model, dimensions, user
        case encodingFormat = "encoding_format"
    }

    static var keys: [String] { CodingKeys.allCases.map(\.rawValue) }

    enum Encoding: String, CaseIterable { case float, base64 }

    func encoding() throws(ContextError) -> Encoding {
        try Choice.read(encodingFormat, "encoding_format") ?? .float
    }

    /// Vectors of two models or lengths never mix: whoever asks for others gets an error, not these.
    ///
    /// - Parameter name: what the model calls itself, `organization/name`.
    func check(model name: String, dimensions width: Int) throws(ContextError) {
        let known = [name, EmbeddingBody.shortName(of: name)]
        if let model, !known.contains(where: { $0.lowercased() == model.lowercased() }) {
            throw ContextError(
                .notFound,
                "No embedding model “\(model.clipped(to: 80))” is here; use \(known[1]).",
                parameter: "model"
            )
        }
        if let dimensions, dimensions.value != width {
            throw .invalid("dimensions", "dimensions is \(dimensions.value); \(known[1]) has \(width) and no others.")
        }
    }

    /// `all-MiniLM-L6-v2` of `sentence-transformers/all-MiniLM-L6-v2`.
    static func shortName(of model: String) -> String {
        model.split(separator: "/").last.map(String.init) ?? model
    }
}

/// One text, or several.
enum EmbeddingInput: Decodable, Sendable {
    case text(String)
    case texts([String])

    init(from decoder: any Decoder) throws {
        if let text = try? decoder.singleValueContainer().decode(String.self) {
            self = .text(text)
            return
        }
        guard var elements = try? decoder.unkeyedContainer() else {
            throw ContextError.invalid("input", "input must be a string or an array of strings.")
        }
        var texts: [String] = []
        while !elements.isAtEnd {
            let place = "input[\(elements.currentIndex)]"
            guard let text = try? elements.decode(String.self) else { throw Self.misfit(at: place, &elements) }
            texts.append(text)
        }
        self = .texts(texts)
    }

    /// OpenAI also takes tokens, `[1, 2]` or `[[1, 2], [3]]`.
    private static func misfit(at place: String, _ elements: inout any UnkeyedDecodingContainer) -> ContextError {
        let isToken = (try? elements.decode(Double.self)) != nil || (try? elements.decode([Double].self)) != nil
        guard isToken else { return .invalid(place, "\(place) must be a string.") }
        return .invalid(
            place,
            "\(place) holds tokens, which mean something else to every model: send the text as a string."
        )
    }
}

/// Texts to embed, by the names under which the request has them.
struct TextsToEmbed: Sendable {
    let texts: [String]
    private let name: String
    private let isList: Bool

    /// One text.
    init(_ text: String, named name: String, _ limits: EmbeddingLimits) throws(ContextError) {
        self.name = name
        texts = [text]
        isList = false
        try checkSizes(limits)
    }

    /// - Throws: ``ContextError`` that names the first text to blame.
    init(_ texts: [String], named name: String, limit: Int, _ limits: EmbeddingLimits) throws(ContextError) {
        self.name = name
        self.texts = texts
        isList = true
        guard !texts.isEmpty else { throw .invalid(name, "\(name) is empty; send 1 to \(limit) texts.") }
        guard texts.count <= limit else {
            throw .invalid(
                place(limit),
                "\(place(limit)) is one too many: \(name) has \(texts.count) texts (max: \(limit)). Send them in batches."
            )
        }
        try checkSizes(limits)
    }

    private func checkSizes(_ limits: EmbeddingLimits) throws(ContextError) {
        for (index, text) in texts.enumerated() where text.utf8.count > limits.textBytes {
            throw .invalid(
                place(index),
                "\(place(index)) has \(text.utf8.count) bytes (max: \(limits.textBytes)). Split it."
            )
        }
    }

    func blank(_ index: Int) -> ContextError {
        .invalid(place(index), "\(place(index)) is blank; there is nothing to embed.")
    }

    private func place(_ index: Int) -> String { isList ? "\(name)[\(index)]" : name }
}
