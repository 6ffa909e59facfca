import ContextCore
import ContextEngine
import Embeddings
import HTTP
import Retrieval

extension ContextAPI {
    /// `POST /v1/embed`: the answer has the shape of the question.
    func embed(_ request: HTTPRequest, _ caller: RequestContext) async throws -> HTTPResponse {
        let body = try request.decode(EmbeddingBody.self)
        let limits = embeddingLimits
        switch (body.value.input, body.value.texts) {
        case (.text(let text)?, nil):
            return try await embed(try TextsToEmbed(text, named: "input", limits), body) {
                SingleEmbedding(embedded: $0)
            }
        case (.texts(let list)?, nil):
            let texts = try TextsToEmbed(list, named: "input", limit: limits.texts, limits)
            return try await openAIEmbeddings(texts, body)
        case (nil, let list?):
            let texts = try TextsToEmbed(list, named: "texts", limit: limits.texts, limits)
            return try await embed(texts, body) { TextEmbeddings(embedded: $0) }
        case (nil, nil): throw ContextError.invalid("input", "input or texts is required.")
        case (.some, .some): throw ContextError.invalid("texts", "texts beside input: send one of the two.")
        }
    }

    /// `POST /v1/embeddings`, as OpenAI's clients send it and read it.
    func embeddings(_ request: HTTPRequest, _ caller: RequestContext) async throws -> HTTPResponse {
        let body = try request.decode(EmbeddingBody.self)
        let limits = embeddingLimits
        guard body.value.texts == nil else {
            throw ContextError.invalid("texts", "texts is for POST /v1/embed; send input.")
        }
        switch body.value.input {
        case .text(let text)?:
            return try await openAIEmbeddings(try TextsToEmbed(text, named: "input", limits), body)
        case .texts(let list)?:
            let texts = try TextsToEmbed(list, named: "input", limit: limits.openAITexts, limits)
            return try await openAIEmbeddings(texts, body)
        case nil: throw ContextError.invalid("input", "input is required.")
        }
    }

    private func openAIEmbeddings(
        _ texts: TextsToEmbed,
        _ body: RequestBody<EmbeddingBody>
    ) async throws -> HTTPResponse {
        let encoding = try body.value.encoding()
        guard let remote = remoteEmbedder(named: body.value.model) else {
            return try await embed(texts, body) { OpenAIEmbeddings(embedded: $0, encoding: encoding) }
        }
        let embeddings = try await embed(texts, by: { try await remote.embed($0, for: .passage) })
        if let wanted = body.value.dimensions?.value, let found = embeddings.first?.vector.count, wanted != found {
            throw ContextError.invalid(
                "dimensions",
                "dimensions is \(wanted); \(remote.name) is configured for \(found)."
            )
        }
        let embedded = EmbeddedTexts(texts: texts.texts, embeddings: embeddings, model: remote.name)
        let answer = OpenAIEmbeddings(embedded: embedded, encoding: encoding)
        return .json(writing: answer, capacity: embedded.byteEstimate, ignored: body.ignored)
    }

    /// The configured provider's, when the request names it: `provider:model` or the model alone.
    private func remoteEmbedder(named model: String?) -> (any Embedder)? {
        guard let model, let remote = engine.library.index.embedders.remote else { return nil }
        return remote.name == model || remote.name.hasSuffix(":" + model) ? remote : nil
    }

    private func embed(
        _ texts: TextsToEmbed,
        _ body: RequestBody<EmbeddingBody>,
        answer: (EmbeddedTexts) -> some JSONWritable
    ) async throws -> HTTPResponse {
        guard let embedder = engine.library.localEmbedder else {
            throw ContextError(.notConfigured, "No embedding model is loaded; GET /ready names what is degraded.")
        }
        try body.value.check(model: embedder.model, dimensions: embedder.dimensions)
        let embeddings = try await embed(texts, by: embedder.embeddings)
        let embedded = EmbeddedTexts(texts: texts.texts, embeddings: embeddings, model: embedder.model)
        return .json(writing: answer(embedded), capacity: embedded.byteEstimate, ignored: body.ignored)
    }

    /// - Throws: ``ContextError`` that names a blank text as the request does; `EmbeddingError`.
    private func embed(
        _ texts: TextsToEmbed,
        by embed: ([String]) async throws -> [Embedding]
    ) async throws -> [Embedding] {
        do {
            return try await embed(texts.texts)
        } catch EmbeddingError.blankText(let index) {
            throw texts.blank(index)
        }
    }
}
